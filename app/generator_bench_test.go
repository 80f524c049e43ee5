package main

import (
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/app/generator"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
)

// BenchmarkGenerator is the generator as its command runs it, with a ledger. Only with
// a broker of its own process (ORDERFLOW_TEST_KAFKA) is its CPU time the generator's.
func BenchmarkGenerator(b *testing.B) {
	topic := servertest.Topic(b, partitions)
	carrier := &kafkaTransport{kafka.Config{Brokers: servertest.Kafka(b)}, slog.New(slog.DiscardHandler)}
	source, err := generator.NewSynthetic(generator.SyntheticConfig{Count: int64(b.N), Users: 10_000})
	require.NoError(b, err)
	collectAtGrowth(generatorGrowth)
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuTime(b)
	result, err := send(b.Context(), sending{
		carrier: carrier, topic: topic, source: source,
		flags: ordersFlags{Count: int64(b.N), Ledger: filepath.Join(b.TempDir(), "run.ledger")},
	})
	require.NoError(b, err)
	require.EqualValues(b, b.N, result.Sent)
	b.ReportMetric(float64(result.Sent)/result.Elapsed.Seconds(), "orders/s")
	b.ReportMetric(float64((cpuTime(b)-before).Nanoseconds())/float64(b.N), "cpu-ns/order")
}

// cpuTime is what this process has used of the processors.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
