package postgres_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// waiting returns an outbox that holds events of these orders, one in a row.
func waiting(t *testing.T, ids ...string) (outbox *postgres.Outbox, databaseURL string) {
	t.Helper()
	databaseURL = servertest.Database(t)
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	store, err := postgres.Open(t.Context(), config, group, postgres.InsertOnce, postgres.Announcing(acceptedTopic))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	for _, id := range ids {
		_, err := store.Save(t.Context(), simpleOrder(id), handlers.Source{})
		require.NoError(t, err)
	}
	return openOutbox(t, databaseURL), databaseURL
}

func numbers(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = strconv.Itoa(i)
	}
	return ids
}

// A transaction that began earlier and commits later is not passed over: what comes
// after it waits.
func TestTheRelayWaitsForAnOpenTransaction(t *testing.T) {
	t.Parallel()
	outbox, databaseURL := waiting(t)
	table := tableIn(t, databaseURL)
	early, err := table.db.Begin()
	require.NoError(t, err)
	defer early.Rollback()
	insertEvent(t, early, "early")
	late, err := table.db.Begin()
	require.NoError(t, err)
	insertEvent(t, late, "late")
	require.NoError(t, late.Commit())

	to := newBroker()
	relay(t, outbox, to)
	looks := map[string]bool{}
	require.Eventually(t, func() bool {
		looks[lastLook(t, databaseURL)] = true
		return len(looks) > 2
	}, time.Minute, time.Millisecond)
	require.Empty(t, to.messages("topic"))
	require.NoError(t, early.Commit())
	drained(t, outbox)
	require.Equal(t, []string{"early", "late"}, uuids(to.messages("topic")))
}

// lastLook is another one after each look of a relay into the outbox: the transaction
// that has locked the position.
func lastLook(t *testing.T, databaseURL string) string {
	t.Helper()
	return servertest.Query(t, databaseURL, `SELECT xmax::text FROM order_processor.outbox_offsets`)[0]
}

func insertEvent(t *testing.T, tx *sql.Tx, id string) {
	t.Helper()
	_, err := tx.Exec(`INSERT INTO outbox (transaction_id, topic, events, payload) VALUES (pg_current_xact_id(), 'topic', 1, $1)`,
		postgres.Event(message.NewMessage(id, []byte(id))))
	require.NoError(t, err)
}

func uuids(messages []*message.Message) []string {
	var ids []string
	for _, msg := range messages {
		ids = append(ids, msg.UUID)
	}
	return ids
}

// Relays of several processors take turns: each event once, each user's in order.
func TestRelaysTakeTurns(t *testing.T) {
	t.Parallel()
	outbox, databaseURL := waiting(t)
	to := newBroker()
	for range 3 {
		relay(t, openOutbox(t, databaseURL), to)
	}
	store := openAnnouncingGrouped(t, databaseURL)
	const users, orders = 10, 200
	var savers errgroup.Group
	for user := range users {
		savers.Go(func() error {
			for n := range orders {
				order := simpleOrder(fmt.Sprintf("%d/%03d", user, n))
				order.UserID = strconv.Itoa(user)
				if _, err := store.Save(t.Context(), order, handlers.Source{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	require.NoError(t, savers.Wait())
	drained(t, outbox)
	came := map[string][]string{}
	for _, event := range to.events(t) {
		came[event.UserID] = append(came[event.UserID], event.ID)
	}
	require.Len(t, came, users)
	for user, ids := range came {
		require.Len(t, ids, orders, "user %s", user)
		require.True(t, slices.IsSorted(ids), "user %s: %v", user, ids)
	}
}

func openAnnouncingGrouped(t *testing.T, databaseURL string) *postgres.GroupedStore {
	t.Helper()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	store, err := postgres.OpenGrouped(t.Context(), config, group, postgres.InsertOnce, postgres.Grouping{}, postgres.Announcing(acceptedTopic))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	return store
}

// What the broker refuses for good is set aside with the cause, the others go on;
// it can be sent again by moving its row.
func TestARefusedEventIsSetAside(t *testing.T) {
	t.Parallel()
	outbox, databaseURL := waiting(t, "1", "too-large", "2")
	tooLarge := handlers.EventID(group, "too-large")
	var accepts atomic.Bool
	to := newBroker()
	to.refuse = func(msg *message.Message) error {
		if msg.UUID == tooLarge && !accepts.Load() {
			return errTooLarge
		}
		return nil
	}
	relay(t, outbox, to)
	drained(t, outbox)
	require.Equal(t, []string{"1", "2"}, to.announced(t))
	require.Equal(t, []string{tooLarge + " orders.accepted too large"},
		servertest.Query(t, databaseURL, `SELECT concat_ws(' ', event_id, topic, cause) FROM order_processor.outbox_refused`))
	lag, err := outbox.Lag(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 1, lag.Refused)

	accepts.Store(true)
	tableIn(t, databaseURL).execute(t, `WITH again AS (DELETE FROM outbox_refused RETURNING *)
		INSERT INTO outbox (transaction_id, topic, events, payload) SELECT pg_current_xact_id(), topic, 1, payload FROM again ORDER BY refused_id`)
	drained(t, outbox)
	require.Equal(t, []string{"1", "2", "too-large"}, to.announced(t))
}

// A row that nobody can read stops nobody.
func TestADamagedRowIsSetAside(t *testing.T) {
	t.Parallel()
	outbox, databaseURL := waiting(t, "1")
	tableIn(t, databaseURL).execute(t, `INSERT INTO outbox (transaction_id, topic, events, payload)
		VALUES (pg_current_xact_id(), 'orders.accepted', 1, 'damaged')`)
	openAnnouncingGrouped(t, databaseURL).Save(t.Context(), simpleOrder("2"), handlers.Source{})
	to := newBroker()
	relay(t, outbox, to)
	drained(t, outbox)
	require.Equal(t, []string{"1", "2"}, to.announced(t))
	aside := servertest.Query(t, databaseURL, `SELECT convert_from(payload, 'UTF8') || ': ' || cause FROM order_processor.outbox_refused`)
	require.Len(t, aside, 1)
	require.Contains(t, aside[0], "damaged: the payload is damaged")
}

// While the broker cannot be reached the events stay; what is published of a batch
// that failed is not published again.
func TestTheRelayTriesAgain(t *testing.T) {
	t.Parallel()
	outbox, _ := waiting(t, "1", "2", "3")
	to := newBroker()
	failures := 4
	to.refuse = func(msg *message.Message) error {
		if msg.UUID != handlers.EventID(group, "1") && failures > 0 {
			failures--
			return errBroker
		}
		return nil
	}
	relay(t, outbox, to)
	drained(t, outbox)
	require.Equal(t, []string{"1", "2", "3"}, to.announced(t))
}

// A crash between publishing and noting it publishes again, under the same id; what
// was not published comes too.
func TestACrashOfTheRelayLosesNothing(t *testing.T) {
	t.Parallel()
	outbox, databaseURL := waiting(t, numbers(20)...)
	crashing := newBroker()
	config, err := postgres.ParseURL(databaseURL)
	require.NoError(t, err)
	doomed, err := postgres.OpenOutbox(t.Context(), config, group)
	require.NoError(t, err)
	// The connection ends after the broker has them, before the transaction does. A
	// session may still be shown as active after it has answered.
	crashing.refuse = func(*message.Message) error {
		t.Log(servertest.Query(t, databaseURL, `SELECT concat_ws(' ', backend_type, state, wait_event, query, 'has ended:', pg_terminate_backend(pid, 10000))
			FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL`))
		return nil
	}
	stop := relay(t, doomed, crashing)
	require.Eventually(t, func() bool { return len(crashing.messages(acceptedTopic)) == 20 }, time.Minute, time.Millisecond)
	lag, err := outbox.Lag(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 20, lag.Events)
	require.Positive(t, lag.Oldest)
	stop()
	require.NoError(t, doomed.Close())

	to := newBroker()
	relay(t, outbox, to)
	drained(t, outbox)
	require.Equal(t, numbers(20), to.announced(t))
	require.Equal(t, uuids(crashing.messages(acceptedTopic)), uuids(to.messages(acceptedTopic)))
}

// A dump that is restored into a cluster with lower transaction ids does not wait
// for these to come.
func TestARestoredOutboxIsPublished(t *testing.T) {
	t.Parallel()
	outbox, databaseURL := waiting(t, "1", "2")
	table := tableIn(t, databaseURL)
	table.execute(t, `UPDATE outbox SET transaction_id = (transaction_id::text::bigint + 1000000)::text::xid8`)
	table.execute(t, `INSERT INTO outbox_offsets VALUES ('relay', 0, '999999')`)
	to := newBroker()
	relay(t, outbox, to)
	drained(t, outbox)
	require.Equal(t, []string{"1", "2"}, to.announced(t))
	_, err := openAnnouncingGrouped(t, databaseURL).Save(t.Context(), simpleOrder("3"), handlers.Source{})
	require.NoError(t, err)
	drained(t, outbox)
	require.Equal(t, []string{"1", "2", "3"}, to.announced(t))
}

// Large and many rows, of more topics than one, come in the order of writing.
func TestTheRelayTakesBatchesOfATopic(t *testing.T) {
	t.Parallel()
	outbox, _ := waiting(t)
	expected := map[string][]string{}
	for i := range 700 {
		topic := []string{"a", "b"}[i/100%2]
		msg := message.NewMessage(strconv.Itoa(i), make([]byte, 5000))
		require.NoError(t, outbox.Publish(topic, msg))
		expected[topic] = append(expected[topic], msg.UUID)
	}
	to := newBroker()
	relay(t, outbox, to)
	drained(t, outbox)
	for topic, ids := range expected {
		require.Equal(t, ids, uuids(to.messages(topic)))
	}
	require.Less(t, to.calls, 30)
}
