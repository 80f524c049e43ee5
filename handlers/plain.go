package handlers

import (
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// plain reads an order that is written the way nearly all are: the fields that we
// know, each once and of its type, strings without escapes, numbers without sign,
// fraction or exponent. It gives up on anything else, right or wrong, which is then
// read by the JSON library: that alone decides what is JSON and what is wrong with
// it. What plain accepts it reads as the library does (FuzzPlain), in a third of the
// time.
//
// The strings of the order are parts of one copy of the value.
type plain struct {
	value string
	at    int // of the next character
}

// readPlain fills doc and reports whether it could; if not, doc is as released.
func readPlain(value []byte, doc *document) bool {
	if len(value) > maxValueBytes {
		return false
	}
	p := plain{value: string(value)}
	if p.order(doc) && p.skipBlanks() == 0 && p.at == len(p.value) {
		return true
	}
	doc.clear()
	return false
}

func (p *plain) order(doc *document) bool {
	doc.found = jsontext.KindBeginObject
	return p.object(func(name string) bool {
		switch name {
		case "order_id":
			return p.text(&doc.orderID)
		case "user_id":
			return p.text(&doc.userID)
		case "currency":
			return p.text(&doc.currency)
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
	return p.object(func(name string) bool {
		switch name {
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
func (p *plain) object(member func(name string) bool) bool {
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
	*field = text{value: content, found: jsontext.KindString}
	return true
}

func (p *plain) instant(field *instant) bool {
	content, ok := p.quoted()
	if !ok || field.found != 0 {
		return false
	}
	field.found = jsontext.KindString
	field.value, field.ok = parseRFC3339([]byte(content))
	return field.ok
}

// integer reads 0 or what begins with another digit, and has no more digits than fit.
func (p *plain) integer(field *integer) bool {
	const digitsThatFit = 18
	first := p.skipBlanks()
	if field.found != 0 || first < '0' || first > '9' {
		return false
	}
	begun := p.at
	for ; p.at < len(p.value) && '0' <= p.value[p.at] && p.value[p.at] <= '9'; p.at++ {
		if p.at-begun == digitsThatFit {
			return false
		}
		field.value = 10*field.value + int64(p.value[p.at]-'0')
	}
	field.found = jsontext.KindNumber
	return p.at-begun == 1 || first != '0' // what follows is no blank, comma or bracket if there is more of it
}

// quoted reads a string that has no escapes.
func (p *plain) quoted() (content string, ok bool) {
	if !p.next('"') {
		return "", false
	}
	ascii := true
	for i := p.at; i < len(p.value); i++ {
		switch c := p.value[i]; {
		case c == '"':
			content = p.value[p.at:i]
			p.at = i + 1
			return content, ascii || utf8.ValidString(content)
		case c < ' ' || c == '\\':
			return "", false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", false
}

// next reads a character of JSON's structure.
func (p *plain) next(want byte) bool {
	if p.skipBlanks() != want {
		return false
	}
	p.at++
	return true
}

// skipBlanks returns the character after blanks, 0 at the end.
func (p *plain) skipBlanks() byte {
	for ; p.at < len(p.value); p.at++ {
		if c := p.value[p.at]; c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
	}
	return 0
}
