package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
	"orderflow/middleware"
)

// Auto-commit: what was fetched is committed although no row is there, and after a
// crash nobody comes back to it.
func TestExerciseAutoCommitLosesWhatWasNotWritten(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	killed := e.join(t, "--delivery", "auto-commit")
	awaitShares(t, []*member{killed}, 3)
	unlock := lockTable(t, e.database, postgres.Schema(e.flags.Group)+".deliveries")
	servertest.Produce(t, e.flags.Topic, validRecords(0, 30)...)
	e.awaitCommitted(t, 30)
	killed.kill(t)
	unlock()
	require.Zero(t, e.drain(t, "--delivery", "auto-commit").Consumed)
	require.Less(t, e.count(t, "deliveries"), 30)
}

// Commit after insert: while no row can be written nothing is committed, and after
// a crash the next member does it all.
func TestExerciseTheOffsetIsCommittedAfterTheInsert(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	killed := e.join(t)
	awaitShares(t, []*member{killed}, 3)
	unlock := lockTable(t, e.database, postgres.Schema(e.flags.Group)+".orders")
	servertest.Produce(t, e.flags.Topic, validRecords(0, 30)...)
	e.awaitWaiting(t, partitions)
	require.Empty(t, servertest.Committed(t, e.flags.Group, e.flags.Topic))
	killed.kill(t)
	unlock()
	require.EqualValues(t, 30, e.drain(t).Consumed)
	require.Equal(t, 30, e.count(t, "orders"))
	e.awaitCommitted(t, 30)
}

// awaitWaiting waits until so many sessions of the database wait for a lock.
func (e exercise) awaitWaiting(t *testing.T, sessions int) {
	t.Helper()
	require.Eventually(t, func() bool {
		waiting := servertest.Query(t, e.database, `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`)
		return len(waiting) == sessions
	}, time.Minute, 10*time.Millisecond)
}

func TestExerciseADeadLetterOfAnInvalidOrder(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	broken := validRecord(0)
	broken.Value = bytes.Replace(broken.Value, []byte(`"amount":100`), []byte(`"amount":99`), 1)
	servertest.Produce(t, e.flags.Topic, validRecord(0), broken, validRecord(3))
	result := e.drain(t)
	require.EqualValues(t, 2, result.Persisted)
	require.EqualValues(t, 1, result.DeadLettered)
	letter := servertest.Records(t, e.flags.deadLetterTopic(), 1)[0]
	require.Equal(t, broken.Key, letter.Key)
	require.Equal(t, broken.Value, letter.Value)
	require.Equal(t, "validation", headersOf(letter)[middleware.ErrorClassKey])
	require.Contains(t, headersOf(letter)["reason_poisoned"], "amount")
}

// A database that cannot write: by default orders wait for it, and when asked they
// become dead letters after the retries.
func TestExerciseADeadLetterOfADatabaseFailure(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	e.drain(t)
	schema := postgres.Schema(e.flags.Group)
	servertest.Query(t, e.database, `CREATE FUNCTION `+schema+`.refuse() RETURNS trigger LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$`)
	servertest.Query(t, e.database, `CREATE TRIGGER refuse BEFORE INSERT ON `+schema+`.orders FOR EACH ROW EXECUTE FUNCTION `+schema+`.refuse()`)
	servertest.Produce(t, e.flags.Topic, validRecord(0))
	result := e.drain(t, "--on-outage", "dead-letter", "--retry-max", "2", "--retry-interval", "1ms")
	require.EqualValues(t, 1, result.DeadLettered)
	letter := servertest.Records(t, e.flags.deadLetterTopic(), 1)[0]
	require.Equal(t, validRecord(0).Value, letter.Value)
	require.Equal(t, "outage", headersOf(letter)[middleware.ErrorClassKey])
	require.Equal(t, "3", headersOf(letter)[middleware.AttemptsKey])
	require.Contains(t, headersOf(letter)["reason_poisoned"], "the disk is full")
}
