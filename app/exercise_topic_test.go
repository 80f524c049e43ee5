package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/app/ledger"
	"orderflow/infra/embedded/servertest"
)

func TestExerciseATopicHasThreePartitions(t *testing.T) {
	t.Parallel()
	topic := servertest.Name("orders")
	ensure := func() string { return output(t, program(t, "topics", "ensure", "--topic", topic)) }
	require.Contains(t, ensure(), "created: 3 partitions")
	require.Contains(t, ensure(), "was there already: 3 partitions")
	require.Equal(t, map[int32]int64{0: 0, 1: 0, 2: 0}, servertest.Ends(t, topic))
}

func TestExerciseTheBrokerReturnsPartitionAndOffset(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	var said []string
	for line := range strings.Lines(e.generate(t, "--count", "20")) {
		if strings.HasPrefix(line, "partition=") {
			said = append(said, strings.Fields(line)[0]+" "+strings.Fields(line)[1]+" "+strings.Fields(line)[2])
		}
	}
	var held []string
	for _, record := range servertest.Records(t, e.flags.Topic, 20) {
		held = append(held, fmt.Sprintf("partition=%d offset=%d key=%s", record.Partition, record.Offset, record.Key))
	}
	require.ElementsMatch(t, held, said)
}

func TestExerciseTheSameKeyGoesToTheSamePartitionInOrder(t *testing.T) {
	t.Parallel()
	e := newExercise(t)
	book := filepath.Join(t.TempDir(), "ledger.jsonl")
	e.generate(t, "--count", "300", "--users", "7", "--ledger", book)
	sent := finished(t, book)
	slices.SortFunc(sent, func(a, b ledger.Entry) int { return int(a.N - b.N) })
	partitionOf, lastOffset := map[string]int32{}, map[string]int64{}
	for _, entry := range sent {
		key := string(entry.Key)
		if last, ok := lastOffset[key]; ok {
			require.Equal(t, partitionOf[key], entry.Partition, "partition of key %s", key)
			require.Greater(t, entry.Offset, last, "offset of order %d of key %s", entry.N, key)
		}
		partitionOf[key], lastOffset[key] = entry.Partition, entry.Offset
	}
	require.Len(t, partitionOf, 7)
}

// Lowered for a moment, retention takes what is there; then orders come again.
func TestExerciseRetentionDeletesWhatIsOld(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []string{"1", "100"} {
		t.Run(inFlight+" in flight", func(t *testing.T) {
			t.Parallel()
			e := newExercise(t)
			e.generate(t, "--count", "30")
			require.EqualValues(t, 30, e.drain(t, "--in-flight", inFlight).Persisted)
			e.generate(t, "--count", "50")
			e.retain(t, "1000")
			require.Eventually(t, func() bool { return held(t, e.flags.Topic) == 0 }, time.Minute, 50*time.Millisecond)
			e.retain(t, "604800000")
			e.generate(t, "--count", "20")

			late := e.processor(t, "--in-flight", inFlight, "--until-idle", idle, "--json")
			output(t, late)
			log := late.Stderr.(*logBuffer).String()
			require.Equal(t, 3, strings.Count(log, "the offset to read from is out of range; going on at the oldest record"), log)
			require.Equal(t, 50, e.count(t, "orders"))
			require.EqualValues(t, 50, sumOf(t, log, "missed"))
		})
	}
}

func (e exercise) retain(t *testing.T, ms string) {
	t.Helper()
	output(t, program(t, "topics", "retention", "--topic", e.flags.Topic, "--ms", ms))
}

// held counts the records that a topic has.
func held(t *testing.T, topic string) int64 {
	t.Helper()
	var sum int64
	for partition, end := range servertest.Ends(t, topic) {
		sum += end - servertest.Starts(t, topic)[partition]
	}
	return sum
}

// sumOf adds up a field of a log.
func sumOf(t *testing.T, log, field string) (sum int64) {
	t.Helper()
	for word := range strings.FieldsSeq(log) {
		var n int64
		if _, err := fmt.Sscanf(word, field+"=%d", &n); err == nil {
			sum += n
		}
	}
	return sum
}
