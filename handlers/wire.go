package handlers

import (
	"bytes"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// The types of this file read one JSON value each. A value of the wrong type is
// no error to them: they note the kind they found and go on, so that one pass
// finds everything that is wrong with an order. The kind is 0 while the field is
// absent, which tells a missing unit_price from one that is 0.

// text is a field that must be a string.
type text struct {
	value string
	found jsontext.Kind
}

// read fails on bad syntax only.
func (t *text) read(dec *jsontext.Decoder) error {
	return t.readAs(dec, func(content []byte) string { return string(content) })
}

// readAs reads the string that convert makes of the content.
func (t *text) readAs(dec *jsontext.Decoder, convert func(content []byte) string) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if t.found = raw.Kind(); t.found != jsontext.KindString {
		return nil
	}
	content, err := unquote(raw)
	t.value = convert(content)
	return err
}

// integer is a field that must be a number without fraction and exponent.
type integer struct {
	value  int64
	misfit string // the number as it was written when value cannot hold it
	found  jsontext.Kind
}

// read fails on bad syntax only.
func (n *integer) read(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if n.found = raw.Kind(); n.found != jsontext.KindNumber {
		return nil
	}
	if n.value, err = strconv.ParseInt(string(raw), 10, 64); err != nil {
		n.misfit = string(raw)
	}
	return nil
}

// instant is a field that must be a string with a time of RFC 3339.
type instant struct {
	value  time.Time
	misfit string // the string when ok is false
	ok     bool
	found  jsontext.Kind
}

// read fails on bad syntax only.
func (i *instant) read(dec *jsontext.Decoder) error {
	raw, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if i.found = raw.Kind(); i.found != jsontext.KindString {
		return nil
	}
	content, err := unquote(raw)
	if i.value, i.ok = parseRFC3339(content); !i.ok {
		i.misfit = string(content)
	}
	return err
}

// fields are what an object holds. member reads the value of the field called name.
type fields interface {
	member(name []byte, dec *jsontext.Decoder) error
}

// readObject reads an object into f and returns the kind of what it found. It
// asks f for each field: leaving that to reflection over struct tags was measured
// to make the check of an order a third slower.
func readObject(dec *jsontext.Decoder, f fields) (found jsontext.Kind, err error) {
	if found = dec.PeekKind(); found != jsontext.KindBeginObject {
		return found, dec.SkipValue()
	}
	if _, err := dec.ReadToken(); err != nil {
		return found, err
	}
	for dec.PeekKind() != jsontext.KindEndObject {
		raw, err := dec.ReadValue()
		if err != nil {
			return found, err
		}
		name, err := unquote(raw)
		if err != nil {
			return found, err
		}
		if err := f.member(name, dec); err != nil {
			return found, err
		}
	}
	_, err = dec.ReadToken()
	return found, err
}

// unquote returns the content of a JSON string. It copies only when there are
// escapes to resolve, which is rare.
func unquote(raw jsontext.Value) ([]byte, error) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	return jsontext.AppendUnquote(nil, raw)
}
