package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/lab"
	"orderflow/app/lab/report"
	"orderflow/infra/embedded/servertest"
)

// Without a crash every guarantee writes each order once, commits everything,
// and dead-letters what is invalid.
func TestEveryGuaranteeWithoutACrash(t *testing.T) {
	t.Parallel()
	for _, profile := range profiles {
		t.Run(profile.name, func(t *testing.T) {
			t.Parallel()
			flags, database := world(t)
			flags.Delivery, flags.Commit, flags.Write = profile.name, profile.commit, profile.write
			flags.CommitInterval = 20 * time.Millisecond
			processor := start(t, flags, database)
			servertest.Produce(t, flags.Topic, append(validRecords(0, 299), &kgo.Record{Partition: 2, Value: []byte("broken")})...)
			processor.finish(t, 300)
			processor.end(t)
			require.EqualValues(t, 299, processor.tally.persisted)
			require.Equal(t, []string{"299"}, servertest.Query(t, database, `SELECT count(DISTINCT order_id) FROM `+processor.store.Table()))
			require.Len(t, servertest.Records(t, flags.deadLetterTopic(), 1), 1)
			require.Equal(t, map[int32]int64{0: 100, 1: 100, 2: 100}, servertest.Committed(t, flags.Group, flags.Topic))
		})
	}
}

// The report judges by the promises of the table.
func TestTheReportKnowsThePromises(t *testing.T) {
	t.Parallel()
	for _, profile := range profiles {
		lost := report.Broken(lab.Cell{Delivery: profile.name, Lost: 1})
		require.Equal(t, profile.promises.neverLost, lost != nil, profile.name)
		doubled := report.Broken(lab.Cell{Delivery: profile.name, Duplicated: 1})
		require.Equal(t, profile.promises.neverDoubled, doubled != nil, profile.name)
	}
}

// Commit before: the offset is committed while the order is still being written.
func TestAtMostOnceCommitsFirst(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.Delivery = "at-most-once"
	flags.Commit, flags.Write = profileOf(flags.Delivery).commit, profileOf(flags.Delivery).write
	processor := start(t, flags, database)
	unlock := lockTable(t, database, processor.store.Table())
	servertest.Produce(t, flags.Topic, validRecords(0, 30)...)
	require.Eventually(t, func() bool {
		committed := servertest.Committed(t, flags.Group, flags.Topic)
		return committed[0] == 1 && committed[1] == 1 && committed[2] == 1
	}, time.Minute, time.Millisecond)
	require.Zero(t, processor.finishedSoFar())
	unlock()
	processor.finish(t, 30)
	processor.end(t)
	require.Equal(t, map[int32]int64{0: 10, 1: 10, 2: 10}, servertest.Committed(t, flags.Group, flags.Topic))
}

// Auto-commit: what was fetched is committed on a timer, long before it is written.
func TestAutoCommitCommitsWhatIsNotHandled(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.Delivery = "auto-commit"
	flags.Commit, flags.Write = profileOf(flags.Delivery).commit, profileOf(flags.Delivery).write
	flags.CommitInterval = 20 * time.Millisecond
	processor := start(t, flags, database)
	unlock := lockTable(t, database, processor.store.Table())
	servertest.Produce(t, flags.Topic, validRecords(0, 30)...)
	require.Eventually(t, func() bool {
		committed := servertest.Committed(t, flags.Group, flags.Topic)
		return committed[0] == 10 && committed[1] == 10 && committed[2] == 10
	}, time.Minute, time.Millisecond)
	require.Zero(t, processor.finishedSoFar())
	unlock()
	processor.finish(t, 30)
	processor.end(t)
}
