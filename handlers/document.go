package handlers

import (
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// document is the value of a record as it was read, right or wrong.
type document struct {
	orderID   text
	userID    text
	currency  text
	channel   text
	amount    integer
	items     items
	createdAt instant
	found     jsontext.Kind
}

// documents keeps documents that are not in use, and the room in their items: the
// garbage of an order is then not much more than the order.
var documents = sync.Pool{New: func() any { return new(document) }}

func (d *document) release() {
	d.clear()
	documents.Put(d)
}

// clear forgets what was read, but not the room for items.
func (d *document) clear() {
	list := d.items.list
	clear(list) // or the pool would keep the strings of an order alive
	*d = document{items: items{list: list[:0]}}
}

// UnmarshalJSONFrom fails on bad syntax only.
func (d *document) UnmarshalJSONFrom(dec *jsontext.Decoder) (err error) {
	d.found, err = readObject(dec, d)
	return err
}

func (d *document) member(name []byte, dec *jsontext.Decoder) error {
	switch string(name) {
	case "order_id":
		return d.orderID.read(dec)
	case "user_id":
		return d.userID.read(dec)
	case "currency":
		return d.currency.readAs(dec, currencyOf)
	case "channel":
		return d.channel.read(dec)
	case "amount":
		return d.amount.read(dec)
	case "items":
		return d.items.read(dec)
	case "created_at":
		return d.createdAt.read(dec)
	default:
		return dec.SkipValue()
	}
}

// item is an element of items as it was read, right or wrong.
type item struct {
	sku       text
	name      text
	quantity  integer
	unitPrice integer
	found     jsontext.Kind
}

func (i *item) read(dec *jsontext.Decoder) (err error) {
	i.found, err = readObject(dec, i)
	return err
}

func (i *item) member(name []byte, dec *jsontext.Decoder) error {
	switch string(name) {
	case "sku":
		return i.sku.read(dec)
	case "name":
		return i.name.read(dec)
	case "quantity":
		return i.quantity.read(dec)
	case "unit_price":
		return i.unitPrice.read(dec)
	default:
		return dec.SkipValue()
	}
}

// maxItems is how many items an order may have.
const maxItems = 1000

// items is a field that must be an array of objects. No more than maxItems of
// them are kept: the others are counted, so that a record full of them costs
// little.
type items struct {
	list  []item
	count int
	found jsontext.Kind
}

func (s *items) read(dec *jsontext.Decoder) error {
	if s.found = dec.PeekKind(); s.found != jsontext.KindBeginArray {
		return dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return err
	}
	for ; dec.PeekKind() != jsontext.KindEndArray; s.count++ {
		if err := s.next(dec); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func (s *items) next(dec *jsontext.Decoder) error {
	if s.count >= maxItems {
		return dec.SkipValue()
	}
	s.list = append(s.list, item{})
	return s.list[s.count].read(dec)
}
