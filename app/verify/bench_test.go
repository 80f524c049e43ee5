package verify_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/generator"
	"orderflow/app/ledger"
	"orderflow/app/verify"
	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// measureEnv holds a measured as JSON, which this binary verifies instead of
// running tests: in a process of its own, so that the servers' memory does not count.
const measureEnv = "ORDERFLOW_TEST_VERIFY"

type measured struct {
	Ledger, Database, Group string
	Brokers                 []string
}

type measurement struct {
	Persisted, Findings int64
	Seconds, HeapMB     float64
}

func measure(text string) {
	var world measured
	must(json.Unmarshal([]byte(text), &world))
	database, err := postgres.ParseURL(world.Database)
	must(err)
	began := time.Now()
	report, err := verify.Run(context.Background(), verify.Input{
		Ledger: world.Ledger, Kafka: kafka.Config{Brokers: world.Brokers}, Database: database, Group: world.Group,
	})
	must(err)
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	must(json.NewEncoder(os.Stdout).Encode(measurement{
		Persisted: report.Persisted, Findings: int64(len(report.Findings)), Seconds: time.Since(began).Seconds(),
		HeapMB: float64(memory.HeapSys) / (1 << 20), // the most the heap has had from the system
	}))
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// BenchmarkMillionOrders verifies 1,000,000 orders of 10,000 users, 2% of them invalid,
// with nothing wrong.
func BenchmarkMillionOrders(b *testing.B) {
	const orders = 1_000_000
	world := million(b, orders)
	text, err := json.Marshal(world)
	require.NoError(b, err)
	executable, err := os.Executable()
	require.NoError(b, err)
	var total measurement
	for b.Loop() {
		child := exec.CommandContext(b.Context(), executable)
		child.Env = append(os.Environ(), measureEnv+"="+string(text))
		child.Stderr = os.Stderr
		out, err := child.Output()
		require.NoError(b, err)
		var once measurement
		require.NoError(b, json.Unmarshal(out, &once))
		require.Zero(b, once.Findings)
		require.Positive(b, once.Persisted)
		total.Seconds += once.Seconds
		total.HeapMB = max(total.HeapMB, once.HeapMB)
	}
	b.ReportMetric(total.Seconds/float64(b.N), "s/verify")
	b.ReportMetric(total.HeapMB, "MB-heap")
}

// million writes a ledger, a topic, rows and dead letters that agree.
func million(b *testing.B, orders int64) measured {
	b.Helper()
	world := measured{
		Ledger: filepath.Join(b.TempDir(), "ledger.jsonl"), Database: servertest.Database(b),
		Group: servertest.Name("group"), Brokers: servertest.Kafka(b),
	}
	topic := servertest.Topic(b, 3)
	servertest.CreateTopic(b, topic+".dlq", 3, nil)
	book, err := ledger.Create(world.Ledger, ledger.Header{Topic: topic, StartedAt: time.Now()})
	require.NoError(b, err)
	rows := newRows(b, world)
	source, err := generator.NewSynthetic(generator.SyntheticConfig{Count: orders, Users: 10_000, Invalid: 0.02, Seed: 1})
	require.NoError(b, err)
	client := servertest.Client(b, kgo.DefaultProduceTopic(topic))
	const batch = 10_000
	for begun := int64(0); begun < orders; begun += batch {
		var records []*kgo.Record
		var numbers []int64
		for range min(batch, orders-begun) {
			event, err := source.Next()
			require.NoError(b, err)
			_, refusal := handlers.Check(event.Key, event.Value)
			n, err := book.Sending(ledger.Order{ID: event.OrderID, Key: event.Key, Value: event.Value, Refusal: refusal})
			require.NoError(b, err)
			records, numbers = append(records, &kgo.Record{Key: event.Key, Value: event.Value}), append(numbers, n)
		}
		require.NoError(b, client.ProduceSync(b.Context(), records...).FirstErr())
		var letters []*kgo.Record
		for i, record := range records {
			require.NoError(b, book.Settle(ledger.SentTo(numbers[i], record.Partition, record.Offset)))
			if order, err := handlers.Check(record.Key, record.Value); err == nil {
				rows.add(b, order, record)
			} else {
				letters = append(letters, letterOf(world.Group, record))
			}
		}
		require.NoError(b, client.ProduceSync(b.Context(), letters...).FirstErr())
	}
	require.NoError(b, book.Close())
	rows.finish(b)
	return world
}

func letterOf(group string, record *kgo.Record) *kgo.Record {
	return &kgo.Record{Topic: record.Topic + ".dlq", Key: record.Key, Value: record.Value, Headers: []kgo.RecordHeader{
		{Key: "dlq_group", Value: []byte(group)},
		{Key: "dlq_original_partition", Value: fmt.Append(nil, record.Partition)},
		{Key: "dlq_original_offset", Value: fmt.Append(nil, record.Offset)},
	}}
}
