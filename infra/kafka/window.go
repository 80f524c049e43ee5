package kafka

import "github.com/twmb/franz-go/pkg/kgo"

// windowFactor is how many times as many records as may be in flight a window
// spans. What exceeds the flight are records that wait for one of their key, and
// those acked before an older one: the wider, the later one of them holds up the
// rest.
const windowFactor = 3

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
	slab    []entry  // of which the next entries are made
	unacked int
	bytes   int64
	next    int64 // the offset after the newest entry, -1 before the first

	// Which may be delivered, for they are the first of their lanes.
	fresh      queue // were so when they came
	successors queue // have become so: the one before was acked
	alone      queue // were set back
	lanes      map[string]*lane
}

// entry is a record in a window.
type entry struct {
	record *kgo.Record // nil when acked, to free its memory
	offset int64
	bytes  int64
	state  entryState

	lane          *lane // nil if it waits for none
	before, after *entry
}

type entryState uint8

const (
	entryWaits entryState = iota
	entrySetBack
	entryTaken
	entryDelivered
	entryAcked
)

// slabSize is how many entries are allocated at once.
const slabSize = 64

func newWindow(ordering Ordering, inFlight int, maxBytes int64) *window {
	return &window{
		ordering:   ordering,
		maxRecords: windowFactor * inFlight,
		maxBytes:   maxBytes,
		lanes:      map[string]*lane{},
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
	if len(w.slab) == 0 {
		w.slab = make([]entry, slabSize)
	}
	e := &w.slab[0]
	w.slab = w.slab[1:]
	e.record, e.offset, e.bytes = record, record.Offset, bytes
	w.entries = append(w.entries, e)
	w.unacked++
	w.bytes += bytes
	w.next = record.Offset + 1
	if w.enterLane(e) {
		w.fresh.push(e)
	}
	return true
}

// ack ends an entry that was taken. The next of its lane may be delivered, if it was
// the first there.
func (w *window) ack(e *entry) {
	e.state = entryAcked
	e.record = nil
	w.unacked--
	w.bytes -= e.bytes
	if next := w.leaveLane(e); next != nil {
		switch next.state {
		case entryWaits:
			w.successors.push(next)
		case entrySetBack:
			w.alone.push(next)
		default: // it is in flight
		}
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
