package postgres

import (
	"strconv"
	"time"
)

// copyText is rows in the text format of COPY (PostgreSQL's manual, COPY, "Text
// Format"). Its buffers are used again.
type copyText struct {
	buffer []byte
	items  []byte
	hashed []byte // what a hash is of
}

func (t *copyText) reset() { t.buffer = t.buffer[:0] }

func (t *copyText) endRow() { t.buffer = append(t.buffer, '\n') }

// appendOrder appends the columns of a row that holds a whole order.
func (t *copyText) appendOrder(row *row) error {
	order := &row.order
	var err error
	if t.items, err = appendItems(t.items[:0], order.Items); err != nil {
		return unencodable(err)
	}
	for _, text := range [...]string{order.ID, order.UserID, order.Currency} {
		t.buffer = append(appendEscaped(t.buffer, text), '\t')
	}
	t.number(order.Amount)
	t.buffer = append(appendEscaped(t.buffer, t.items), '\t')
	// PostgreSQL would round what is below its microsecond.
	t.buffer = append(order.CreatedAt.UTC().Truncate(time.Microsecond).AppendFormat(t.buffer, time.RFC3339Nano), '\t')
	t.number(int64(order.CreatedAt.Nanosecond() % int(time.Microsecond)))
	t.optional(order.Channel)
	t.number(int64(row.source.Partition))
	t.buffer = strconv.AppendInt(t.buffer, row.source.Offset, 10)
	return nil
}

// optional appends text that is NULL when it is empty.
func (t *copyText) optional(text string) {
	if text == "" {
		text = `N`
		t.buffer = append(t.buffer, '\\')
	}
	t.buffer = append(appendEscaped(t.buffer, text), '\t')
}

func (t *copyText) number(n int64) {
	t.buffer = append(strconv.AppendInt(t.buffer, n, 10), '\t')
}

// escapes are what separates rows and columns, and the escape itself.
var escapes = [256]byte{'\\': '\\', '\t': 't', '\n': 'n', '\r': 'r'}

func appendEscaped[T string | []byte](buffer []byte, text T) []byte {
	begun := 0
	for i := range len(text) {
		if escape := escapes[text[i]]; escape != 0 {
			buffer = append(buffer, text[begun:i]...)
			buffer = append(buffer, '\\', escape)
			begun = i + 1
		}
	}
	return append(buffer, text[begun:]...)
}
