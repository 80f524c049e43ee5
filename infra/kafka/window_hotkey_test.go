package kafka

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

// A half of all orders are of one user: the others go on, and each user's orders
// stay in order.
func TestAHotKeyHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	const others = 150
	topic := servertest.Topic(t, 1)
	var records []*kgo.Record
	for i := range others {
		records = append(records, &kgo.Record{Key: []byte("hot")}, &kgo.Record{Key: fmt.Append(nil, "user-", i%10)})
	}
	servertest.Produce(t, topic, records...)
	m := joinWindowed(t, servertest.Name("group"), topic)
	var hot *message.Message
	last := map[string]int64{}
	for range others + 1 {
		msg := m.next(t)
		key := string(handlers.KeyOf(msg))
		require.GreaterOrEqual(t, offsetOf(msg), last[key])
		last[key] = offsetOf(msg)
		if key == "hot" {
			require.Nil(t, hot, "two of a key are in flight")
			hot = msg
			continue
		}
		msg.Ack()
	}
	hot.Ack()
	for want := range int64(others - 1) {
		msg := m.next(t)
		require.Equal(t, 2*(want+1), offsetOf(msg))
		msg.Ack()
	}
}

// In bundles the hot user's orders come many at a time, in order, and not again before
// these are acked.
func TestAHotKeyComesInBundles(t *testing.T) {
	t.Parallel()
	const others, bundle = 300, 20
	topic := servertest.Topic(t, 1)
	var records []*kgo.Record
	for i := range others {
		records = append(records, &kgo.Record{Key: []byte("hot")}, &kgo.Record{Key: fmt.Append(nil, "user-", i)})
	}
	servertest.Produce(t, topic, records...)
	m := joinWindowed(t, servertest.Name("group"), topic, inFlightOf(2*bundle), func(c *SubscriberConfig) { c.Bundle = bundle })
	last, messages := map[string]int64{}, 0
	var held *message.Message // while it is, the others go on
	for seen := 0; seen < len(records); messages++ {
		msg := m.next(t)
		keys := keysIn(msg)
		for i, offset := range offsetsIn(msg) {
			require.True(t, held == nil || keys[i] != "hot", "two messages with records of a key are in flight")
			require.GreaterOrEqual(t, offset, last[keys[i]])
			last[keys[i]] = offset
			seen++
		}
		switch {
		case held != nil:
			msg.Ack()
			held.Ack()
			held = nil
		case slices.Contains(keys, "hot") && seen < len(records)/2:
			held = msg
		default:
			msg.Ack()
		}
	}
	require.Less(t, messages, others/2, "the hot user's orders came one by one")
}

func keysIn(msg *message.Message) (keys []string) {
	bundle, ok := handlers.BundleOf(msg.Context())
	if !ok {
		return []string{string(handlers.KeyOf(msg))}
	}
	for _, record := range bundle.Records {
		keys = append(keys, string(record.Key))
	}
	return keys
}
