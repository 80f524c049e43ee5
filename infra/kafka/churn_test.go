package kafka

import (
	"context"
	"maps"
	"sync"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

// deliveries counts how often each record was delivered.
type deliveries struct {
	mu      sync.Mutex
	count   map[handlers.Source]int
	changed chan struct{}
}

// handle handles each message concurrently, as a router does. Handling takes the
// time of a round trip, so that members come and go while messages are in flight.
func (d *deliveries) handle(client *kgo.Client, messages <-chan *message.Message) {
	for msg := range messages {
		go func() {
			source, _ := handlers.SourceOf(msg.Context())
			d.mu.Lock()
			d.count[handlers.Source{Partition: source.Partition, Offset: source.Offset}]++
			d.mu.Unlock()
			_ = client.Ping(context.Background()) // its answer does not matter
			msg.Ack()
			select {
			case d.changed <- struct{}{}:
			default:
			}
		}()
	}
}

func (d *deliveries) snapshot() map[handlers.Source]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.count)
}

func (d *deliveries) total() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.count)
}

// maxBacklog is how far the load may be ahead of the deliveries: what is left at
// the end has to be delivered one by one.
const maxBacklog = 100

// load produces to all partitions until stop, and returns the number of each.
func load(t *testing.T, topic string, partitions int32, seen *deliveries) (stop func() map[handlers.Source]int) {
	t.Helper()
	client := servertest.Client(t, kgo.DefaultProduceTopic(topic), kgo.RecordPartitioner(kgo.ManualPartitioner()))
	ctx, cancel := context.WithCancel(t.Context())
	produced := make(chan map[handlers.Source]int)
	go func() {
		records := map[handlers.Source]int{}
		defer func() { produced <- records }()
		for ctx.Err() == nil {
			for len(records)-seen.total() > maxBacklog && ctx.Err() == nil {
				select {
				case <-seen.changed:
				case <-ctx.Done():
				}
			}
			for partition := range partitions {
				record := &kgo.Record{Partition: partition}
				if client.ProduceSync(t.Context(), record).FirstErr() == nil {
					records[handlers.Source{Partition: partition, Offset: record.Offset}] = 1
				}
			}
		}
	}()
	return func() map[handlers.Source]int {
		cancel()
		return <-produced
	}
}

// While members come and go under load, every record is delivered exactly once:
// that is what draining is for.
func TestNothingIsLostOrDoubledWhileMembersComeAndGo(t *testing.T) {
	t.Parallel()
	const partitions = 4
	topic, group := servertest.Topic(t, partitions), servertest.Name("group")
	seen := &deliveries{count: map[handlers.Source]int{}, changed: make(chan struct{}, 1)}
	client := servertest.Client(t)
	enter := func() *member {
		m := join(t, group, topic)
		go seen.handle(client, m.messages)
		return m
	}

	first := enter()
	first.awaitPartitions(t, partitions)
	stop := load(t, topic, partitions, seen)

	second := enter()
	first.awaitPartitions(t, partitions/2)
	third := enter()
	third.awaitAssignment(t)
	require.NoError(t, first.Close())
	second.awaitPartitions(t, partitions/2)
	fourth := enter()
	fourth.awaitAssignment(t)
	require.NoError(t, second.Close())
	require.NoError(t, third.Close())
	fourth.awaitPartitions(t, partitions)

	produced := stop()
	for len(seen.snapshot()) < len(produced) {
		receive(t, seen.changed)
	}
	require.NoError(t, fourth.Close())
	require.Equal(t, produced, seen.snapshot())
}
