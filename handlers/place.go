package handlers

import (
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// place is where in a record something is wrong. It is not a string, because it
// is needed for every field and becomes text only for the bad ones.
type place struct {
	item  int    // index in items, noItem outside of them
	field string // empty for the item itself
}

const noItem = -1

func inOrder(field string) place { return place{item: noItem, field: field} }

func inItem(index int, field string) place { return place{item: index, field: field} }

// whole is the place of what concerns the record's value as such.
var whole = inOrder("value")

func (p place) String() string {
	if p.item == noItem {
		return p.field
	}
	path := "items[" + strconv.Itoa(p.item) + "]"
	if p.field != "" {
		path += "." + p.field
	}
	return path
}

// placeOf turns the pointer of a syntax error into a place. Its names may be
// anything a record contains, so those that do not look like names are quoted.
func placeOf(pointer jsontext.Pointer) place {
	if pointer == "" {
		return whole
	}
	var b strings.Builder
	for token := range pointer.Tokens() {
		switch {
		case len(token) > maxQuoted || strings.ContainsFunc(token, notInName) || token == "":
			b.WriteString("[" + quote(token) + "]")
		case strings.Trim(token, "0123456789") == "":
			b.WriteString("[" + token + "]")
		case b.Len() == 0:
			b.WriteString(token)
		default:
			b.WriteString("." + token)
		}
	}
	return inOrder(b.String())
}

func notInName(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}
