package verify_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/ledger"
	"orderflow/app/verify"
	"orderflow/handlers"
	"orderflow/handlers/orderstest"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// The generator is killed while it writes that order 2 has been sent.
func TestACutLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	a := w.valid("u1", "a")
	whole, err := os.Stat(w.path)
	require.NoError(t, err)
	b := w.prepare(newOrder("u1", "b", 100))
	sending, err := os.Stat(w.path)
	require.NoError(t, err)
	w.save(a, w.send(b))

	require.NoError(t, os.Truncate(w.path, sending.Size()+10))
	report := w.verify()
	require.Empty(t, listed(report))
	require.EqualValues(t, 5, report.CutLine)
	require.EqualValues(t, 2, report.Valid, "the order is in the topic")
	require.Equal(t, []string{"line 5 of the ledger is cut: the generator was killed while it wrote it; the line is left out"}, report.Notes)

	require.NoError(t, os.Truncate(w.path, whole.Size()+10))
	report = w.verify()
	require.EqualValues(t, 4, report.CutLine)
	require.EqualValues(t, 1, report.Orders)
	require.EqualValues(t, 1, report.OtherRecords)
	require.EqualValues(t, 1, report.OtherRows)
	require.Empty(t, listed(report))
}

func TestAnOrderThatNeverCameToTheTopicIsUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.save(w.valid("u1", "a"))
	w.prepare(newOrder("u1", "b", 100))
	report := w.verify()
	require.Empty(t, listed(report))
	require.EqualValues(t, 2, report.Orders)
	require.EqualValues(t, 1, report.Valid)
	require.EqualValues(t, 1, report.Unknown)
}

// The same file is sent by two runs to one topic; the second is killed. What the
// first sent must not pass for the order that the second has not sent.
func TestOrdersOfAnEarlierRunAreNotTakenForThisOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.Insert)
	order := w.prepare(newOrder("u1", "a", 100))
	order.record.Timestamp = time.Now().Add(-time.Hour)
	w.save(w.send(order))
	w.newRun(w.topic)
	w.prepare(newOrder("u1", "a", 100))
	report := w.verify()
	require.EqualValues(t, 1, report.Unknown)
	require.EqualValues(t, 1, report.OtherRows)
}

func TestASharedTopic(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.save(w.valid("u1", "a"), w.valid("u0", "b"))
	w.valid("u1", "lost, by the other run's account")
	w.deadLetter(w.invalid(), handlers.Decode)
	w.newRun(w.topic)
	w.save(w.valid("u1", "c"), w.valid("u1", "a")) // a again, which is not written
	report := w.verify()
	require.Empty(t, listed(report))
	require.EqualValues(t, 2, report.Orders)
	require.EqualValues(t, 1, report.Persisted)
	require.EqualValues(t, 1, report.Repeated)
	require.EqualValues(t, 4, report.OtherRecords)
	require.EqualValues(t, 2, report.OtherRows)
	require.Zero(t, report.DeadLettered)
	require.Equal(t, []string{"other runs used topic " + w.topic +
		", too: 4 of its records and 2 rows of the group are not of this ledger and not judged"}, report.Notes)
}

func TestExpiredRecords(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.Insert)
	a, x, b, c := w.valid("u1", "a"), w.invalid(), w.valid("u1", "b"), w.valid("u1", "c")
	w.save(a, c, a)
	phantom := b
	phantom.order.ID = "p"
	w.save(phantom)
	w.deadLetter(x, handlers.Decode)
	expired := kadm.Offsets{}
	expired.Add(kadm.Offset{Topic: w.topic, Partition: 1, At: 3})
	_, err := kadm.NewClient(w.kafka).DeleteRecords(t.Context(), expired)
	require.NoError(t, err)

	report := w.verify()
	require.Equal(t, []string{"lost b 1/2", "duplicated a 1/0", "phantom p 1/2"}, listed(report))
	require.EqualValues(t, 3, report.Expired)
	require.Contains(t, report.Notes[0], "3 orders are no longer in topic "+w.topic)
}

func TestAGroupThatHasNotComeToTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.save(w.valid("u1", "a"))
	w.valid("u1", "b")
	w.commit()
	w.valid("u1", "c")
	w.invalid()
	report, err := verify.Run(t.Context(), w.input())
	require.NoError(t, err)
	require.EqualValues(t, 2, report.Lost)
	require.EqualValues(t, 2, report.Behind)
	require.Contains(t, report.Notes[0], "has not come to 2 of the missing orders")
}

func TestNoTopicOfDeadLetters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.invalid()
	w.deadLetters = "no-such-topic"
	report := w.verify()
	require.EqualValues(t, 1, report.InvalidNotDeadLettered)
	require.Equal(t, []string{"there is no topic no-such-topic, so there are no dead letters: check --dlq-topic if there should be"}, report.Notes)
}

// The group's own topic of dead letters is found by the name of the orders'.
func TestTheTopicOfDeadLettersByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.deadLetter(w.invalid(), handlers.Decode)
	in := w.input()
	in.DeadLetters = ""
	report, err := verify.Run(t.Context(), in)
	require.NoError(t, err)
	require.EqualValues(t, 1, report.DeadLettered)
}

func TestMoreFindingsThanAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	a := w.valid("u1", "a")
	w.save(a)
	w.execute(`INSERT INTO %[1]s (order_id, user_id, currency, amount, items, created_at, created_at_ns, kafka_partition, kafka_offset)
		SELECT 'p' || n, user_id, currency, amount, items, created_at, created_at_ns, 1, 10 + n FROM %[1]s, generate_series(1, 1005) n`)
	report := w.verify()
	require.EqualValues(t, 1005, report.Phantom)
	require.Len(t, report.Findings, 1000)
}

// A topic of the same name, created anew, that holds other records.
func TestALedgerOfAnotherRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.valid("u1", "a")
	w.valid("u1", "b")
	old := w.path
	w.newRun(servertest.Topic(t, partitions))
	renamed := filepath.Join(t.TempDir(), "ledger.jsonl")
	rename(t, old, renamed, w.topic)

	w.valid("u1", "c")
	_, err := verify.Run(t.Context(), verify.Input{Ledger: renamed, Kafka: w.input().Kafka, Database: w.config, Group: w.group})
	require.ErrorContains(t, err, "the ledger "+renamed+" is of another run: it has an order in partition 1 at offset 1 of topic")

	w.valid("u1", "d")
	_, err = verify.Run(t.Context(), verify.Input{Ledger: renamed, Kafka: w.input().Kafka, Database: w.config, Group: w.group})
	require.ErrorContains(t, err, "is of another run: topic \""+w.topic+"\" holds other records in all 2 places")
}

// Kafka has lost an order that it acknowledged and put another in its place.
func TestAnOrderThatKafkaLost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	a := w.valid("u1", "a")
	b := w.prepare(newOrder("u1", "b", 100))
	other := newOrder("u1", "other", 100)
	c := w.prepare(other)
	w.publish(c.record)
	require.NoError(t, w.book.Settle(ledger.SentTo(b.n, c.record.Partition, c.record.Offset)))
	w.save(a, c)
	report := w.verify()
	require.Equal(t, []string{"lost b 1/1"}, listed(report))
	require.Contains(t, report.Findings[0].Detail, "another record is in its place")
}

// rename writes a copy of a ledger whose orders went to another topic.
func rename(t *testing.T, from, to, topic string) {
	t.Helper()
	reader, err := ledger.Open(from)
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	text, err := os.ReadFile(from)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(to, []byte(strings.Replace(string(text), reader.Header().Topic, topic, 1)), 0o600))
}

func TestWhatDoesNotBelongTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	w.save(w.valid("u1", "a"))

	in := w.input()
	in.Ledger = filepath.Join(t.TempDir(), "missing")
	_, err := verify.Run(t.Context(), in)
	require.ErrorIs(t, err, os.ErrNotExist)

	in = w.input()
	in.Group = "never-ran"
	_, err = verify.Run(t.Context(), in)
	require.ErrorContains(t, err, `no processor of consumer group "never-ran"`)

	in = w.input()
	in.Ledger = filepath.Join(t.TempDir(), "ledger.jsonl")
	rename(t, w.path, in.Ledger, "gone")
	_, err = verify.Run(t.Context(), in)
	require.ErrorContains(t, err, `is of another run: its orders went to topic "gone", which is not there`)

	handles := func(handler string) { // the comment is for the table that execute knows
		w.execute(`UPDATE ` + w.store.Schema() + `.consumer_group SET handler = '` + handler + `' -- %s`)
	}
	handles("analytics")
	_, err = verify.Run(t.Context(), w.input())
	require.ErrorContains(t, err, "counts its orders (--handler analytics) and keeps no rows to verify")
	handles("persist")

	// The group has rows, all of another topic.
	w.newRun(servertest.Topic(t, partitions))
	w.valid("u1", "b")
	_, err = verify.Run(t.Context(), w.input())
	require.ErrorContains(t, err, "do not belong together: none of the 1 rows there is of an order in topic \""+w.topic+"\"")
}

// An order of version 2 is read by its own rules, and its channel is a part of it.
func TestAChannelThatIsNotWrittenIsAChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	send := func(id, channel string, written bool) {
		order := newOrder("u1", id, 100)
		order.Channel = channel
		record := w.record(order.UserID, orderstest.Encode(order))
		record.Headers = []kgo.RecordHeader{{Key: handlers.SchemaVersionHeader, Value: []byte("2")}}
		if !written {
			order.Channel = ""
		}
		w.save(w.send(w.begin(sent{order: order, id: id, record: record})))
	}
	send("kept", "web", true)
	require.Empty(t, listed(w.verify()))
	send("dropped", "app", false)
	require.Equal(t, []string{"changed dropped 1/1"}, listed(w.verify()))
}

func TestADamagedLedger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	a := w.valid("u1", "a")
	require.NoError(t, w.book.Settle(ledger.SentTo(99, 0, 0)))
	_, err := verify.Run(t.Context(), w.input())
	require.ErrorContains(t, err, "is damaged: it says what became of order 99")

	w.newRun(w.topic)
	for range 2 {
		b := w.prepare(newOrder("u1", "b", 100))
		require.NoError(t, w.book.Settle(ledger.SentTo(b.n, 1, a.record.Offset)))
	}
	_, err = verify.Run(t.Context(), w.input())
	require.ErrorContains(t, err, "is damaged: it has two orders in partition 1 at offset 0")
}

func TestAnEmptyRun(t *testing.T) {
	t.Parallel()
	w := newWorld(t, postgres.InsertOnce)
	report := w.verify()
	require.Zero(t, report.Orders)
	require.Empty(t, report.Findings)
}
