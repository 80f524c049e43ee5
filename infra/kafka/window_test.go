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

// take returns the indexes of the records to take, of which n may be taken together.
// Of those that were set back it takes any that waits for none.
func (w *slowWindow) take(n int) (together []int, anyOf bool) {
	waits := func(i int, together []int) bool {
		return slices.ContainsFunc(w.records[:i], func(before slowRecord) bool {
			return !before.acked && !slices.Contains(together, w.index(before.Offset)) && w.waitsFor(before, w.records[i])
		})
	}
	for i, r := range w.records {
		if r.setBack && !waits(i, nil) {
			together = append(together, i)
		}
	}
	if len(together) > 0 {
		return together, true
	}
	for i, r := range w.records {
		if len(together) < n && !r.taken && !waits(i, together) {
			together = append(together, i)
		}
	}
	return together, false
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
				n := rapid.IntRange(1, 4).Draw(t, "together")
				want, anyOf := slow.take(n)
				entries := fast.take(n)
				if len(want) == 0 {
					require.Empty(t, entries)
					t.Skip("nothing may be delivered")
				}
				got := make([]int, len(entries))
				for i, e := range entries {
					got[i] = slow.index(e.offset)
					require.Same(t, slow.records[got[i]].Record, e.record)
				}
				if anyOf {
					require.Len(t, got, 1)
					require.Subset(t, want, got)
				} else {
					require.Equal(t, want, got)
				}
				for _, i := range got {
					slow.records[i].taken, slow.records[i].setBack = true, false
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
				deliverable, _ := slow.take(1)
				require.Equal(t, len(deliverable) > 0, fast.deliverable())
				require.LessOrEqual(t, len(fast.newest), n)
			},
		})
	})
}
