package postgres

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// inOrder brings the rows of a batch into the order in which they are written.
// Where sums are kept, that is the order of their ids: batches that have ids in
// common wait for one another, never in a circle. Of two orders with the same id
// the first stays the first.
func (l *layout) inOrder(rows []*row) []*row {
	if l.effects != nil {
		slices.SortStableFunc(rows, func(a, b *row) int { return strings.Compare(a.order.ID, b.order.ID) })
	}
	return rows
}

// appendReceipt appends the columns of a row that says only that the order is
// counted.
func (t *copyText) appendReceipt(row *row) error {
	t.buffer = append(appendEscaped(t.buffer, row.order.ID), '\t')
	content := t.hash(row)
	t.buffer = hex.AppendEncode(t.buffer, content[:])
	t.buffer = append(t.buffer, '\t')
	t.number(int64(row.source.Partition))
	t.buffer = strconv.AppendInt(t.buffer, row.source.Offset, 10)
	return nil
}

// hash returns 128 bits of a hash over what must be the same for two
// orders to be the same. It is kept in tables, so it must never change: the channel
// is no part of it, which a processor of an earlier version did not see. The length
// before each text keeps neighbours apart.
func (t *copyText) hash(row *row) [sha256.Size / 2]byte {
	order, b := &row.order, t.hashed[:0]
	text := func(s string) { b = append(binary.AppendUvarint(b, uint64(len(s))), s...) }
	text(order.UserID)
	text(order.Currency)
	b = binary.AppendVarint(b, order.Amount)
	b = binary.AppendVarint(b, order.CreatedAt.Unix())
	b = binary.AppendVarint(b, int64(order.CreatedAt.Nanosecond()))
	for i := range order.Items {
		item := &order.Items[i]
		text(item.SKU)
		text(item.Name)
		b = binary.AppendVarint(b, item.Quantity)
		b = binary.AppendVarint(b, item.UnitPrice)
	}
	t.hashed = b
	return half(sha256.Sum256(b))
}

// half is 128 bits of a hash, which no two texts share by chance.
func half(sum [sha256.Size]byte) (bits [sha256.Size / 2]byte) {
	copy(bits[:], sum[:])
	return bits
}
