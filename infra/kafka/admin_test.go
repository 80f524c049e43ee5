package kafka

import (
	"context"
	"log/slog"
	"net"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

func newAdmin(t *testing.T) *Admin {
	t.Helper()
	admin, err := NewAdmin(t.Context(), Config{Brokers: servertest.Kafka(t)})
	require.NoError(t, err)
	t.Cleanup(admin.Close)
	return admin
}

// contacts are the three ways of this package to reach a broker first.
var contacts = map[string]func(context.Context, Config) error{
	"admin": func(ctx context.Context, config Config) error {
		admin, err := NewAdmin(ctx, config)
		if err == nil {
			admin.Close()
		}
		return err
	},
	"publisher": func(_ context.Context, config Config) error {
		publisher, err := NewPublisher(config, watermill.NopLogger{})
		if err == nil {
			err = publisher.Close()
		}
		return err
	},
	"subscriber": func(ctx context.Context, config Config) error {
		subscriber, err := NewSubscriber(SubscriberConfig{
			Commit: CommitAfter, CommitInterval: 200 * time.Millisecond, SessionTimeout: 10 * time.Second,
			Config: config, Group: "group", DrainTimeout: patience,
			Logger: slog.New(slog.DiscardHandler), Watermill: watermill.NopLogger{},
		})
		if err != nil {
			return err
		}
		if _, err = subscriber.Subscribe(ctx, "orders"); err != nil {
			_ = subscriber.Close() // the first error counts
			return err
		}
		return subscriber.Close()
	},
	"windowed subscriber": func(ctx context.Context, config Config) error {
		subscriber, err := NewWindowedSubscriber(SubscriberConfig{
			Commit: CommitAfter, CommitInterval: 200 * time.Millisecond, SessionTimeout: 10 * time.Second,
			Config: config, Group: "windowed", DrainTimeout: MaxDrain, InFlight: 10, Ordering: OrderingKey,
			Logger: slog.New(slog.DiscardHandler),
		})
		if err != nil {
			return err
		}
		if _, err = subscriber.Subscribe(ctx, "orders"); err != nil {
			return err
		}
		return subscriber.Close()
	},
}

// nobody returns an address where nothing listens.
func nobody(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func TestWithoutBrokerTheErrorSaysHowToStartOne(t *testing.T) {
	t.Parallel()
	for name, contact := range contacts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := nobody(t)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			err := contact(ctx, Config{Brokers: []string{address}})
			require.ErrorContains(t, err, address)
			require.ErrorContains(t, err, "docker compose up -d")
			require.ErrorContains(t, err, "go run ./app dev --infra-only")
			require.NoError(t, ctx.Err(), "it must not take long")
		})
	}
}

func TestACancelledContactIsNoMissingBroker(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := contacts["admin"](ctx, Config{Brokers: []string{nobody(t)}})
	require.ErrorIs(t, err, context.Canceled)
	require.NotContains(t, err.Error(), "docker compose")
}
