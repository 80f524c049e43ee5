package main

import (
	"context"
	"log/slog"
	"sync/atomic"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// process runs a processor whose parts have been altered until the group has
// acked all of the topic, or until errHalfway is its end, and then returns false.
func process(t *testing.T, flags handlingFlags, database postgres.Config, alterations ...func(*parts)) (done bool) {
	t.Helper()
	p, err := newProcessor(t.Context(), flags, onKafka(t, slog.New(slog.DiscardHandler)), database, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	defer func() { require.NoError(t, p.close()) }()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	remaining := left(t, flags)
	if remaining == 0 {
		return true // a bug that commits what it has not handled may have done it for all
	}
	altered := parts{
		subscriber: untilAcked{p.subscriber, remaining, stop},
		publisher:  p.publisher, commitNow: p.commitNow, tooLarge: kafka.TooLarge,
		store: p.store, tally: p.tally, metrics: p.metrics, outage: p.outage, fail: p.failWith, logger: p.logger,
	}
	for _, alter := range alterations {
		if alter != nil {
			alter(&altered)
		}
	}
	p.router, err = newTopology(flags, altered)
	require.NoError(t, err)
	if err = p.run(ctx); err != nil {
		require.ErrorIs(t, err, errHalfway)
		return false
	}
	return true
}

// left counts the records after a group's committed offsets.
func left(t *testing.T, flags handlingFlags) (records int64) {
	t.Helper()
	admin, err := kafka.NewAdmin(t.Context(), kafka.Config{Brokers: servertest.Kafka(t)})
	require.NoError(t, err)
	defer admin.Close()
	committed, err := admin.CommittedOffsets(t.Context(), flags.Group, flags.Topic)
	require.NoError(t, err)
	ends, err := admin.EndOffsets(t.Context(), flags.Topic)
	require.NoError(t, err)
	for partition, end := range ends {
		records += end - committed[partition]
	}
	return records
}

// untilAcked is a subscriber that calls done when as many messages have been acked.
type untilAcked struct {
	message.Subscriber
	messages int64
	done     func()
}

func (u untilAcked) Subscribe(ctx context.Context, topic string) (<-chan *message.Message, error) {
	received, err := u.Subscriber.Subscribe(ctx, topic)
	if err != nil {
		return nil, err
	}
	var left atomic.Int64
	left.Store(u.messages)
	messages := make(chan *message.Message)
	go func() {
		defer close(messages)
		for msg := range received {
			go func() {
				select {
				case <-msg.Acked():
					if left.Add(-1) == 0 {
						u.done()
					}
				case <-msg.Nacked():
				}
			}()
			messages <- msg
		}
	}()
	return messages, nil
}
