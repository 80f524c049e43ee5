package main

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kversion"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
)

// Compaction deletes orders: nothing more is sent there, and what is left is saved.
func TestACompactedTopicGetsNoMoreOrdersAndIsEmptied(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.Topic = servertest.Name("orders")
	servertest.CreateTopic(t, flags.Topic, partitions, map[string]string{kafka.CleanupPolicy: "compact,delete"})
	servertest.Produce(t, flags.Topic, validRecords(0, 3)...)

	code, stdout, stderr := command(t, "generator", "--topic", flags.Topic, "--count", "3")
	require.Equal(t, exitFailure, code)
	require.Empty(t, stdout)
	mend := "`go run ./app topics retention --topic " + flags.Topic + " --ms 604800000 --stop-compaction`"
	require.Contains(t, stderr, "nothing was sent: topic "+flags.Topic+" has cleanup.policy=compact,delete")
	require.Contains(t, stderr, mend)

	processor := start(t, flags, database)
	processor.finish(t, 3)
	processor.end(t)
	require.Contains(t, processor.log.String(), "level=WARN msg=\"topic "+flags.Topic+" has cleanup.policy=compact,delete")
	require.Equal(t, "3", processor.rows(t))

	code, described, _ := command(t, "topics", "describe", "--topic", flags.Topic)
	require.Equal(t, exitOK, code)
	require.Contains(t, described, "warning: topic "+flags.Topic+" has cleanup.policy=compact,delete")

	// The advice is good.
	code, _, stderr = command(t, "topics", "retention", "--topic", flags.Topic, "--ms", "604800000", "--stop-compaction")
	require.Equal(t, exitOK, code, stderr)
	code, _, stderr = command(t, "generator", "--topic", flags.Topic, "--count", "3")
	require.Equal(t, exitOK, code, stderr)
}

func TestRetentionOfATopicThatOnlyCompactsIsRefused(t *testing.T) {
	t.Parallel()
	topic := servertest.Name("orders")
	servertest.CreateTopic(t, topic, 1, map[string]string{kafka.CleanupPolicy: "compact"})
	code, _, stderr := command(t, "topics", "retention", "--topic", topic, "--ms", "1000")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "no record of it expires")
	require.Contains(t, stderr, "--stop-compaction")
}

func TestACompactedDeadLetterTopicIsRefused(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	servertest.CreateTopic(t, flags.deadLetterTopic(), 1, map[string]string{kafka.CleanupPolicy: "compact"})
	code, _, stderr := command(t, "processor", "--topic", flags.Topic, "--group-id", flags.Group, "--database-url", database)
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "no dead letter is safe: topic "+flags.deadLetterTopic()+" has cleanup.policy=compact")
}

func TestTopicsOfOneAndOfManyPartitions(t *testing.T) {
	t.Parallel()
	for _, count := range []int32{1, 200} {
		forAnyInFlight(t, func(t *testing.T, inFlight int) {
			t.Helper()
			flags, database := world(t)
			flags.Topic, flags.InFlight = servertest.Topic(t, count), inFlight
			processor := start(t, flags, database)
			var records []*kgo.Record
			want := map[int32]int64{}
			for partition := range count {
				record := validRecord(int(partition))
				record.Partition = partition
				records = append(records, record)
				want[partition] = 1
			}
			servertest.Produce(t, flags.Topic, records...)
			processor.finish(t, int64(len(records)))
			processor.end(t)
			require.Equal(t, fmt.Sprint(len(records)), processor.rows(t))
			require.Equal(t, want, servertest.Committed(t, flags.Group, flags.Topic))
			if count < partitions {
				require.Contains(t, processor.log.String(), "the topic has few partitions")
			}
		})
	}
}

func TestABrokerThatIsTooOldIsRefusedByEveryCommand(t *testing.T) {
	t.Parallel()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.MaxVersions(kversion.V2_2_0()))
	require.NoError(t, err)
	t.Cleanup(cluster.Close)
	old := cluster.ListenAddrs()[0]
	for _, args := range [][]string{
		{"generator", "--count", "1"}, {"processor"}, {"topics", "ensure"}, {"topics", "describe"}, {"groups"}, {"groups", "list"},
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, exitFailure, run(append(args, "--kafka-bootstrap", old), &stdout, &stderr), args)
		require.Contains(t, stderr.String(), "error: the Kafka broker at "+old+" is too old: it lacks")
		require.Contains(t, stderr.String(), "upgrade it to Kafka 2.4 or newer")
		require.Empty(t, stdout.String())
	}
}
