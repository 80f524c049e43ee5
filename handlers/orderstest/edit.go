package orderstest

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// object is a JSON object whose values stay as they are written, so that an edit
// changes nothing else.
type object = map[string]jsontext.Value

func set(field, raw string) func(*Corruption) {
	return edit(func(order object) { order[field] = jsontext.Value(raw) })
}

func drop(field string) func(*Corruption) {
	return edit(func(order object) { delete(order, field) })
}

func rename(field, to string) func(*Corruption) {
	return edit(func(order object) {
		order[to] = order[field]
		delete(order, field)
	})
}

func setInItem(field, raw string) func(*Corruption) {
	return editFirstItem(func(item object) { item[field] = jsontext.Value(raw) })
}

func dropInItem(field string) func(*Corruption) {
	return editFirstItem(func(item object) { delete(item, field) })
}

// insert puts a member, which need not be valid JSON, before the others.
func insert(member string) func(*Corruption) {
	return rewrite(func(value []byte) []byte {
		return append([]byte("{"+member+","), value[1:]...)
	})
}

func rewrite(change func(value []byte) []byte) func(*Corruption) {
	return func(record *Corruption) { record.Value = change(record.Value) }
}

func editFirstItem(change func(item object)) func(*Corruption) {
	return edit(func(order object) {
		items := decode[[]object](order["items"])
		change(items[0])
		order["items"] = encode(items)
	})
}

func edit(change func(order object)) func(*Corruption) {
	return rewrite(func(value []byte) []byte {
		order := decode[object](value)
		change(order)
		return encode(order)
	})
}

func decode[T any](value []byte) (v T) {
	if err := json.Unmarshal(value, &v); err != nil {
		panic("decode what Encode encoded: " + err.Error())
	}
	return v
}

func encode(v any) []byte {
	value, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic("encode an edited order: " + err.Error())
	}
	return value
}
