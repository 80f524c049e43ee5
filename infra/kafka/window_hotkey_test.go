package kafka

import (
	"fmt"
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
