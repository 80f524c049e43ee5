package verify_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
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
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// world is a topic, a ledger, and a group with tables and dead letters, all
// written by the test. User un is in partition n.
type world struct {
	t           *testing.T
	topic       string
	deadLetters string
	group       string
	database    string
	config      postgres.Config
	path        string
	book        *ledger.Writer
	store       *postgres.Store
	db          *sql.DB
	kafka       *kgo.Client
}

const partitions = 2

func newWorld(t *testing.T, write postgres.Write) *world {
	t.Helper()
	w := &world{t: t, group: servertest.Name("group"), database: servertest.Database(t)}
	var err error
	w.config, err = postgres.ParseURL(w.database)
	require.NoError(t, err)
	w.store, err = postgres.Open(t.Context(), w.config, w.group, write)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.store.Close()) })
	w.db, err = sql.Open("postgres", w.database)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.db.Close()) })
	w.kafka = servertest.Client(t, kgo.RecordPartitioner(kgo.ManualPartitioner()))
	w.newRun(servertest.Topic(t, partitions))
	return w
}

// newRun begins a ledger. The topic may be one of another run.
func (w *world) newRun(topic string) {
	w.t.Helper()
	if w.topic != topic {
		w.topic, w.deadLetters = topic, topic+".dlq"
		servertest.CreateTopic(w.t, w.deadLetters, partitions, nil)
	}
	var err error
	w.path = filepath.Join(w.t.TempDir(), "ledger.jsonl")
	w.book, err = ledger.Create(w.path, ledger.Header{Topic: topic, StartedAt: time.Now()})
	require.NoError(w.t, err)
	book := w.book
	w.t.Cleanup(func() { require.NoError(w.t, book.Close()) })
}

// sent is an order as it was sent.
type sent struct {
	order  handlers.Order // of a valid one
	id     string
	record *kgo.Record
	n      int64
}

func (s sent) source() handlers.Source {
	return handlers.Source{Topic: s.record.Topic, Partition: s.record.Partition, Offset: s.record.Offset}
}

func newOrder(user, id string, amount int64) handlers.Order {
	return handlers.Order{
		ID: id, UserID: user, Currency: "EUR", Amount: amount,
		Items:     []handlers.Item{{SKU: "s", Name: "n", Quantity: 1, UnitPrice: amount}},
		CreatedAt: time.Date(2026, 11, 23, 15, 4, 5, 123_456_789, time.UTC),
	}
}

// valid sends an order of 100 cents.
func (w *world) valid(user, id string) sent {
	w.t.Helper()
	return w.send(w.prepare(newOrder(user, id, 100)))
}

// invalid sends a record of user u1 that is no order, with the value x.
func (w *world) invalid() sent {
	w.t.Helper()
	return w.send(w.begin(sent{record: w.record("u1", []byte("x"))}))
}

// prepare writes the line before the send.
func (w *world) prepare(order handlers.Order) sent {
	w.t.Helper()
	return w.begin(sent{order: order, id: order.ID, record: w.record(order.UserID, orderstest.Encode(order))})
}

func (w *world) record(user string, value []byte) *kgo.Record {
	w.t.Helper()
	partition, err := strconv.Atoi(user[1:])
	require.NoError(w.t, err)
	return &kgo.Record{Topic: w.topic, Partition: int32(partition % partitions), Key: []byte(user), Value: value}
}

func (w *world) begin(s sent) sent {
	w.t.Helper()
	version := handlers.Version1
	for _, header := range s.record.Headers {
		if header.Key == handlers.SchemaVersionHeader {
			version = handlers.SchemaVersion(header.Value)
		}
	}
	_, refusal := handlers.CheckVersion(version, s.record.Key, s.record.Value)
	var err error
	s.n, err = w.book.Sending(ledger.Order{ID: s.id, Key: s.record.Key, Value: s.record.Value, Refusal: refusal})
	require.NoError(w.t, err)
	return s
}

// send publishes and writes the line after the send.
func (w *world) send(s sent) sent {
	w.t.Helper()
	w.publish(s.record)
	require.NoError(w.t, w.book.Settle(ledger.SentTo(s.n, s.record.Partition, s.record.Offset)))
	return s
}

func (w *world) publish(record *kgo.Record) {
	w.t.Helper()
	require.NoError(w.t, w.kafka.ProduceSync(w.t.Context(), record).FirstErr())
}

// save writes a row as the processor does.
func (w *world) save(orders ...sent) {
	w.t.Helper()
	for _, s := range orders {
		_, err := w.store.Save(w.t.Context(), s.order, s.source())
		require.NoError(w.t, err)
	}
}

// execute runs SQL; %s in it is the table.
func (w *world) execute(statement string) {
	w.t.Helper()
	_, err := w.db.Exec(fmt.Sprintf(statement, w.store.Table()))
	require.NoError(w.t, err)
}

// letter makes the dead letter of a record, which publish sends.
func (w *world) letter(s sent, class handlers.Class) *kgo.Record {
	return &kgo.Record{
		Topic: w.deadLetters, Partition: s.record.Partition, Key: s.record.Key, Value: s.record.Value,
		Headers: []kgo.RecordHeader{
			{Key: "dlq_group", Value: []byte("another, of a redrive")},
			{Key: "reason_poisoned", Value: []byte("the reason")},
			{Key: "topic_poisoned", Value: []byte(w.topic)},
			{Key: "dlq_original_partition", Value: strconv.AppendInt(nil, int64(s.record.Partition), 10)},
			{Key: "dlq_original_offset", Value: strconv.AppendInt(nil, s.record.Offset, 10)},
			{Key: "dlq_group", Value: []byte(w.group)},
			{Key: "dlq_error_class", Value: []byte(class)},
		},
	}
}

func (w *world) deadLetter(s sent, class handlers.Class) {
	w.t.Helper()
	w.publish(w.letter(s, class))
}

// commit says that the group has handled all of the topic.
func (w *world) commit() {
	w.t.Helper()
	admin := kadm.NewClient(w.kafka)
	ends, err := admin.ListEndOffsets(w.t.Context(), w.topic)
	require.NoError(w.t, err)
	require.NoError(w.t, admin.CommitAllOffsets(w.t.Context(), w.group, ends.Offsets()))
}

func (w *world) input() verify.Input {
	return verify.Input{
		Ledger: w.path, Kafka: kafka.Config{Brokers: servertest.Kafka(w.t)}, DeadLetters: w.deadLetters,
		Database: w.config, Group: w.group,
	}
}

// verify commits and returns the report.
func (w *world) verify() *verify.Report {
	w.t.Helper()
	w.commit()
	report, err := verify.Run(w.t.Context(), w.input())
	require.NoError(w.t, err)
	return report
}

// listed are the findings as kind and place.
func listed(r *verify.Report) []string {
	found := []string{}
	for _, f := range r.Findings {
		found = append(found, fmt.Sprintf("%s %s %d/%d", f.Kind, f.OrderID, f.Partition, f.Offset))
	}
	return found
}
