package kafka

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// slowWindow is a window as one would write it without a thought for speed: a
// list of all records that ever came.
type slowWindow struct {
	ordering   Ordering
	maxRecords int
	maxBytes   int64
	records    []slowRecord
}

type slowRecord struct {
	*kgo.Record

	taken, setBack, acked bool
}

func (w *slowWindow) waitsFor(before, r slowRecord) bool {
	switch w.ordering {
	case OrderingPartition:
		return true
	case OrderingKey:
		return r.Key != nil && before.Key != nil && string(before.Key) == string(r.Key)
	default:
		return false
	}
}

// deliverable returns the offsets of the records that may be delivered alone: of those
// that were set back, if there are any, else of all.
func (w *slowWindow) deliverable() (offsets []int64) {
	for _, setBack := range []bool{true, false} {
		for i, r := range w.records {
			if len(w.before(i)) == 0 && (setBack && r.setBack || !setBack && !r.taken) {
				offsets = append(offsets, r.Offset)
			}
		}
		if len(offsets) > 0 {
			return offsets
		}
	}
	return nil
}

// before returns the offsets of the records that the one of this index waits for.
func (w *slowWindow) before(i int) (offsets []int64) {
	for _, before := range w.records[:i] {
		if !before.acked && w.waitsFor(before, w.records[i]) {
			offsets = append(offsets, before.Offset)
		}
	}
	return offsets
}

func (w *slowWindow) index(offset int64) int {
	return slices.IndexFunc(w.records, func(r slowRecord) bool { return r.Offset == offset })
}

func (w *slowWindow) lowWatermark() int64 {
	if len(w.records) == 0 {
		return -1
	}
	for _, r := range w.records {
		if !r.acked {
			return r.Offset
		}
	}
	return w.records[len(w.records)-1].Offset + 1
}

func (w *slowWindow) unacked() (n int, bytes int64) {
	for _, r := range w.records {
		if !r.acked {
			n++
			bytes += sizeOf(r.Record)
		}
	}
	return n, bytes
}

// full is what the limits say: of records from the first unacked on, and of bytes.
func (w *slowWindow) full(more *kgo.Record) bool {
	span := 0
	for _, r := range w.records {
		if r.Offset >= w.lowWatermark() {
			span++
		}
	}
	n, bytes := w.unacked()
	return span >= w.maxRecords || n > 0 && bytes+sizeOf(more) > w.maxBytes
}

// deliverable reports whether take would return any.
func (w *window) deliverable() bool { return len(w.alone)+len(w.fresh)+len(w.successors) > 0 }

// Whatever arrives and whatever is acked or set back in which order, the window delivers what
// the slow one does, holds as much, and says the same may be committed.
func TestWindowIsAsOneWouldWriteItSlowly(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ordering := rapid.SampledFrom([]Ordering{OrderingKey, OrderingPartition, OrderingNone}).Draw(t, "ordering")
		inFlight := rapid.IntRange(1, 5).Draw(t, "in flight")
		fast := newWindow(ordering, inFlight, 40)
		slow := &slowWindow{ordering: ordering, maxRecords: fast.maxRecords, maxBytes: 40}
		var taken []*entry
		offset := rapid.Int64Range(0, 1000).Draw(t, "first offset")
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				record := &kgo.Record{Offset: offset, Value: make([]byte, rapid.IntRange(0, 50).Draw(t, "size"))}
				if rapid.IntRange(0, 4).Draw(t, "keyed") > 0 {
					record.Key = []byte(rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "key"))
				}
				full := slow.full(record)
				require.Equal(t, !full, fast.add(record))
				if !full {
					slow.records = append(slow.records, slowRecord{Record: record})
					offset += rapid.Int64Range(1, 3).Draw(t, "gap") // compacted topics have such
				}
			},
			"take": func(t *rapid.T) {
				n := rapid.IntRange(0, 4).Draw(t, "together")
				deliverable := slow.deliverable()
				entries := fast.take(n)
				require.LessOrEqual(t, len(entries), n)
				var together []int64
				for _, e := range entries {
					i := slow.index(e.offset)
					r := &slow.records[i]
					require.Same(t, r.Record, e.record)
					require.True(t, !r.taken || r.setBack, "%d is in flight", e.offset)
					require.True(t, !r.setBack || len(entries) == 1, "%d was set back", e.offset)
					require.Subset(t, together, slow.before(i))
					r.taken, r.setBack = true, false
					together = append(together, e.offset)
				}
				if n > 0 && len(deliverable) > 0 {
					require.NotEmpty(t, together)
					require.Contains(t, deliverable, together[0])
				}
				taken = append(taken, entries...)
			},
			"end": func(t *rapid.T) {
				if len(taken) == 0 {
					t.Skip("nothing is in flight")
				}
				at := rapid.IntRange(0, len(taken)-1).Draw(t, "which")
				i := slow.index(taken[at].offset)
				if rapid.Bool().Draw(t, "acked") {
					slow.records[i].acked = true
					fast.ack(taken[at])
				} else {
					slow.records[i].setBack = true
					fast.setBack(taken[at])
				}
				taken = slices.Delete(taken, at, at+1)
			},
			"": func(t *rapid.T) {
				n, bytes := slow.unacked()
				require.Equal(t, n, fast.unacked)
				require.Equal(t, bytes, fast.bytes)
				require.Equal(t, slow.lowWatermark(), fast.lowWatermark())
				require.Equal(t, len(slow.deliverable()) > 0, fast.deliverable())
				require.LessOrEqual(t, len(fast.lanes), n)
			},
		})
	})
}
