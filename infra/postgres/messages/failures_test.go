package messages_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"orderflow/handlers"
	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
	"orderflow/infra/postgres/messages"
)

const (
	waiting = time.Minute
	often   = 5 * time.Millisecond
)

func keyed(key, n int) *message.Message {
	msg := message.NewMessage(watermill.NewUUID(), []byte(numbered(n + 1)[n]))
	msg.Metadata[handlers.KeyMetadata] = numbered(key + 1)[key]
	return msg
}

func keyOf(msg *message.Message) string { return string(handlers.KeyOf(msg)) }

func offsetOf(msg *message.Message) int64 {
	source, _ := handlers.SourceOf(msg.Context())
	return source.Offset
}

// Close lets the message in flight finish, and commits it.
func TestCloseWaitsForTheMessageInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, "a", "b", "c")
	subscriber, received := w.subscribe(t, settings("group"))
	require.Equal(t, []string{"a"}, take(t, received, 1))
	inFlight := next(t, received)
	closed := make(chan error, 1)
	go func() { closed <- subscriber.Close() }()
	select {
	case err := <-closed:
		require.Fail(t, "closed with a message in flight", "%v", err)
	case <-inFlight.Context().Done():
		require.Fail(t, "the message's context ended before the drain timeout")
	case <-time.After(20 * time.Millisecond):
	}
	require.True(t, inFlight.Ack())
	require.NoError(t, <-closed)
	_, open := <-received
	require.False(t, open)
	progress, err := w.topics.Progress(t.Context(), w.topic, "group")
	require.NoError(t, err)
	require.EqualValues(t, 2, progress.Passed)
}

// What does not finish in time is not committed.
func TestCloseEndsWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, "a", "b")
	config := settings("group")
	config.DrainTimeout = time.Millisecond
	subscriber, received := w.subscribe(t, config)
	require.Equal(t, []string{"a"}, take(t, received, 1))
	inFlight := next(t, received)
	require.NoError(t, subscriber.Close())
	require.Error(t, inFlight.Context().Err())
	_, again := w.subscribe(t, settings("group"))
	require.Equal(t, []string{"b"}, take(t, again, 1))
	_, err := subscriber.Subscribe(t.Context(), w.topic)
	require.ErrorContains(t, err, "closed")
}

// A member that waits for its turn ends at once.
func TestAWaitingMemberCanBeClosed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, "a")
	_, received := w.subscribe(t, settings("group"))
	holding := next(t, received)
	second, none := w.subscribe(t, settings("group"))
	require.NoError(t, second.Close())
	_, open := <-none
	require.False(t, open)
	require.True(t, holding.Ack())
}

// A member whose session the server has ended loses its turn: the message goes to
// another, and what the first one does about it later commits nothing.
func TestALostTurnGoesToAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish(t, "a", "b")
	log := &logBuffer{}
	config := settings("group")
	config.SessionTimeout = 300 * time.Millisecond // signs of life every 100 ms
	config.Logger = slog.New(slog.NewTextHandler(log, nil))
	_, received := w.subscribe(t, config)
	inHand := next(t, received)
	require.Equal(t, []string{"true"}, servertest.Query(t, w.url, `SELECT pg_terminate_backend(pid)
		FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL AND application_name LIKE 'orderflow member%'`))
	<-inHand.Context().Done() // a sign of life had no answer
	require.True(t, inHand.Nack())
	require.Equal(t, []string{"a", "b"}, take(t, received, 2))
	require.Contains(t, log.String(), "lost the turn")
}

// The server ends the session of a process that gives no sign of life.
func TestTheServerEndsASilentSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pool, err := w.config.Pool(t.Context(), 1, messages.SessionSettings(w.topic, "group", 50*time.Millisecond))
	require.NoError(t, err)
	defer pool.Close()
	tx, err := pool.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		members, err := w.topics.Members(t.Context(), w.topic, "group")
		return err == nil && len(members) == 0
	}, waiting, often)
	_, err = tx.ExecContext(t.Context(), `SELECT 1`)
	require.Error(t, err)
}

// An insert whose reply was lost is made again, and leaves one message.
func TestPublishingAgainIsNoSecondMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query, err := messages.Adapter{}.InsertQuery(w.topic, message.Messages{keyed(1, 1), keyed(1, 2)})
	require.NoError(t, err)
	first := servertest.Query(t, w.url, query.Query, query.Args...)
	require.Len(t, first, 2)
	require.Equal(t, first, servertest.Query(t, w.url, query.Query, query.Args...))
	extent, _, err := w.topics.Extent(t.Context(), w.topic)
	require.NoError(t, err)
	progress, err := w.topics.Progress(t.Context(), w.topic, "nobody")
	require.NoError(t, err)
	require.EqualValues(t, 2, progress.Left)
	require.EqualValues(t, 1, extent.Start)
}

// The database is killed with publisher and subscriber at work: all that was
// published is delivered, in order.
func TestTheDatabaseMayBeRestarted(t *testing.T) {
	t.Parallel()
	options := embedded.PostgresOptions{DataDir: servertest.DataDir(t)}
	server, err := embedded.StartPostgres(t.Context(), options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	w := world{url: server.URL(embedded.Database), topic: "orders"}
	w.config, err = postgres.ParseURL(w.url)
	require.NoError(t, err)
	pool, err := w.config.Pool(t.Context(), 1, nil)
	require.NoError(t, err)
	defer pool.Close()
	w.topics = messages.NewTopics(pool)
	_, err = w.topics.EnsureTopic(t.Context(), w.topic)
	require.NoError(t, err)

	publisher := w.publisher(t)
	_, received := w.subscribe(t, settings("group"))
	const total = 60
	var publishing errgroup.Group
	publishing.Go(func() error {
		for n := range total {
			if err := publisher.Publish(w.topic, keyed(1, n)); err != nil {
				return err
			}
		}
		return nil
	})
	seen := map[string]bool{}
	restarted := false
	for len(seen) < total {
		msg := next(t, received)
		if !seen[string(msg.Payload)] {
			require.Equal(t, numbered(total)[len(seen)], string(msg.Payload), "in order, but for what comes again")
		}
		seen[string(msg.Payload)] = true
		if len(seen) == total/3 && !restarted {
			restarted = true
			server.Kill()
			<-server.Done()
			options.PreferredPort = server.Port()
			again, err := embedded.StartPostgres(t.Context(), options)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, again.Close()) })
			require.Equal(t, server.Port(), again.Port())
		}
		require.True(t, msg.Ack())
	}
	require.NoError(t, publishing.Wait())
	progress, err := w.topics.Progress(t.Context(), w.topic, "group")
	require.NoError(t, err)
	require.EqualValues(t, total, progress.Passed+progress.Left, "each was published once")
}

func TestATopicThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	subscriber := w.subscriber(t, settings("group"))
	_, err := subscriber.Subscribe(t.Context(), "nowhere")
	require.ErrorContains(t, err, `there is no topic "nowhere"`)
	_, exists, err := w.topics.Extent(t.Context(), "nowhere")
	require.NoError(t, err)
	require.False(t, exists)
	require.Error(t, w.publisher(t).Publish("nowhere", keyed(1, 1)))
	stop := errors.New("enough")
	w.publish(t, "a", "b")
	require.ErrorIs(t, w.topics.Read(t.Context(), w.topic, 3, func(messages.Record) error { return stop }), stop)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	received, err := subscriber.Subscribe(ctx, w.topic)
	require.NoError(t, err, "what was asked to stop is no error")
	_, open := <-received
	require.False(t, open)
}
