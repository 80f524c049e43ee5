package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

// Members come, leave and are killed while orders come: each partition has one
// owner, and each order one row.
func TestExerciseMembersShareThePartitions(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	book := filepath.Join(t.TempDir(), "ledger.jsonl")
	generator := program(t, "generator", "--topic", e.flags.Topic, "--rate", "50", "--count", "1000000", "--ledger", book)
	require.NoError(t, generator.Start())

	first := e.join(t)
	awaitShares(t, []*member{first}, 3)
	second := e.join(t)
	awaitShares(t, []*member{first, second}, 2, 1)
	third := e.join(t)
	awaitShares(t, []*member{first, second, third}, 1, 1, 1)
	third.leave(t)
	awaitShares(t, []*member{first, second}, 2, 1)
	second.kill(t)
	awaitShares(t, []*member{first}, 3)

	interrupt(t, generator)
	first.leave(t)
	e.drain(t)
	code, stdout, stderr := verifying(t, e.flags, e.database, book)
	require.Zero(t, code, stdout+stderr)
}

func TestExerciseARestartResumesAtTheCommittedOffset(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	e.generate(t, "--count", "40")
	require.EqualValues(t, 40, e.drain(t).Consumed)
	e.awaitCommitted(t, 40)
	e.generate(t, "--count", "25")
	again := e.drain(t)
	require.EqualValues(t, 25, again.Consumed)
	require.Zero(t, again.Duplicates)
	require.Equal(t, 65, e.count(t, "orders"))
}

func TestExerciseAnotherGroupReadsEverythingOnItsOwn(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	e.generate(t, "--count", "30")
	require.EqualValues(t, 30, e.drain(t).Persisted)
	analytics := e
	analytics.flags.Group = servertest.Name("analytics")
	require.EqualValues(t, 30, analytics.drain(t).Persisted)
	require.Zero(t, e.drain(t).Consumed)
	require.Equal(t, servertest.Committed(t, e.flags.Group, e.flags.Topic), servertest.Committed(t, analytics.flags.Group, e.flags.Topic))
}
