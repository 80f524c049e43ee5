package generator

import (
	"encoding/binary"
	"encoding/hex"
)

// orderID is a UUID of version 8 (RFC 9562 section 5.8, for rules of one's own):
// 60 bits name the run, the lower 62 are the order's number. So no two orders of
// a run share an id, and an id tells which order of the run it is.
func orderID(runID, n uint64) string {
	var id [16]byte
	binary.BigEndian.PutUint64(id[:8], runID)
	binary.BigEndian.PutUint64(id[8:], n)
	id[6] = id[6]&0x0f | 0x80 // version 8
	id[8] = id[8]&0x3f | 0x80 // variant 10

	var text [36]byte
	hex.Encode(text[0:], id[0:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:])
	for _, dash := range [...]int{8, 13, 18, 23} {
		text[dash] = '-'
	}
	return string(text[:])
}
