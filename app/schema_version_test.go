package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
)

// Orders of all versions stand side by side in a topic: those that are known are
// written, with their channel if they have one, the others are dead letters that
// say so and keep their header, for a newer program.
func TestOrdersOfSeveralVersions(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{1, 100} {
		t.Run(fmt.Sprintf("%d in flight", inFlight), func(t *testing.T) {
			t.Parallel()
			flags, database := world(t)
			flags.InFlight = inFlight
			processor := start(t, flags, database)
			record := func(id, channel string, versions ...string) *kgo.Record {
				value := `{"order_id":"` + id + `","user_id":"u","currency":"EUR","amount":1,` + channel +
					`"items":[{"sku":"s","quantity":1,"unit_price":1}],"created_at":"2026-11-23T15:04:05Z"}`
				r := &kgo.Record{Key: []byte("u"), Value: []byte(value)}
				for _, version := range versions {
					r.Headers = append(r.Headers, kgo.RecordHeader{Key: handlers.SchemaVersionHeader, Value: []byte(version)})
				}
				return r
			}
			records := []*kgo.Record{
				record("no header", ``),
				record("version 1", `"channel":["not","known"],`, "1"),
				record("version 2", `"channel":"app",`, "2"),
				record("the last header counts", `"channel":"web",`, "1", "2"),
				record("unknown", `"channel":"web",`, "3"),
				record("no channel", ``, "2"),
				record("another channel", `"channel":"fax",`, "2"),
			}
			servertest.Produce(t, flags.Topic, records...)
			processor.finish(t, int64(len(records)))
			processor.end(t)
			require.Equal(t, []string{"no header <NULL>", "the last header counts web", "version 1 <NULL>", "version 2 app"},
				servertest.Query(t, database, `SELECT order_id || ' ' || coalesce(channel, '<NULL>') FROM `+processor.store.Table()+` ORDER BY order_id`))
			reasons := map[string]string{}
			for _, letter := range servertest.Records(t, flags.deadLetterTopic(), 3) {
				headers := headersOf(letter)
				id := strings.Split(string(letter.Value), `"`)[3]
				reasons[id+" "+headers[handlers.SchemaVersionHeader]] = headers["dlq_error_class"] + ": " + headers["reason_poisoned"]
			}
			require.Equal(t, map[string]string{
				"unknown 3":         `version: schema_version: must be 1 or 2, is "3": this program does not know it, a newer one may`,
				"no channel 2":      `decode: channel: must be a string, is missing`,
				"another channel 2": `validation: channel: must be web, app or store, is "fax"`,
			}, reasons)
		})
	}
}
