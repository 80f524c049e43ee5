package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/infra/postgres/messages"
	"orderflow/infra/telemetry"
)

// postgresTransport is the database alone.
type postgresTransport struct {
	database postgres.Config
	logger   *slog.Logger
}

var _ transport = (*postgresTransport)(nil)

// publisherConnections bounds a publisher's pool: the server commits together what
// its connections send at the same time.
const publisherConnections = 16

func (p *postgresTransport) prepare(ctx context.Context, flags handlingFlags) error {
	return p.ensureTopics(ctx, flags.Topic, flags.deadLetterTopic())
}

func (p *postgresTransport) prepareToSend(ctx context.Context, orders string) error {
	return p.ensureTopics(ctx, orders)
}

func (p *postgresTransport) ensureTopics(ctx context.Context, names ...string) (err error) {
	pool, err := p.database.Pool(ctx, 1, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	topics := messages.NewTopics(pool)
	for _, topic := range names {
		created, err := topics.EnsureTopic(ctx, topic)
		if err != nil {
			return err
		}
		if created {
			p.logger.Info("created the topic", slog.String("topic", topic), slog.String("table", messages.Table(topic)))
		}
	}
	return nil
}

func (p *postgresTransport) newPublisher(ctx context.Context) (message.Publisher, error) {
	pool, err := p.database.Pool(ctx, publisherConnections, nil)
	if err != nil {
		return nil, err
	}
	return messages.NewPublisher(pool, postgres.Interrupted, telemetry.ForWatermill(p.logger)), nil
}

func (p *postgresTransport) newOrdersPublisher(ctx context.Context, _ string) (message.Publisher, error) {
	return p.newPublisher(ctx)
}

func (p *postgresTransport) newSubscriber(ctx context.Context, topic string, config kafka.SubscriberConfig) (message.Subscriber, commitNow, error) {
	pool, err := p.database.Pool(ctx, 1, messages.SessionSettings(topic, config.Group, config.SessionTimeout))
	if err != nil {
		return nil, nil, err
	}
	return messages.NewSubscriber(pool, messages.SubscriberConfig{
		Group:          config.Group,
		SessionTimeout: config.SessionTimeout,
		DrainTimeout:   config.DrainTimeout,
		NackDelay:      config.NackDelay,
		Assigned:       config.Assigned,
		Logger:         config.Logger,
		Watermill:      config.Watermill,
	}), nil, nil
}

// tooLarge is never true: a row takes 1 GB, and PostgreSQL's wire format no more.
func (*postgresTransport) tooLarge(error) bool { return false }

func (p *postgresTransport) drained(ctx context.Context, group, topic string) (err error) {
	pool, err := p.database.Pool(ctx, 1, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, pool.Close()) }()
	topics := messages.NewTopics(pool)
	return untilDrained(ctx, group, topic, func() (bool, error) { return topics.Drained(ctx, topic, group) })
}
