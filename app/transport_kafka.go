package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/infra/kafka"
	"orderflow/infra/telemetry"
)

// kafkaTransport is Kafka. topic_checks.go has its topics.
type kafkaTransport struct {
	brokers kafka.Config
	logger  *slog.Logger
}

var _ transport = (*kafkaTransport)(nil)

func (k *kafkaTransport) newPublisher(context.Context) (message.Publisher, error) {
	return kafka.NewPublisher(k.brokers, telemetry.ForWatermill(k.logger))
}

// ordersPatience outlasts the election of a leader, and the restart of a broker.
const ordersPatience = 30 * time.Second

func (k *kafkaTransport) newOrdersPublisher(ctx context.Context, orders string) (message.Publisher, error) {
	return kafka.NewBatchPublisher(ctx, kafka.BatchPublisherConfig{
		Config: k.brokers, Topics: []string{orders}, Patience: ordersPatience, Logger: k.logger,
	})
}

// newBatchPublisher returns what publishes the events of an outbox on these topics.
func newBatchPublisher(ctx context.Context, carrier transport, topics []string) (*kafka.BatchPublisher, error) {
	k, ok := carrier.(*kafkaTransport)
	if !ok {
		return nil, errors.New("an outbox is relayed to Kafka only")
	}
	return kafka.NewBatchPublisher(ctx, kafka.BatchPublisherConfig{Config: k.brokers, Topics: topics, Logger: k.logger})
}

// newSubscriber returns Watermill's own where one message of a partition is in
// flight, and the windowed one for more.
func (k *kafkaTransport) newSubscriber(_ context.Context, _ string, config kafka.SubscriberConfig) (message.Subscriber, commitNow, error) {
	config.Config = k.brokers
	if config.InFlight > 1 {
		windowed, err := kafka.NewWindowedSubscriber(config)
		if err != nil {
			return nil, nil, err
		}
		return windowed, windowed.CommitNow, nil
	}
	subscriber, err := kafka.NewSubscriber(config)
	if err != nil {
		return nil, nil, err
	}
	return subscriber, subscriber.CommitNow, nil
}

func (*kafkaTransport) tooLarge(err error) bool { return kafka.TooLarge(err) }

func (k *kafkaTransport) drained(ctx context.Context, group, topic string) error {
	admin, err := kafka.NewAdmin(ctx, k.brokers)
	if err != nil {
		return err
	}
	defer admin.Close()
	ends, err := admin.EndOffsets(ctx, topic)
	if err != nil {
		return err
	}
	return untilDrained(ctx, group, topic, func() (bool, error) {
		committed, err := admin.CommittedOffsets(ctx, group, topic)
		return err == nil && committed.Reached(ends), err
	})
}

// untilDrained waits until a group is through.
func untilDrained(ctx context.Context, group, topic string, through func() (bool, error)) error {
	const often = 50 * time.Millisecond
	for {
		done, err := through()
		if err != nil || done {
			return err
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return fmt.Errorf("wait for the group %q to commit what topic %q holds: %w", group, topic, ctx.Err())
		}
	}
}
