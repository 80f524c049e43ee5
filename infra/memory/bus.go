package memory

import (
	"strconv"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"

	"orderflow/handlers"
)

// Bus carries messages from publishers to subscribers. Publish returns when every
// subscription has acked, so the messages of a topic are handled one after the
// other, in the order of publishing. It is safe for concurrent use.
type Bus struct {
	logger watermill.LoggerAdapter

	mu     sync.Mutex
	topics map[string]*topic
}

// topic is a GoChannel of its own: a GoChannel's lock is held while a message is
// handled, and handling may publish to another topic.
type topic struct {
	channel *gochannel.GoChannel

	mu   sync.Mutex
	next int64 // offset
}

// NewBus returns a bus without topics: each begins when it is first named.
func NewBus(logger watermill.LoggerAdapter) *Bus {
	return &Bus{logger: logger, topics: map[string]*topic{}}
}

func (b *Bus) topic(name string) *topic {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.topics[name] == nil {
		b.topics[name] = &topic{channel: gochannel.NewGoChannel(gochannel.Config{BlockPublishUntilSubscriberAck: true}, b.logger)}
	}
	return b.topics[name]
}

// The metadata that tells a subscriber where a message came from.
const (
	offsetMetadata    = "_memory_offset"
	timestampMetadata = "_memory_timestamp"
)

// Publisher returns a publisher, whose Close leaves the bus as it is.
func (b *Bus) Publisher() message.Publisher { return publisher{b} }

type publisher struct{ *Bus }

func (publisher) Close() error { return nil }

// Publish hands the messages, one after the other, to all who subscribe.
func (b *Bus) Publish(name string, messages ...*message.Message) error {
	to := b.topic(name)
	for _, msg := range messages {
		if err := to.publish(name, msg); err != nil {
			return err
		}
	}
	return nil
}

func (t *topic) publish(name string, msg *message.Message) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	sent := msg.Copy()
	sent.Metadata[offsetMetadata] = strconv.FormatInt(t.next, 10)
	sent.Metadata[timestampMetadata] = time.Now().UTC().Format(time.RFC3339Nano)
	if err := t.channel.Publish(name, sent); err != nil {
		return err
	}
	if receipt := handlers.ReceiptOf(msg.Context()); receipt != nil {
		*receipt = handlers.Receipt{Offset: t.next}
	}
	t.next++
	return nil
}

// sourceOf takes out of a message's metadata what publish put in.
func sourceOf(topic string, msg *message.Message) handlers.Source {
	offset, _ := strconv.ParseInt(msg.Metadata[offsetMetadata], 10, 64)           // publish wrote it
	timestamp, _ := time.Parse(time.RFC3339Nano, msg.Metadata[timestampMetadata]) // likewise
	delete(msg.Metadata, offsetMetadata)
	delete(msg.Metadata, timestampMetadata)
	return handlers.Source{Topic: topic, Offset: offset, Timestamp: timestamp}
}

// Close ends all subscriptions.
func (b *Bus) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, topic := range b.topics {
		_ = topic.channel.Close() // it returns no error
	}
	return nil
}
