package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// What at-most-once has committed stays committed: the ack of the order before
// must not take it back.
func TestAtMostOnceNeverTakesACommitBack(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	profile := profileOf("at-most-once")
	flags.Delivery, flags.Commit, flags.CommitInterval, flags.Write = profile.name, profile.commit, profile.interval, profile.write
	flags.ShutdownTimeout = 0
	records := validRecords(0, 9)
	for _, record := range records {
		record.Partition = 0
	}
	servertest.Produce(t, flags.Topic, records...)
	config, err := postgres.ParseURL(database)
	require.NoError(t, err)
	require.False(t, process(t, flags, config, stoppedAfter(4)))
	require.Equal(t, map[int32]int64{0: 5}, servertest.Committed(t, flags.Group, flags.Topic))
}
