package main

import (
	"crypto/sha256"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/ledger"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// Processors are killed in the middle of their work, again and again; at the end
// the table and the dead letters hold what the ledger says, each order once.
func TestKilledProcessorsLoseAndDoubleNothing(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	book := filepath.Join(t.TempDir(), "ledger.jsonl")
	const orders = 3000
	generate := program(t, "generator", "--topic", flags.Topic, "--count", strconv.Itoa(orders), "--invalid", "5%", "--ledger", book)
	require.NoError(t, generate.Run())

	processing := []string{"processor", "--topic", flags.Topic, "--group-id", flags.Group, "--database-url", database}
	table := postgres.Schema(flags.Group) + ".orders"
	for kill := range 2 {
		victim := program(t, processing...)
		require.NoError(t, victim.Start())
		enough := (kill + 1) * orders / 4
		require.Eventually(t, func() bool { return rowsSoFar(t, database, table) >= enough }, time.Minute, time.Millisecond)
		require.NoError(t, victim.Process.Kill())
		require.Error(t, victim.Wait())
	}
	last := program(t, append(processing, "--until-idle", "1s")...)
	require.NoError(t, last.Run())

	valid, invalid := map[string]bool{}, map[string]bool{}
	for _, entry := range finished(t, book) {
		if entry.Valid {
			valid[place(entry.Partition, entry.Offset)] = true
		} else {
			invalid[place(entry.Partition, entry.Offset)] = true
		}
	}
	require.Len(t, valid, orders-len(invalid))
	rows := servertest.Query(t, database, `SELECT kafka_partition || '/' || kafka_offset FROM `+table)
	require.Len(t, rows, len(valid))
	for _, row := range rows {
		require.True(t, valid[row], "row of %s, which is no valid order", row)
		delete(valid, row)
	}
	require.Equal(t, invalid, deadLetterPlaces(t, flags.deadLetterTopic()))
}

// deadLetterPlaces reads the dead-letter topic to its end. A letter may be there
// twice when its processor was killed between publishing and committing.
func deadLetterPlaces(t *testing.T, topic string) map[string]bool {
	t.Helper()
	places := map[string]bool{}
	for _, letter := range servertest.AllRecords(t, topic) {
		places[originalPlace(letter)] = true
	}
	return places
}

// A generator that is killed leaves a ledger that agrees with the topic.
func TestKilledGeneratorLeavesTheTruth(t *testing.T) {
	t.Parallel()
	flags, _ := world(t)
	book := filepath.Join(t.TempDir(), "ledger.jsonl")
	victim := program(t, "generator", "--topic", flags.Topic, "--count", "10000000", "--ledger", book)
	require.NoError(t, victim.Start())
	require.Eventually(t, func() bool {
		return servertest.Ends(t, flags.Topic)[0] > 500
	}, time.Minute, time.Millisecond)
	require.NoError(t, victim.Process.Kill())
	require.Error(t, victim.Wait())

	sending, sent := entries(t, book)
	records := servertest.AllRecords(t, flags.Topic) // the broker may still be busy with the last ones
	digests := map[string]*kgo.Record{}
	for _, record := range records {
		digest := sha256.Sum256(record.Value)
		digests[string(digest[:])] = record
	}
	require.Len(t, digests, len(records), "an order is in the topic twice")
	known := map[string]bool{}
	for n, entry := range sending {
		known[string(entry.SHA256)] = true
		if acknowledged, ok := sent[n]; ok {
			record := digests[string(entry.SHA256)]
			require.NotNil(t, record, "order %d was acknowledged and is not in the topic", n)
			require.Equal(t, place(record.Partition, record.Offset), place(acknowledged.Partition, acknowledged.Offset))
			require.Equal(t, entry.Key, record.Key)
		}
	}
	for digest, record := range digests {
		require.True(t, known[digest], "the ledger knows nothing of %s", place(record.Partition, record.Offset))
	}
}

// program returns this program as a process of its own, with the test's Kafka.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return programOn(t, servertest.Kafka(t), args...)
}

// programOn is program with other brokers.
func programOn(t *testing.T, brokers []string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), "orderflow", append(args, "--kafka-bootstrap", strings.Join(brokers, ","))...)
	log := &logBuffer{}
	command.Stdout, command.Stderr = log, log
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("%v:\n%s", args, log)
		}
	})
	return command
}

func rowsSoFar(t *testing.T, database, table string) int {
	t.Helper()
	if servertest.Query(t, database, `SELECT to_regclass('`+table+`') IS NOT NULL`)[0] == "false" {
		return 0
	}
	rows, err := strconv.Atoi(servertest.Query(t, database, `SELECT count(*) FROM `+table)[0])
	require.NoError(t, err)
	return rows
}

// entries reads a ledger: the lines before the sends and those after, by number.
func entries(t *testing.T, path string) (sending, sent map[int64]ledger.Entry) {
	t.Helper()
	book, err := ledger.Open(path)
	require.NoError(t, err)
	defer book.Close()
	sending, sent = map[int64]ledger.Entry{}, map[int64]ledger.Entry{}
	for {
		entry, err := book.Next()
		if errors.Is(err, io.EOF) {
			return sending, sent
		}
		require.NoError(t, err)
		switch entry.Outcome {
		case ledger.Sending:
			sending[entry.N] = entry
		case ledger.Sent:
			sent[entry.N] = entry
		}
	}
}

// finished returns the entries of a run that sent all it set out to send, each
// with where it went.
func finished(t *testing.T, path string) []ledger.Entry {
	t.Helper()
	sending, sent := entries(t, path)
	require.Len(t, sent, len(sending))
	var all []ledger.Entry
	for n, entry := range sending {
		entry.Partition, entry.Offset = sent[n].Partition, sent[n].Offset
		all = append(all, entry)
	}
	return all
}
