package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/middleware"
)

// validRecord returns an order of a user, spread over the partitions by number.
func validRecord(n int) *kgo.Record {
	return &kgo.Record{
		Partition: int32(n % partitions),
		Key:       []byte("user-1"),
		Value: fmt.Appendf(nil, `{"order_id":"order-%d","user_id":"user-1","currency":"EUR","amount":100,`+
			`"items":[{"sku":"a","name":"b","quantity":1,"unit_price":100}],"created_at":"2026-11-23T15:04:05.123456789Z"}`, n),
	}
}

func validRecords(from, to int) []*kgo.Record {
	var records []*kgo.Record
	for n := from; n < to; n++ {
		records = append(records, validRecord(n))
	}
	return records
}

func TestOutageHoldsBackAndLosesNothing(t *testing.T) {
	t.Parallel()
	for _, inFlight := range []int{1, 20} {
		t.Run(fmt.Sprintf("%d in flight", inFlight), func(t *testing.T) {
			t.Parallel()
			outageHoldsBack(t, inFlight)
		})
	}
}

func outageHoldsBack(t *testing.T, inFlight int) {
	t.Helper()
	data := embedded.PostgresOptions{DataDir: servertest.DataDir(t)}
	server, err := embedded.StartPostgres(t.Context(), data)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	flags, _ := world(t)
	flags.InFlight = inFlight
	flags.RetryInterval, flags.RetryCap = time.Millisecond, 20*time.Millisecond
	processor := start(t, flags, server.URL(embedded.Database))
	servertest.Produce(t, flags.Topic, validRecords(0, 30)...)
	processor.finish(t, 30)
	require.Equal(t, http.StatusOK, processor.ready())

	server.Kill()
	<-server.Done()
	servertest.Produce(t, flags.Topic, validRecords(30, 60)...)
	require.Eventually(t, func() bool { return processor.ready() == http.StatusServiceUnavailable }, time.Minute, time.Millisecond)

	data.PreferredPort = server.Port()
	again, err := embedded.StartPostgres(t.Context(), data)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, again.Close()) })
	require.Equal(t, server.Port(), again.Port())
	processor.finish(t, 60)
	require.Equal(t, http.StatusOK, processor.ready())
	require.Equal(t, "60", processor.rows(t))
	require.Zero(t, processor.tally.deadLettered)
	require.Contains(t, processor.log.String(), "the database cannot be used")
	require.Contains(t, processor.log.String(), "the database can be used again")
	processor.end(t)
	require.Equal(t, map[int32]int64{0: 20, 1: 20, 2: 20}, servertest.Committed(t, flags.Group, flags.Topic))
}

// ready is what /readyz answers.
func (r *running) ready() int {
	answer := httptest.NewRecorder()
	r.readiness.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", nil))
	return answer.Code
}

func TestOutageIsDeadLetteredWhenAsked(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.OnOutage, flags.RetryMax = "dead-letter", 2
	flags.RetryInterval, flags.RetryCap = time.Millisecond, time.Millisecond
	processor := start(t, flags, database)
	servertest.Query(t, database, `ALTER TABLE `+processor.store.Schema()+`.orders RENAME TO gone`)

	servertest.Produce(t, flags.Topic, validRecord(0))
	processor.finish(t, 1)
	letter := servertest.Records(t, flags.deadLetterTopic(), 1)[0]
	require.Equal(t, "outage", headersOf(letter)[middleware.ErrorClassKey])
	require.Equal(t, "3", headersOf(letter)[middleware.AttemptsKey])
	require.Equal(t, validRecord(0).Value, letter.Value)
}

func TestConflictIsADeadLetterAndADuplicateIsNone(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	processor := start(t, flags, database)
	other := validRecord(0)
	other.Value = bytes.Replace(other.Value, []byte("15:04:05"), []byte("15:04:06"), 1)
	servertest.Produce(t, flags.Topic, validRecord(0), validRecord(0), other)
	processor.finish(t, 3)
	require.Equal(t, "1", processor.rows(t))
	require.EqualValues(t, 1, processor.tally.duplicates)
	letter := headersOf(servertest.Records(t, flags.deadLetterTopic(), 1)[0])
	require.Equal(t, "conflict", letter[middleware.ErrorClassKey])
	require.Equal(t, flags.Group, letter[middleware.GroupKey])
	require.Equal(t, flags.Topic, letter["topic_poisoned"])
	require.Contains(t, letter["reason_poisoned"], `order_id "order-0" is taken`)
}

func TestLimitStopsTheProcessor(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.DLQLimit = middleware.Limit{Percent: 50, Window: 10}
	processor := start(t, flags, database)
	for range 20 {
		servertest.Produce(t, flags.Topic, &kgo.Record{Value: []byte("broken")})
	}
	require.ErrorIs(t, <-processor.ended, middleware.ErrLimit)
	require.EqualValues(t, 9, processor.tally.deadLettered)
	require.Equal(t, map[int32]int64{0: 9}, servertest.Committed(t, flags.Group, flags.Topic))
}

// The topic takes the record, but not with all headers of a dead letter: the
// reason is what goes.
func TestTooLargeDeadLetterLosesItsReasonOnly(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	const limit, roomForShortHeaders = 20_000, 700
	servertest.CreateTopic(t, flags.deadLetterTopic(), 1, map[string]string{kafka.MaxMessageBytes: strconv.Itoa(limit)})
	processor := start(t, flags, database)
	missing := `{"items":[` + strings.Repeat(`{},`, 20) + `{}]` // for a long reason
	broken := &kgo.Record{Key: []byte("user-1"), Value: fmt.Appendf(nil, "%*s", roomForShortHeaders-limit, missing+"}")}
	servertest.Produce(t, flags.Topic, broken)
	processor.finish(t, 1)
	letter := servertest.Records(t, flags.deadLetterTopic(), 1)[0]
	require.Equal(t, broken.Value, letter.Value)
	require.NotContains(t, headersOf(letter), "reason_poisoned")
	require.Equal(t, "decode", headersOf(letter)[middleware.ErrorClassKey])
}

// A shutdown while a save hangs: what cannot finish in time is neither committed
// nor dead-lettered, and the next processor does it.
func TestShutdownIsNeverPoison(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	flags.ShutdownTimeout = 50 * time.Millisecond
	first := start(t, flags, database)
	unlock := lockTable(t, database, first.store.Table())
	servertest.Produce(t, flags.Topic, validRecords(0, 30)...)
	require.Eventually(t, func() bool { return first.tally.handling.Load() == partitions }, time.Minute, time.Millisecond)
	first.end(t)
	require.Zero(t, first.finishedSoFar())
	require.Empty(t, servertest.Committed(t, flags.Group, flags.Topic))
	unlock()

	second := start(t, flags, database)
	second.finish(t, 30)
	second.end(t)
	require.Equal(t, "30", second.rows(t))
	require.Zero(t, second.tally.deadLettered)
}

// lockTable makes every insert wait until the returned function is called.
func lockTable(t *testing.T, database, table string) (unlock func()) {
	t.Helper()
	db, err := sql.Open("postgres", database)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	tx, err := db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	_, err = tx.ExecContext(t.Context(), `LOCK TABLE `+table)
	require.NoError(t, err)
	return func() { require.NoError(t, tx.Rollback()) }
}
