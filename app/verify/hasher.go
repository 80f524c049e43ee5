package verify

import (
	"encoding/binary"
	"hash/maphash"

	"orderflow/handlers"
)

// hasher makes fingerprints. They mean nothing outside of the process. It is for
// one goroutine.
type hasher struct {
	hash   *maphash.Hash
	number []byte
}

func newHasher() hasher { return hasher{hash: new(maphash.Hash), number: make([]byte, 8)} }

// stamp is of a record's key and of the digest of its value. Nil, which is
// Kafka's null, differs from empty.
func (h hasher) stamp(key, digest []byte) uint64 {
	h.hash.Reset()
	h.addBytes(key)
	h.addBytes(digest)
	return h.hash.Sum64()
}

// order is of all that is stored of an order. Its upper half is of the id alone.
func (h hasher) order(o *handlers.Order) uint64 {
	h.hash.Reset()
	h.addText(o.UserID)
	h.addText(o.Currency)
	h.addText(o.Channel)
	h.addNumber(o.Amount)
	h.addNumber(int64(len(o.Items)))
	for i := range o.Items {
		item := &o.Items[i]
		h.addText(item.SKU)
		h.addText(item.Name)
		h.addNumber(item.Quantity)
		h.addNumber(item.UnitPrice)
	}
	h.addNumber(o.CreatedAt.Unix())
	h.addNumber(int64(o.CreatedAt.Nanosecond()))
	content := h.hash.Sum64()
	return h.id(o.ID) | content>>32
}

const idHalf uint64 = 0xffff_ffff << 32

// id is the upper half of the fingerprint of an order with this id.
func (h hasher) id(orderID string) uint64 {
	h.hash.Reset()
	h.addText(orderID)
	return h.hash.Sum64() & idHalf
}

func sameID(a, b uint64) bool { return a&idHalf == b&idHalf }

// user is of a user in a partition.
func (h hasher) user(userID string, partition int32) uint64 {
	h.hash.Reset()
	h.addText(userID)
	h.addNumber(int64(partition))
	return h.hash.Sum64()
}

// The length before each text keeps neighbours apart.

func (h hasher) addText(s string) {
	h.addNumber(int64(len(s)))
	_, _ = h.hash.WriteString(s) // never fails
}

func (h hasher) addBytes(b []byte) {
	if b == nil {
		h.addNumber(-1)
		return
	}
	h.addNumber(int64(len(b)))
	_, _ = h.hash.Write(b)
}

func (h hasher) addNumber(n int64) {
	binary.LittleEndian.PutUint64(h.number, uint64(n))
	_, _ = h.hash.Write(h.number)
}
