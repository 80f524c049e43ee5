//go:build apache

package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/servertest"
)

// codecs are those of Kafka, with their numbers in a batch's attributes.
var codecs = map[string]uint8{"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}

// ordersOfRun is how many valid orders a client sends at a time, enough to be
// worth compressing.
const ordersOfRun = 20

// Orders of clients that know nothing of Watermill, read by both subscribers:
// each is in the table once, and what is broken can be read from the dead letters
// by the same clients, as it was sent.
func TestForeignClients(t *testing.T) {
	t.Parallel()
	f := newForeign(t)
	t.Run("produce", func(t *testing.T) {
		for _, client := range foreignClients {
			for codec := range codecs {
				for _, header := range []string{"", "abc"} {
					name := strings.TrimSuffix(client.name+"/"+codec+"/"+header, "/")
					t.Run(name, func(t *testing.T) {
						t.Parallel()
						f.produce(t, client, codec, header)
					})
				}
			}
		}
	})
	for _, client := range foreignClients {
		t.Run("dead letters read by "+client.name, func(t *testing.T) {
			t.Parallel()
			stdout := runClient(t, client.consume(t, f.one.flags.deadLetterTopic(), len(f.broken)), "")
			require.ElementsMatch(t, f.broken, strings.Split(strings.TrimSpace(stdout), "\n"))
		})
	}
}

// What was aborted is in no table and is no dead letter.
func TestForeignTransactions(t *testing.T) { //nolint:tparallel // what comes last looks at all runs
	t.Parallel()
	f := newForeign(t)
	for _, client := range foreignClients {
		if client.transact == nil {
			continue
		}
		for codec := range codecs {
			t.Run(client.name+"/"+codec, func(t *testing.T) {
				for _, end := range []string{"abort", "commit", "abort"} {
					run := fmt.Sprint(client.name, "-", codec, "-", end)
					runClient(t, client.transact(t, f.one.flags.Topic, codec, end), client.lines(foreignOrders(run), ""))
				}
				f.await(t, client.name+"-"+codec+"-")
			})
		}
	}
	// Who has these has passed all that was aborted.
	servertest.Produce(t, f.one.flags.Topic, validRecords(0, partitions)...)
	runs := 0
	for _, client := range foreignClients {
		if client.transact != nil {
			runs += len(codecs)
		}
	}
	for _, processor := range []*running{f.one, f.many} {
		processor.finish(t, int64(runs*ordersOfRun+partitions))
		require.Zero(t, processor.tally.deadLettered)
		aborted := servertest.Query(t, processor.database, `SELECT order_id FROM `+processor.store.Table()+` WHERE order_id LIKE '%-abort-%'`)
		require.Empty(t, aborted)
	}
}

// foreign is a topic, and a processor of each kind with a group of its own.
type foreign struct {
	one, many *running // messages in flight

	mu     sync.Mutex
	broken []string // "key<TAB>value" of what is no order
}

func newForeign(t *testing.T) *foreign {
	t.Helper()
	flags, database := world(t)
	many := flags
	many.InFlight, many.Group = 100, servertest.Name("group")
	many.DLQTopic = servertest.Name("many") + ".dlq"
	return &foreign{one: start(t, flags, database), many: start(t, many, database)}
}

func (f *foreign) produce(t *testing.T, client foreignClient, codec, header string) {
	t.Helper()
	run := strings.Join([]string{client.name, codec, "header" + header}, "-")
	broken := [2]string{"user-" + run, "no order of " + run}
	f.mu.Lock()
	f.broken = append(f.broken, broken[0]+"\t"+broken[1])
	f.mu.Unlock()
	records := append(foreignOrders(run), broken)
	runClient(t, client.produce(t, f.one.flags.Topic, codec, header), client.lines(records, header))
	f.await(t, run+"-")

	sent := 0
	for _, record := range servertest.AllRecords(t, f.one.flags.Topic) {
		if strings.Contains(string(record.Value), run+"-") || string(record.Value) == broken[1] {
			require.Equal(t, codecs[codec], record.Attrs.CompressionType(), "codec of %s", record.Value)
			sent++
		}
	}
	require.Equal(t, len(records), sent)
	letter := f.letter(t, broken[0])
	require.Equal(t, broken[1], string(letter.Value))
	if header == "" {
		require.NotContains(t, headersOf(letter), foreignHeader)
	} else {
		require.Equal(t, kgo.RecordHeader{Key: foreignHeader, Value: []byte(header)}, letter.Headers[0])
	}
}

// letter waits for the dead letter with this key.
func (f *foreign) letter(t *testing.T, key string) *kgo.Record {
	t.Helper()
	client := servertest.Client(t, kgo.ConsumeTopics(f.one.flags.deadLetterTopic()))
	for {
		fetches := client.PollFetches(t.Context())
		require.NoError(t, fetches.Err())
		for _, letter := range fetches.Records() {
			if string(letter.Key) == key {
				return letter
			}
		}
	}
}

// await waits until both processors have the orders of a run, as many as were sent.
func (f *foreign) await(t *testing.T, prefix string) {
	t.Helper()
	for _, processor := range []*running{f.one, f.many} {
		count := `SELECT count(*) FROM ` + processor.store.Table() + ` WHERE order_id LIKE '` + prefix + `%'`
		require.Eventually(t, func() bool {
			return servertest.Query(t, processor.database, count)[0] == strconv.Itoa(ordersOfRun)
		}, time.Minute, 50*time.Millisecond)
	}
}

// foreignOrders returns keys and values of the valid orders of a run.
func foreignOrders(run string) [][2]string {
	var orders [][2]string
	for n := range ordersOfRun {
		user := "user-" + strconv.Itoa(n%5)
		orders = append(orders, [2]string{user, fmt.Sprintf(`{"order_id":"%s-%d","user_id":"%s","currency":"EUR","amount":100,`+
			`"items":[{"sku":"a","name":"b","quantity":1,"unit_price":100}],"created_at":"2026-11-23T15:04:05Z"}`, run, n, user)})
	}
	return orders
}
