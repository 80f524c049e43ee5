package kafka

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
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

var _ message.Publisher = (*BatchPublisher)(nil)

// NewBatchPublisher returns a publisher. Close it.
func NewBatchPublisher(ctx context.Context, config BatchPublisherConfig) (*BatchPublisher, error) {
	limits, err := batchLimits(ctx, config.Config, config.Topics)
	if err != nil {
		return nil, err
	}
	options := append(config.Franz(),
		kgo.ProducerBatchMaxBytesFn(func(topic string) int32 { return cmp.Or(limits[topic], usualBatchBytes) }),
		kgo.ProducerLinger(0), // who publishes a batch waits for its end
		// As Watermill's: packing and the broker's unpacking, for it looks into each
		// batch, cost more CPU time than they save.
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.WithHooks(&brokersLog{logger: config.Logger}),
	)
	if config.Patience > 0 {
		// Without the second it would wait without end for who took a request and died.
		options = append(options, kgo.RecordDeliveryTimeout(config.Patience), kgo.AllowIdempotentProduceCancellation())
	}
	client, err := kgo.NewClient(options...)
	if err != nil {
		return nil, fmt.Errorf("configure the Kafka client: %w", err)
	}
	return &BatchPublisher{client: client}, nil
}

// Publish publishes messages as PublishAll does, until the context of the first is
// done. Its error says how many were not published and why the first of them was not,
// their receipts say which and why, and where the others are (handlers.WithReceipt).
func (p *BatchPublisher) Publish(topic string, messages ...*message.Message) error {
	if len(messages) == 0 {
		return nil
	}
	errs := p.PublishAll(messages[0].Context(), topic, messages)
	failed := slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	switch len(failed) {
	case 0:
		return nil
	case len(messages):
		return failed[0]
	default:
		return fmt.Errorf("%d of %d messages: %w", len(failed), len(messages), failed[0])
	}
}

// PublishAll publishes messages and says what became of each: nil for what the
// broker has acknowledged. Messages of one key are published in this order, except
// that those which can never be published are left out. When ctx is done, what is not
// sent fails; it waits for what is, but no longer than it has patience.
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
	for i, msg := range messages {
		// Somebody has lowered the topic's limit since: the batch was refused, not each
		// record in it.
		if errors.Is(errs[i], kerr.MessageTooLarge) {
			again := *records[i]
			records[i] = &again
			errs[i] = p.client.ProduceSync(ctx, &again).FirstErr()
		}
		errs[i] = explainSend(topic, errs[i])
		writeReceipt(msg, records[i], errs[i])
	}
	return errs
}

// writeReceipt fills in the receipt that was asked for, if one was.
func writeReceipt(msg *message.Message, record *kgo.Record, err error) {
	receipt := handlers.ReceiptOf(msg.Context())
	if receipt == nil {
		return
	}
	if err != nil {
		receipt.Err = err
		return
	}
	*receipt = handlers.Receipt{Partition: record.Partition, Offset: record.Offset}
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
