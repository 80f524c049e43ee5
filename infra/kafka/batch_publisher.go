package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
)

// BatchPublisher publishes many messages at once, as records of the same form and in
// the same partitions as Watermill's publisher does (NewPublisher), which waits for
// the broker after each. It is idempotent and acknowledged by all in-sync replicas.
// It is safe for concurrent use.
type BatchPublisher struct {
	client *kgo.Client
}

// NewBatchPublisher returns a publisher that knows the limits of these topics, which
// must be there. It publishes on others, too. Close it.
func NewBatchPublisher(ctx context.Context, config Config, topics ...string) (*BatchPublisher, error) {
	limits, err := batchLimits(ctx, config, topics)
	if err != nil {
		return nil, err
	}
	client, err := kgo.NewClient(append(config.franz(),
		kgo.ProducerBatchMaxBytesFn(func(topic string) int32 { return cmp.Or(limits[topic], usualBatchBytes) }),
		kgo.ProducerLinger(0), // who publishes a batch waits for its end
	)...)
	if err != nil {
		return nil, fmt.Errorf("configure the Kafka client: %w", err)
	}
	return &BatchPublisher{client: client}, nil
}

// batchLimits reads how large a batch of each topic may be, in bytes. The broker
// refuses a larger one as a whole, with all records that are in it; the client, which
// knows the limit, refuses the one record that is larger.
func batchLimits(ctx context.Context, config Config, topics []string) (map[string]int32, error) {
	admin, err := NewAdmin(ctx, config)
	if err != nil {
		return nil, err
	}
	defer admin.Close()
	limits := map[string]int32{}
	for _, name := range topics {
		topic, err := admin.DescribeTopic(ctx, name)
		if err != nil {
			return nil, err
		}
		limit, err := strconv.ParseInt(topic.Configs[MaxMessageBytes], 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read %s of topic %q: %w", MaxMessageBytes, name, err)
		}
		// Within the bounds of the client, and of what it writes in one request.
		limits[name] = int32(min(max(limit, minBatchBytes), maxBatchBytes))
	}
	return limits, nil
}

const minBatchBytes, usualBatchBytes, maxBatchBytes = 512, 1_000_000, 64 << 20

// PublishAll publishes messages and says what became of each: nil for what the
// broker has acknowledged. Messages of one key are published in this order. When
// ctx is done, what is not sent fails; it waits for what is.
func (p *BatchPublisher) PublishAll(ctx context.Context, topic string, messages []*message.Message) []error {
	errs := make([]error, len(messages))
	records := make([]*kgo.Record, len(messages))
	var underWay sync.WaitGroup
	for i, msg := range messages {
		if records[i], errs[i] = newRecord(topic, msg); errs[i] != nil {
			continue
		}
		underWay.Add(1)
		p.client.Produce(ctx, records[i], func(_ *kgo.Record, err error) {
			errs[i] = err
			underWay.Done()
		})
	}
	underWay.Wait()
	// Somebody has lowered the topic's limit since: the batch was refused, not each
	// record in it.
	for i, err := range errs {
		if errors.Is(err, kerr.MessageTooLarge) {
			again := *records[i]
			errs[i] = p.client.ProduceSync(ctx, &again).FirstErr()
		}
	}
	return errs
}

// newRecord makes the record that Marshaler makes of a message, for the other client.
func newRecord(topic string, msg *message.Message) (*kgo.Record, error) {
	headers, err := recordHeaders(topic, msg)
	if err != nil {
		return nil, err
	}
	record := &kgo.Record{Topic: topic, Key: handlers.KeyOf(msg), Value: msg.Payload}
	for _, h := range headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: h.key, Value: h.value})
	}
	return record, nil
}

// Close ends the connections.
func (p *BatchPublisher) Close() error {
	p.client.Close()
	return nil
}
