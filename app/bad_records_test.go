package main

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
	"orderflow/middleware"
)

// outcomes feeds records of partition 0 to a processor until it has finished them all, and returns
// it with the dead letters by the offset of their originals.
func outcomes(t *testing.T, inFlight int, records ...*kgo.Record) (*running, map[string]*kgo.Record) {
	t.Helper()
	flags, database := world(t)
	flags.InFlight = inFlight
	processor := start(t, flags, database)
	servertest.Produce(t, flags.Topic, records...)
	processor.finish(t, int64(len(records)))
	letters := map[string]*kgo.Record{}
	for _, letter := range servertest.AllRecords(t, flags.deadLetterTopic()) {
		letters[headersOf(letter)[middleware.OriginalOffsetKey]] = letter
	}
	processor.end(t)
	require.Equal(t, map[int32]int64{0: int64(len(records))}, servertest.Committed(t, flags.Group, flags.Topic))
	return processor, letters
}

func forAnyInFlight(t *testing.T, test func(t *testing.T, inFlight int)) {
	t.Helper()
	for _, inFlight := range []int{1, 20} {
		t.Run(fmt.Sprintf("%d in flight", inFlight), func(t *testing.T) {
			t.Parallel()
			test(t, inFlight)
		})
	}
}

// ordersOf returns valid orders of one partition.
func ordersOf(n int) []*kgo.Record {
	var records []*kgo.Record
	for i := range n {
		record := validRecord(i)
		record.Partition = 0
		records = append(records, record)
	}
	return records
}

func TestARecordWithoutKeyAndATombstoneAreDeadLetters(t *testing.T) {
	t.Parallel()
	forAnyInFlight(t, func(t *testing.T, inFlight int) {
		t.Helper()
		records := ordersOf(5)
		records[1].Key = nil
		records[2].Key = []byte{}
		records[3].Value = nil
		processor, letters := outcomes(t, inFlight, records...)
		require.Equal(t, "2", processor.rows(t))
		require.Len(t, letters, 3)
		require.Nil(t, letters["1"].Key)
		require.Equal(t, records[1].Value, letters["1"].Value)
		require.Contains(t, headersOf(letters["1"])["reason_poisoned"], "key")
		require.NotNil(t, letters["2"].Key, "an empty key is not none")
		require.Empty(t, letters["2"].Key)
		require.Nil(t, letters["3"].Value)
		require.Equal(t, "user-1", string(letters["3"].Key))
		require.Contains(t, headersOf(letters["3"])["reason_poisoned"], "must be an order, is empty")
	})
}

// No header makes an order bad, and none is changed on the way to the dead letters.
func TestHeadersOfAnyKindPass(t *testing.T) {
	t.Parallel()
	headers := []kgo.RecordHeader{
		{Key: "trace", Value: []byte("a")}, {Key: "trace", Value: []byte("b")}, {Key: "trace", Value: []byte("a")},
		{Key: "binary", Value: []byte{0, 0xff, 0xfe, '\n', 0x80}}, {Key: "null"}, {Key: "", Value: []byte("no name")},
		{Key: "not utf-8 \xff\x00", Value: []byte{}}, {Key: "_watermill_message_uuid", Value: []byte("\xff")},
		{Key: "_record_key", Value: []byte("user-2")}, {Key: middleware.OriginalOffsetKey, Value: []byte("forged")},
		{Key: "reason_poisoned", Value: []byte("forged")},
	}
	forAnyInFlight(t, func(t *testing.T, inFlight int) {
		t.Helper()
		records := ordersOf(2)
		records[1].Value = []byte("broken")
		for _, record := range records {
			record.Headers = headers
		}
		processor, letters := outcomes(t, inFlight, records...)
		require.Equal(t, "1", processor.rows(t))
		require.Equal(t, headers, letters["1"].Headers[:len(headers)])
		require.NotEqual(t, "forged", headersOf(letters["1"])["reason_poisoned"], "the last one counts")
	})
}

// A record's timestamp is its producer's word. No clock loses an order, and none
// makes the latencies absurd.
func TestNoClockLosesAnOrder(t *testing.T) {
	t.Parallel()
	forAnyInFlight(t, func(t *testing.T, inFlight int) {
		t.Helper()
		var records []*kgo.Record
		const broken, unstamped = 5, 6
		for i, timestamp := range []int64{
			0, time.Now().Add(-50 * 365 * 24 * time.Hour).UnixMilli(), time.Now().Add(50 * time.Minute).UnixMilli(),
			time.Now().UnixMilli(), time.Now().Add(-time.Second).UnixMilli(), time.Now().Add(50 * time.Minute).UnixMilli(),
			-1, // Kafka's way to say none
		} {
			record := validRecord(i)
			record.Partition, record.Timestamp = 0, time.UnixMilli(timestamp)
			records = append(records, record)
		}
		records[broken].Value, records[unstamped].Value = []byte("broken"), []byte("broken")
		processor, letters := outcomes(t, inFlight, records...)
		require.Equal(t, strconv.Itoa(len(records)-2), processor.rows(t))
		require.Len(t, letters, 2)
		require.NotContains(t, headersOf(letters[strconv.Itoa(unstamped)]), middleware.OriginalTimestampKey)
		stamped, err := time.Parse(time.RFC3339, headersOf(letters[strconv.Itoa(broken)])[middleware.OriginalTimestampKey])
		require.NoError(t, err)
		require.True(t, stamped.Equal(time.UnixMilli(records[broken].Timestamp.UnixMilli())))
		summary, err := processor.tally.summarize(t.Context(), processor.store)
		require.NoError(t, err)
		require.Positive(t, summary.LatencyMS.P50)
		day := float64((24 * time.Hour).Milliseconds())
		require.InEpsilon(t, day, summary.LatencyMS.Max, 0.001, "fifty years count as a day")
	})
}
