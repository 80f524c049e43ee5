package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// running is a processor that a test runs, with what belongs to it alone.
type running struct {
	*processor
	flags    handlingFlags
	database string
	log      *logBuffer

	stop  context.CancelFunc
	ended chan error
}

// world is a topic, a group and a database of one test.
func world(t *testing.T) (flags handlingFlags, database string) {
	t.Helper()
	flags = parseDefaults(t, "processor").Processor.handlingFlags
	flags.Topic = servertest.Topic(t, partitions)
	flags.Group = servertest.Name("group")
	return flags, servertest.Database(t)
}

// onKafka is the transport of the test brokers.
func onKafka(t *testing.T, logger *slog.Logger) transport {
	t.Helper()
	return &kafkaTransport{kafka.Config{Brokers: servertest.Kafka(t)}, logger}
}

// start runs a processor until the test ends or stops it.
func start(t *testing.T, flags handlingFlags, database string) *running {
	t.Helper()
	log := &logBuffer{}
	return startOn(t, onKafka(t, log.logger()), flags, database, log)
}

// startOn is start on any transport.
func startOn(t *testing.T, carrier transport, flags handlingFlags, database string, log *logBuffer) *running {
	t.Helper()
	config, err := postgres.ParseURL(database)
	require.NoError(t, err)
	p, err := newProcessor(t.Context(), flags, carrier, config, log.logger())
	require.NoError(t, err)

	ctx, stop := context.WithCancel(context.Background())
	r := &running{processor: p, flags: flags, database: database, log: log, stop: stop, ended: make(chan error, 1)}
	go func() { r.ended <- p.run(ctx) }()
	t.Cleanup(func() {
		stop()
		require.NoError(t, p.close())
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the processor:\n%s", log)
		}
	})
	return r
}

// end stops the processor in good order.
func (r *running) end(t *testing.T) {
	t.Helper()
	r.stop()
	require.NoError(t, <-r.ended)
}

// finish waits until the processor has finished n orders since it started.
func (r *running) finish(t *testing.T, n int64) {
	t.Helper()
	for r.finishedSoFar() < n {
		select {
		case <-r.tally.finished:
		case err := <-r.ended:
			r.ended <- err
			require.FailNow(t, "the processor ended", "%v", err)
		case <-t.Context().Done():
			require.FailNow(t, "the test ended")
		}
	}
	require.Equal(t, n, r.finishedSoFar())
}

func (r *running) finishedSoFar() int64 {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	return r.tally.persisted + r.tally.duplicates + r.tally.deadLettered
}

// rows counts the orders in the group's table.
func (r *running) rows(t *testing.T) string {
	t.Helper()
	return servertest.Query(t, r.database, `SELECT count(*) FROM `+r.store.Schema()+`.orders`)[0]
}

// logBuffer keeps a log. It is safe for concurrent use.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

var _ io.Writer = (*logBuffer)(nil)

func (b *logBuffer) logger() *slog.Logger { return slog.New(slog.NewTextHandler(b, nil)) }

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
