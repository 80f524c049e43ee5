package messages_test

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/postgres/messages"
)

func numbered(n int) []string {
	values := make([]string, n)
	for i := range values {
		values[i] = fmt.Sprint(i)
	}
	return values
}

// A group resumes where it was, mid-batch too, and another one reads everything.
func TestAGroupResumesAndAnotherReadsEverything(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	values := numbered(2*messages.BatchSize + 10)
	w.publish(t, values...)
	var seen []string
	for _, n := range []int{7, messages.BatchSize, 1, messages.BatchSize} {
		subscriber, received := w.subscribe(t, settings("first"))
		seen = append(seen, take(t, received, n)...)
		require.NoError(t, subscriber.Close())
		progress, err := w.topics.Progress(t.Context(), w.topic, "first")
		require.NoError(t, err)
		require.EqualValues(t, len(seen), progress.Passed)
		require.EqualValues(t, len(values)-len(seen), progress.Left)
		require.EqualValues(t, len(seen)+1, progress.Next)
	}
	require.Equal(t, values[:len(seen)], seen)

	_, received := w.subscribe(t, settings("second"))
	require.Equal(t, values, take(t, received, len(values)))
}

// Members share the work by turns: each message goes to one of them.
func TestMembersTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, fromFirst := w.subscribe(t, settings("group"))
	_, fromSecond := w.subscribe(t, settings("group"))
	w.publish(t, numbered(messages.BatchSize)...)
	var seen []string
	for range messages.BatchSize {
		select {
		case msg := <-fromFirst:
			seen = append(seen, string(msg.Payload))
			msg.Ack()
		case msg := <-fromSecond:
			seen = append(seen, string(msg.Payload))
			msg.Ack()
		case <-t.Context().Done():
			require.FailNow(t, "the test ended")
		}
	}
	require.Equal(t, numbered(messages.BatchSize), seen)

	// The first one has a message in hand when it leaves, so that goes to the other.
	w.publish(t, "in hand")
	select {
	case msg := <-fromFirst:
		msg.Nack()
	case msg := <-fromSecond:
		msg.Nack()
	}
	require.NoError(t, first.Close())
	require.Equal(t, []string{"in hand"}, take(t, fromSecond, 1))
}

// A transaction that began earlier and commits later is not skipped: nothing
// younger is delivered before it has ended.
func TestALateCommitIsNotSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	db, err := sql.Open("postgres", w.url)
	require.NoError(t, err)
	defer db.Close()
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `INSERT INTO `+messages.Table(w.topic)+` (payload) VALUES ('early')`)
	require.NoError(t, err)
	w.publish(t, "late")

	subscriber, received := w.subscribe(t, settings("group"))
	var visible bool
	require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) = 1 FROM `+messages.Table(w.topic)).Scan(&visible))
	require.True(t, visible)
	select {
	case msg := <-received:
		require.Fail(t, "delivered before an older transaction has ended", "%s", msg.Payload)
	default:
	}
	require.NoError(t, tx.Commit())
	require.Equal(t, []string{"early", "late"}, take(t, received, 2))
	require.NoError(t, subscriber.Close())
}

func TestMembersAreSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	subscriber, received := w.subscribe(t, settings("group"))
	_, _ = w.subscribe(t, settings("another"))
	w.publish(t, "a")
	msg := next(t, received)
	members, err := w.topics.Members(t.Context(), w.topic, "group")
	require.NoError(t, err)
	require.Equal(t, []messages.Member{{PID: os.Getpid(), Turn: true}}, members)
	require.True(t, msg.Ack())
	require.NoError(t, subscriber.Close())
	require.Eventually(t, func() bool {
		members, err = w.topics.Members(t.Context(), w.topic, "group")
		return err == nil && len(members) == 0
	}, waiting, often)
}

// Keys are interleaved by many publishers at once; within a key the order holds.
func TestTheOrderOfAKeyHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	publisher := w.publisher(t)
	const keys, each = 8, 20
	done := make(chan error, keys)
	for key := range keys {
		go func() {
			for n := range each {
				if err := publisher.Publish(w.topic, keyed(key, n)); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	_, received := w.subscribe(t, settings("group"))
	byKey := map[string][]string{}
	offsets := map[string][]int64{}
	for range keys * each {
		msg := next(t, received)
		key := keyOf(msg)
		byKey[key] = append(byKey[key], string(msg.Payload))
		offsets[key] = append(offsets[key], offsetOf(msg))
		require.True(t, msg.Ack())
	}
	for range keys {
		require.NoError(t, <-done)
	}
	for key, values := range byKey {
		require.Equal(t, numbered(each), values, key)
		require.True(t, slices.IsSorted(offsets[key]), "offsets of %s: %v", key, offsets[key])
	}
}
