package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
)

// announcements reads the events of a topic that holds n: their orders' ids by user,
// in the order of the partition.
func announcements(t *testing.T, topic string, n int) map[string][]string {
	t.Helper()
	byUser := map[string][]string{}
	for _, record := range servertest.Records(t, topic, n) {
		var event handlers.Accepted
		require.NoError(t, json.Unmarshal(record.Value, &event))
		require.Equal(t, event.UserID, string(record.Key))
		require.Equal(t, []kgo.RecordHeader{{Key: "_watermill_message_uuid", Value: []byte(event.EventID)}}, record.Headers)
		byUser[event.UserID] = append(byUser[event.UserID], event.ID)
	}
	return byUser
}

// Every row is announced once, each user's in order; a duplicate and an invalid order
// are not, and when the processor has ended nothing is left behind.
func TestTheOutboxAnnouncesEveryRow(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{1, 100} {
		t.Run(fmt.Sprint("in flight=", inFlight), func(t *testing.T) {
			t.Parallel()
			flags, database := world(t)
			flags.InFlight, flags.Outbox = inFlight, true
			processor := start(t, flags, database)
			var records []*kgo.Record
			for n := range 300 {
				record, user := validRecord(n), fmt.Append(nil, "user-", n%30) // each in one partition
				record.Key, record.Value = user, bytes.ReplaceAll(record.Value, []byte("user-1"), user)
				records = append(records, record)
			}
			again := *records[7]
			servertest.Produce(t, flags.Topic, append(records, &again, &kgo.Record{Partition: 2, Value: []byte("broken")})...)
			processor.finish(t, 302)
			processor.end(t)
			rows := map[string][]string{}
			for _, row := range servertest.Query(t, database, `SELECT user_id || ' ' || order_id FROM `+processor.store.Table()+` ORDER BY row_id`) {
				var user, id string
				_, err := fmt.Sscan(row, &user, &id)
				require.NoError(t, err)
				rows[user] = append(rows[user], id)
			}
			require.Equal(t, rows, announcements(t, flags.acceptedTopic(), 300))
			require.Equal(t, []string{"0"}, servertest.Query(t, database, `SELECT count(*) FROM `+processor.store.Schema()+`.outbox`))
		})
	}
}

// Without the flag nothing is announced, and nothing is written to be.
func TestNoOutboxByDefault(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	processor := start(t, flags, database)
	servertest.Produce(t, flags.Topic, validRecords(0, 3)...)
	processor.finish(t, 3)
	processor.end(t)
	require.Equal(t, []string{"0"}, servertest.Query(t, database, `SELECT last_value::text FROM `+processor.store.Schema()+`.outbox_offset_seq WHERE is_called UNION ALL SELECT '0' LIMIT 1`))
}

// A dead letter that goes through the outbox is the same as one that does not, byte
// for byte.
func TestDeadLettersViaTheOutbox(t *testing.T) {
	t.Parallel()
	var letters [2]*kgo.Record
	broken := &kgo.Record{
		Partition: 1, Key: []byte("\xff"), Value: []byte("{\x00"),
		Headers: []kgo.RecordHeader{{Key: "a", Value: nil}, {Key: "a", Value: []byte("\xfe")}},
	}
	for i, via := range []string{"kafka", viaOutbox} {
		flags, database := world(t)
		flags.DLQVia = via
		flags.Group = "dead-letters-" + strconv.Itoa(i)
		processor := start(t, flags, database)
		record := *broken
		servertest.Produce(t, flags.Topic, &record)
		processor.finish(t, 1)
		processor.end(t)
		letters[i] = servertest.Records(t, flags.deadLetterTopic(), 1)[0]
	}
	require.Equal(t, letters[0].Key, letters[1].Key)
	require.Equal(t, letters[0].Value, letters[1].Value)
	require.Equal(t, letters[0].Partition, letters[1].Partition)
	stable := func(h kgo.RecordHeader) bool {
		return !slices.Contains([]string{"dlq_failed_at", "dlq_group", "dlq_original_timestamp", "topic_poisoned"}, h.Key)
	}
	same := [2][]kgo.RecordHeader{}
	for i, letter := range letters {
		require.Len(t, letter.Headers, len(letters[0].Headers))
		for _, header := range letter.Headers {
			if stable(header) {
				same[i] = append(same[i], header)
			}
		}
	}
	require.Greater(t, len(same[0]), 6)
	require.Equal(t, same[0], same[1])
}

// Compaction would leave one event of each user.
func TestACompactedTopicOfEventsIsRefused(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	servertest.CreateTopic(t, flags.acceptedTopic(), 1, map[string]string{kafka.CleanupPolicy: "compact"})
	code, _, stderr := command(t, "processor", "--outbox", "--topic", flags.Topic, "--group-id", flags.Group, "--database-url", database)
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "no event is safe: topic "+flags.acceptedTopic()+" has cleanup.policy=compact")
}
