package handlers

import (
	"bytes"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// plain reads an order that is written the way nearly all are: the fields that we
// know, each once and of its type, strings without escapes, numbers without sign,
// fraction or exponent. It gives up on anything else, right or wrong, which is then
// read by the JSON library: that alone decides what is JSON and what is wrong with
// it. What plain accepts it reads as the library does (FuzzPlain), in a third of the
// time.
type plain struct {
	rest []byte
}

// readPlain fills doc and reports whether it could; if not, doc is as released.
func readPlain(value []byte, doc *document) bool {
	if len(value) > maxValueBytes {
		return false
	}
	p := plain{rest: value}
	if p.order(doc) && p.skipBlanks() == 0 && len(p.rest) == 0 {
		return true
	}
	doc.clear()
	return false
}

func (p *plain) order(doc *document) bool {
	doc.found = jsontext.KindBeginObject
	return p.object(func(name []byte) bool {
		switch string(name) {
		case "order_id":
			return p.text(&doc.orderID)
		case "user_id":
			return p.text(&doc.userID)
		case "currency":
			content, ok := p.quoted()
			if !ok || doc.currency.found != 0 {
				return false
			}
			doc.currency = text{value: currencyOf(content), found: jsontext.KindString}
			return true
		case "channel":
			return p.text(&doc.channel)
		case "amount":
			return p.integer(&doc.amount)
		case "items":
			return p.items(&doc.items)
		case "created_at":
			return p.instant(&doc.createdAt)
		default:
			return false
		}
	})
}

func (p *plain) items(list *items) bool {
	if list.found != 0 || !p.next('[') {
		return false
	}
	list.found = jsontext.KindBeginArray
	for {
		if list.count == maxItems {
			return false
		}
		list.list = append(list.list, item{found: jsontext.KindBeginObject})
		if !p.item(&list.list[list.count]) {
			return false
		}
		list.count++
		if !p.next(',') {
			return p.next(']')
		}
	}
}

func (p *plain) item(item *item) bool {
	return p.object(func(name []byte) bool {
		switch string(name) {
		case "sku":
			return p.text(&item.sku)
		case "name":
			return p.text(&item.name)
		case "quantity":
			return p.integer(&item.quantity)
		case "unit_price":
			return p.integer(&item.unitPrice)
		default:
			return false
		}
	})
}

// object reads an object with one field or more; member reads the value of the field
// called name.
func (p *plain) object(member func(name []byte) bool) bool {
	if !p.next('{') {
		return false
	}
	for {
		name, ok := p.quoted()
		if !ok || !p.next(':') || !member(name) {
			return false
		}
		if !p.next(',') {
			return p.next('}')
		}
	}
}

func (p *plain) text(field *text) bool {
	content, ok := p.quoted()
	if !ok || field.found != 0 {
		return false
	}
	*field = text{value: string(content), found: jsontext.KindString}
	return true
}

func (p *plain) instant(field *instant) bool {
	content, ok := p.quoted()
	if !ok || field.found != 0 {
		return false
	}
	field.found = jsontext.KindString
	field.value, field.ok = parseRFC3339(content)
	return field.ok
}

// integer reads 0 or what begins with another digit, and has no more digits than fit.
func (p *plain) integer(field *integer) bool {
	const digitsThatFit = 18
	first := p.skipBlanks()
	if field.found != 0 || first < '0' || first > '9' {
		return false
	}
	n := 0
	for n < len(p.rest) && '0' <= p.rest[n] && p.rest[n] <= '9' {
		field.value = 10*field.value + int64(p.rest[n]-'0')
		if n++; n > digitsThatFit {
			return false
		}
	}
	p.rest = p.rest[n:]
	field.found = jsontext.KindNumber
	return n == 1 || first != '0' // what follows is no blank, comma or bracket if there is more of it
}

// quoted reads a string that has no escapes.
func (p *plain) quoted() (content []byte, ok bool) {
	if !p.next('"') {
		return nil, false
	}
	end := bytes.IndexByte(p.rest, '"')
	if end < 0 {
		return nil, false
	}
	content = p.rest[:end]
	ascii := true
	for _, c := range content {
		if c < ' ' || c == '\\' {
			return nil, false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	p.rest = p.rest[end+1:]
	return content, ascii || utf8.Valid(content)
}

// next reads a character of JSON's structure.
func (p *plain) next(want byte) bool {
	if p.skipBlanks() != want {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// skipBlanks returns the character after blanks, 0 at the end.
func (p *plain) skipBlanks() byte {
	for i, c := range p.rest {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			p.rest = p.rest[i:]
			return c
		}
	}
	p.rest = nil
	return 0
}
