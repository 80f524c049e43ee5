package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/handlers/orderstest"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/middleware"
)

// The law of the pipeline: a valid order is in the table as it was sent, an
// invalid record is in the dead-letter topic as it was sent, each once.
func TestEveryRecordSurvivesUnchanged(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{1, 100} {
		t.Run(fmt.Sprintf("%d in flight", inFlight), func(t *testing.T) {
			t.Parallel()
			everyRecordSurvives(t, inFlight)
		})
	}
}

func everyRecordSurvives(t *testing.T, inFlight int) {
	t.Helper()
	flags, database := world(t)
	flags.InFlight = inFlight
	flags.Topic = servertest.Name("orders")
	// Values over 1 MiB are among the corruptions.
	servertest.CreateTopic(t, flags.Topic, partitions, map[string]string{kafka.MaxMessageBytes: strconv.Itoa(4 << 20)})
	processor := start(t, flags, database)
	deadLetters := servertest.Client(t, kgo.ConsumeTopics(flags.deadLetterTopic()))
	sent := int64(0)

	rapid.Check(t, func(rt *rapid.T) {
		drawn := rapid.SliceOfN(drawnRecord(flags.Topic), 1, 20).Draw(rt, "records")
		records, refused := make([]*kgo.Record, len(drawn)), map[string]*kgo.Record{}
		for i, d := range drawn {
			records[i] = d.record
		}
		servertest.Produce(t, flags.Topic, records...)
		sent += int64(len(drawn))
		processor.finish(t, sent)

		for _, d := range drawn {
			if d.order != nil {
				require.Equal(t, *d.order, stored(t, database, processor.store.Schema(), d.record))
				continue
			}
			refused[place(d.record.Partition, d.record.Offset)] = d.record
		}
		for len(refused) > 0 {
			fetches := deadLetters.PollFetches(t.Context())
			require.NoError(t, fetches.Err())
			for _, letter := range fetches.Records() {
				original := refused[originalPlace(letter)]
				require.NotNil(t, original, "a dead letter of an order that is valid, or twice: %v", letter)
				delete(refused, originalPlace(letter))
				require.Equal(t, original.Key, letter.Key)
				require.Equal(t, original.Value, letter.Value)
				require.Equal(t, original.Headers, letter.Headers[:len(original.Headers)])
			}
		}
	})
	processor.end(t)
	require.Equal(t, sent, processor.finishedSoFar())
}

// drawn is a record, with the order it holds if that is valid.
type drawn struct {
	record *kgo.Record
	order  *handlers.Order
}

func (d drawn) String() string { return fmt.Sprintf("%q", d.record.Value) }

func drawnRecord(topic string) *rapid.Generator[drawn] {
	headers := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) kgo.RecordHeader {
		return kgo.RecordHeader{
			Key:   rapid.SampledFrom([]string{"trace", "trace", "schema", "dlq_attempts", "_record_key"}).Draw(t, "key"),
			Value: rapid.SliceOf(rapid.Byte()).Draw(t, "value"),
		}
	}), 0, 3)
	return rapid.Custom(func(t *rapid.T) drawn {
		record := &kgo.Record{
			Topic:     topic,
			Partition: rapid.Int32Range(0, partitions-1).Draw(t, "partition"),
			Headers:   headers.Draw(t, "headers"),
		}
		if rapid.Bool().Draw(t, "valid") {
			order := rapid.OneOf(orderstest.ValidOrder(), orderstest.ValidOrder2()).Draw(t, "order")
			if order.Channel != "" {
				record.Headers = append(record.Headers, kgo.RecordHeader{Key: handlers.SchemaVersionHeader, Value: []byte("2")})
			}
			order.ID = servertest.Name("id") // each draw shall be an order of its own
			record.Key, record.Value = []byte(order.UserID), orderstest.Encode(order)
			order.CreatedAt = order.CreatedAt.UTC()
			return drawn{record, &order}
		}
		corruption := orderstest.Corrupted().Draw(t, "corruption")
		record.Key, record.Value = corruption.Key, corruption.Value
		return drawn{record, nil}
	})
}

// stored reads back the order that a record became.
func stored(t *testing.T, database, schema string, record *kgo.Record) handlers.Order {
	t.Helper()
	rows := servertest.Query(t, database, `
		SELECT json_build_object('order_id', order_id, 'user_id', user_id, 'currency', currency, 'amount', amount,
		       'items', items, 'channel', channel, 'seconds', extract(epoch FROM date_trunc('second', created_at))::bigint,
		       'nanos', (extract(microseconds FROM created_at)::bigint % 1000000) * 1000 + created_at_ns)
		FROM `+schema+`.orders WHERE kafka_partition = $1 AND kafka_offset = $2`, record.Partition, record.Offset)
	require.Len(t, rows, 1, "rows of record %s", place(record.Partition, record.Offset))
	var row struct {
		handlers.Order
		Seconds int64 `json:"seconds"`
		Nanos   int64 `json:"nanos"`
	}
	require.NoError(t, json.Unmarshal([]byte(rows[0]), &row))
	row.Order.CreatedAt = time.Unix(row.Seconds, row.Nanos).UTC()
	return row.Order
}

func place(partition int32, offset int64) string {
	return strconv.Itoa(int(partition)) + "/" + strconv.FormatInt(offset, 10)
}

// originalPlace is where a dead letter's record was; the last header of a name counts.
func originalPlace(letter *kgo.Record) string {
	last := headersOf(letter)
	return last[middleware.OriginalPartitionKey] + "/" + last[middleware.OriginalOffsetKey]
}

// headersOf returns the last value of each header.
func headersOf(record *kgo.Record) map[string]string {
	values := map[string]string{}
	for _, header := range record.Headers {
		values[header.Key] = string(header.Value)
	}
	return values
}
