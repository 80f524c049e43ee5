package generator

import "github.com/go-json-experiment/json/jsontext"

// document is an order on its way to JSON text. It is written by appending, not
// by reflection, for speed and because an order that is read from a file may hold
// what has no place in a typed order, such as a quantity that is no number.
type document struct {
	orderID  string
	userID   []byte
	currency string
	channel  string // empty in version 1
	// The others are JSON text already; items are separated by commas.
	amount, items, createdAt []byte
}

func (d *document) appendTo(dst []byte) []byte {
	dst = append(dst, `{"order_id":`...)
	dst = appendString(dst, d.orderID)
	dst = append(dst, `,"user_id":`...)
	dst = appendString(dst, d.userID)
	dst = append(dst, `,"currency":`...)
	dst = appendString(dst, d.currency)
	if d.channel != "" {
		dst = append(dst, `,"channel":`...)
		dst = appendString(dst, d.channel)
	}
	dst = append(dst, `,"amount":`...)
	dst = append(dst, d.amount...)
	dst = append(dst, `,"items":[`...)
	dst = append(dst, d.items...)
	dst = append(dst, `],"created_at":`...)
	dst = append(dst, d.createdAt...)
	return append(dst, '}')
}

// appendItemUpToQuantity begins an item. Quantity and unit price follow.
func appendItemUpToQuantity(dst []byte, sku, name string) []byte {
	dst = append(dst, `{"sku":`...)
	dst = appendString(dst, sku)
	dst = append(dst, `,"name":`...)
	dst = appendString(dst, name)
	return append(dst, `,"quantity":`...)
}

// appendString appends text as a JSON string.
func appendString[Text ~string | ~[]byte](dst []byte, text Text) []byte {
	// The error says only that bytes that are no UTF-8 became U+FFFD.
	dst, _ = jsontext.AppendQuote(dst, text)
	return dst
}
