package handlers

import (
	"bytes"
	"strings"
)

// checkNUL refuses U+0000 wherever it stands, unknown fields and names included:
// PostgreSQL can keep it neither in text nor in jsonb. JSON allows it only as an
// escape, so those of the value are counted, and the ones that no field accounts
// for must be where we do not read.
func checkNUL(r *report, version SchemaVersion, value []byte, doc *document) {
	unaccounted := countNULEscapes(value)
	if unaccounted == 0 {
		return
	}
	look := func(at place, text string) {
		if n := strings.Count(text, "\x00"); n > 0 {
			r.addf(Validation, at, `must not contain NUL (\u0000)`)
			unaccounted -= n
		}
	}
	look(inOrder("order_id"), doc.orderID.value)
	look(inOrder("user_id"), doc.userID.value)
	look(inOrder("currency"), doc.currency.value)
	if version != Version1 {
		look(inOrder("channel"), doc.channel.value)
	}
	for i, item := range doc.items.list {
		look(inItem(i, "sku"), item.sku.value)
		look(inItem(i, "name"), item.name.value)
	}
	look(inOrder("created_at"), doc.createdAt.misfit)
	if unaccounted > 0 {
		r.addf(Validation, whole, `must not contain NUL (\u0000), not even in a field that is not read`)
	}
}

// countNULEscapes counts \u0000 in valid JSON. After an odd number of
// backslashes it is no escape: \\u0000 is a backslash and the text u0000.
func countNULEscapes(value []byte) int {
	const escape = `\u0000`
	count := 0
	for rest := value; ; {
		i := bytes.Index(rest, []byte(escape))
		if i < 0 {
			return count
		}
		before := rest[:i]
		if backslashes := len(before) - len(bytes.TrimRight(before, `\`)); backslashes%2 == 0 {
			count++
		}
		rest = rest[i+len(escape):]
	}
}
