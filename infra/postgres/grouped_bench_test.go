package postgres_test

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// BenchmarkSave saves new orders from a number of callers at once, into a server
// that writes to its disk as one in production does.
func BenchmarkSave(b *testing.B) {
	server, err := embedded.StartPostgres(b.Context(), embedded.PostgresOptions{DataDir: servertest.DataDir(b)})
	require.NoError(b, err)
	defer server.Close()
	config, err := postgres.ParseURL(server.URL(embedded.Database))
	require.NoError(b, err)
	for _, callers := range []int{1, 10, 100, 3000} {
		for _, name := range []string{"single", "grouped"} {
			b.Run(fmt.Sprintf("callers=%d/%s", callers, name), func(b *testing.B) {
				store, err := openers[name](b.Context(), config, servertest.Name("bench"), postgres.InsertOnce)
				require.NoError(b, err)
				defer store.Close()
				benchmarkSave(b, callers, store)
			})
		}
	}
}

func benchmarkSave(b *testing.B, callers int, store handlers.Store) {
	b.Helper()
	b.ReportAllocs()
	took := make([]time.Duration, b.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	before := cpuTime(b)
	b.ResetTimer()
	for range callers {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				begun := time.Now()
				_, err := store.Save(b.Context(), simpleOrder(fmt.Sprintf("0193%012x", i)), handlers.Source{Offset: i})
				took[i] = time.Since(begun)
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64((cpuTime(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// cpuTime is what this process has used, without the server.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
