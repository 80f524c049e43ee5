package kafka

import (
	"container/heap"

	"github.com/twmb/franz-go/pkg/kgo"
)

// windowFactor is how many times as many records as may be in flight a window
// spans. What exceeds the flight are records that wait for one of their key, and
// those acked before an older one: the wider, the later one of them holds up the
// rest.
const windowFactor = 4

// DefaultInFlightBytes is the limit of a partition's window unless one is set.
const DefaultInFlightBytes = 16 << 20

// window holds the records of a partition from the first that is not acked on. It
// says which may be delivered next, and which offset may be committed. It is not
// safe for concurrent use.
type window struct {
	ordering   Ordering
	maxRecords int
	maxBytes   int64 // of keys, values and headers of what is not acked

	entries []*entry // in the order of their offsets; the first is not acked
	fresh   []*entry // in the same order: were first of their key when they came
	// successors became first of their key when the one before was acked.
	successors byOffset
	// newest is the newest entry of each key that has one which is not acked.
	newest  map[string]*entry
	unacked int
	bytes   int64
	next    int64 // the offset after the newest entry, -1 before the first
}

// entry is a record in a window.
type entry struct {
	record *kgo.Record // nil when acked, to free its memory
	offset int64
	bytes  int64
	lane   string // the key it waits for; has none if laned is false
	laned  bool
	after  *entry // the next of its lane
	state  entryState
}

type entryState uint8

const (
	entryWaits entryState = iota
	entryDelivered
	entryAcked
)

func newWindow(ordering Ordering, inFlight int, maxBytes int64) *window {
	return &window{
		ordering:   ordering,
		maxRecords: windowFactor * inFlight,
		maxBytes:   maxBytes,
		newest:     map[string]*entry{},
		next:       -1,
	}
}

// add takes the next record in, unless the window is full. A record larger than
// the window is taken in alone.
func (w *window) add(record *kgo.Record) bool {
	if record.Attrs.IsControl() {
		// The end of a transaction is nobody's message, but has an offset.
		w.next = record.Offset + 1
		return true
	}
	bytes := sizeOf(record)
	if len(w.entries) >= w.maxRecords || w.unacked > 0 && w.bytes+bytes > w.maxBytes {
		return false
	}
	e := &entry{record: record, offset: record.Offset, bytes: bytes}
	w.entries = append(w.entries, e)
	w.unacked++
	w.bytes += bytes
	w.next = record.Offset + 1
	if w.queue(e) {
		w.fresh = append(w.fresh, e)
	}
	return true
}

// queue puts the entry at the end of its lane, and reports whether it is the
// first there.
func (w *window) queue(e *entry) (first bool) {
	switch w.ordering {
	case OrderingPartition:
		e.laned = true
	case OrderingKey:
		e.laned = e.record.Key != nil
		e.lane = string(e.record.Key)
	case OrderingNone:
	}
	if !e.laned {
		return true
	}
	before := w.newest[e.lane]
	w.newest[e.lane] = e
	if before != nil {
		before.after = e
	}
	return before == nil
}

// deliverable returns how many entries take would return, were it called so often.
func (w *window) deliverable() int { return len(w.fresh) + len(w.successors) }

// take returns the oldest entry that may be delivered, nil if there is none. It
// does not return it again.
func (w *window) take() *entry {
	switch {
	case len(w.successors) > 0 && (len(w.fresh) == 0 || w.successors[0].offset < w.fresh[0].offset):
		return heap.Pop(&w.successors).(*entry) //nolint:forcetypeassert // byOffset holds nothing else
	case len(w.fresh) > 0:
		e := w.fresh[0]
		w.fresh[0] = nil
		w.fresh = w.fresh[1:]
		return e
	default:
		return nil
	}
}

// ack ends an entry that was taken. The next of its key may be delivered now.
func (w *window) ack(e *entry) {
	e.state = entryAcked
	e.record = nil
	w.unacked--
	w.bytes -= e.bytes
	if e.laned {
		if e.after != nil {
			heap.Push(&w.successors, e.after)
		} else {
			delete(w.newest, e.lane)
		}
		e.after = nil
	}
	for len(w.entries) > 0 && w.entries[0].state == entryAcked {
		w.entries[0] = nil
		w.entries = w.entries[1:]
	}
}

// lowWatermark is the first offset that is not acked, -1 when nothing came yet:
// all before it may be committed.
func (w *window) lowWatermark() int64 { return w.firstBefore(entryAcked) }

// firstBefore is the first offset that has not reached the state, -1 when nothing
// came yet.
func (w *window) firstBefore(state entryState) int64 {
	for _, e := range w.entries {
		if e.state < state {
			return e.offset
		}
	}
	return w.next
}

func sizeOf(record *kgo.Record) int64 {
	size := len(record.Key) + len(record.Value)
	for _, h := range record.Headers {
		size += len(h.Key) + len(h.Value)
	}
	return int64(size)
}
