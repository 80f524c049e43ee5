package kafka

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

// ownedPartition is a log of records and its consumption by one owner after the
// other, as a model: what is in flight, what was acked, what is committed.
type ownedPartition struct {
	ordering  Ordering
	inFlight  int
	bundle    int
	log       []*kgo.Record
	committed int64
	acked     map[int64]bool // and not delivered anew since

	owner    *partition
	messages chan *message.Message
	fed      int64                      // the next record that the owner gets
	handled  map[int64]*message.Message // in flight
	nacked   map[int64]bool             // come again
}

func (o *ownedPartition) assign() {
	config := &SubscriberConfig{Commit: CommitAfter, InFlight: o.inFlight, InFlightBytes: 200, Bundle: o.bundle, Ordering: o.ordering}
	o.messages = make(chan *message.Message)
	nothing := func() {}
	o.owner = newPartition(context.Background(), "orders", 0, config, o.messages, fetching{nothing, nothing, nothing})
	o.fed = o.committed
	maps.DeleteFunc(o.acked, func(offset int64, _ bool) bool { return offset >= o.committed })
	o.handled, o.nacked = map[int64]*message.Message{}, map[int64]bool{}
}

// revoke ends the owner as a rebalance does whose drain is over.
func (o *ownedPartition) revoke(t require.TestingT) {
	o.owner.drain(0)
	o.commit(t)
	for _, msg := range o.handled {
		require.Error(t, msg.Context().Err(), "a message outlives its partition")
		msg.Ack() // too late
	}
	before := o.committed
	o.commit(t)
	require.Equal(t, before, o.committed, "an ack counts after the revocation")
}

func (o *ownedPartition) commit(t require.TestingT) {
	offset, ok := o.owner.toCommit()
	if !ok {
		return
	}
	require.Greater(t, offset, o.committed, "a commit goes back")
	for before := range offset {
		require.True(t, o.acked[before], "%d is committed and %d not acked", offset, before)
	}
	o.owner.setCommitted(offset)
	o.committed = offset
}

// deliverable reports whether a message must come: one that was nacked and waits for
// none, or one that has room.
func (o *ownedPartition) deliverable() bool {
	for offset := range o.nacked {
		if len(o.waitsFor(offset)) == 0 {
			return true
		}
	}
	o.owner.mu.Lock()
	defer o.owner.mu.Unlock()
	// The deliverer may hold the next in its hand already.
	return o.owner.inFlight > len(o.handled) || len(o.handled) < o.inFlight && o.owner.window.deliverable()
}

// waitsFor returns those before a record that must be acked first, unless they are in
// the same message.
func (o *ownedPartition) waitsFor(offset int64) (others []int64) {
	for before := o.committed; before < offset; before++ {
		if !o.acked[before] && (o.ordering == OrderingPartition ||
			o.ordering == OrderingKey && string(o.log[before].Key) == string(o.log[offset].Key)) {
			others = append(others, before)
		}
	}
	return others
}

func (o *ownedPartition) receive(t *rapid.T) {
	var msg *message.Message
	select {
	case msg = <-o.messages:
	case <-time.After(patience):
		t.Fatal("what is deliverable does not come")
	}
	require.NoError(t, msg.Context().Err())
	offsets := offsetsIn(msg)
	require.LessOrEqual(t, len(offsets), max(1, o.bundle))
	require.LessOrEqual(t, len(o.handled)+len(offsets), o.inFlight)
	for i, offset := range offsets {
		require.False(t, o.acked[offset], "%d was acked", offset)
		require.NotContains(t, o.handled, offset)
		require.True(t, len(offsets) == 1 || !o.nacked[offset], "%d comes again, but not alone", offset)
		require.Subset(t, offsets[:i], o.waitsFor(offset), "%d comes before others that it waits for", offset)
		delete(o.nacked, offset)
		o.handled[offset] = msg
	}
}

// offsetsIn returns those of the records in a message.
func offsetsIn(msg *message.Message) (offsets []int64) {
	bundle, ok := handlers.BundleOf(msg.Context())
	if !ok {
		return []int64{offsetOf(msg)}
	}
	for _, record := range bundle.Records {
		offsets = append(offsets, record.Source.Offset)
	}
	return offsets
}

// end acks or nacks a message in flight, and waits until that has been seen.
func (o *ownedPartition) end(t *rapid.T, nack bool) {
	if len(o.handled) == 0 {
		t.Skip("nothing is in flight")
	}
	msg := o.handled[rapid.SampledFrom(slices.Sorted(maps.Keys(o.handled))).Draw(t, "which")]
	bundle, bundled := handlers.BundleOf(msg.Context())
	for i, offset := range offsetsIn(msg) {
		delete(o.handled, offset)
		apart := bundled && rapid.Bool().Draw(t, "apart")
		if apart {
			bundle.SetApart(i)
		}
		if nack || apart {
			o.nacked[offset] = true
		} else {
			o.acked[offset] = true
		}
	}
	if nack {
		msg.Nack()
	} else {
		msg.Ack()
	}
	<-msg.Context().Done()
}

// Whatever arrives, is acked, nacked and revoked: what is committed was acked, the
// records of a key are in one message or wait for one another, nothing is lost.
func TestPartitionKeepsItsPromises(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		o := &ownedPartition{
			ordering: rapid.SampledFrom([]Ordering{OrderingKey, OrderingPartition, OrderingNone}).Draw(t, "ordering"),
			inFlight: rapid.IntRange(1, 6).Draw(t, "in flight"),
			bundle:   rapid.IntRange(0, 3).Draw(t, "bundle"),
			acked:    map[int64]bool{},
		}
		o.assign()
		defer func() { o.owner.drain(0) }() // also when rapid has no more randomness to give
		t.Repeat(map[string]func(*rapid.T){
			"arrive": func(t *rapid.T) {
				for range rapid.IntRange(1, 9).Draw(t, "records") {
					o.log = append(o.log, &kgo.Record{
						Offset: int64(len(o.log)),
						Key:    []byte(strconv.Itoa(rapid.IntRange(0, 3).Draw(t, "key"))),
						Value:  make([]byte, rapid.IntRange(0, 300).Draw(t, "size")),
					})
				}
				o.owner.add(o.log[o.fed:], Extent{End: int64(len(o.log))})
				o.fed = int64(len(o.log))
			},
			"receive": func(t *rapid.T) {
				if !o.deliverable() {
					t.Skip("nothing may be delivered")
				}
				o.receive(t)
			},
			"ack":    func(t *rapid.T) { o.end(t, false) },
			"nack":   func(t *rapid.T) { o.end(t, true) },
			"commit": func(t *rapid.T) { o.commit(t) },
			"revoke": func(t *rapid.T) {
				o.revoke(t)
				o.assign()
				o.owner.add(o.log[o.fed:], Extent{End: int64(len(o.log))})
				o.fed = int64(len(o.log))
			},
		})
		for o.commit(t); o.committed < int64(len(o.log)); o.commit(t) {
			for o.deliverable() {
				o.receive(t)
			}
			require.NotEmpty(t, o.handled, "of %d records %d are committed, and no more come", len(o.log), o.committed)
			o.end(t, false)
		}
		o.revoke(t)
	})
}
