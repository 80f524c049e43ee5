package verify_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/ledger"
	"orderflow/handlers"
	"orderflow/infra/postgres"
)

// Each scenario is a world with one thing wrong, or one that looks so. The orders
// of user u1 are in partition 1 from offset 0 on.
func TestScenarios(t *testing.T) {
	t.Parallel()
	const once, each = postgres.InsertOnce, postgres.Insert
	for name, test := range map[string]struct {
		write  postgres.Write
		happen func(w *world)
		want   []string
	}{
		"clean": {once, func(w *world) {
			w.save(w.valid("u1", "a"), w.valid("u1", "b"), w.valid("u0", "c"))
			w.deadLetter(w.invalid(), handlers.Decode)
		}, nil},
		"clean, a row for each delivery": {each, func(w *world) {
			w.save(w.valid("u1", "a"), w.valid("u1", "b"), w.valid("u0", "c"))
		}, nil},
		"lost": {once, func(w *world) {
			a, _, c := w.valid("u1", "a"), w.valid("u1", "b"), w.valid("u1", "c")
			w.save(a, c)
		}, []string{"lost b 1/1"}},
		"duplicated": {each, func(w *world) {
			a, b := w.valid("u1", "a"), w.valid("u1", "b")
			w.save(a, b, a, b)
		}, []string{"duplicated a 1/0", "duplicated b 1/1"}},
		"phantom beyond the end": {once, func(w *world) {
			a := w.valid("u1", "a")
			w.save(a)
			a.record.Offset, a.order.ID = 7, "b"
			w.save(a)
		}, []string{"phantom b 1/7"}},
		"phantom in the place of an order": {each, func(w *world) {
			a := w.valid("u1", "a")
			w.save(a)
			a.order.ID = "b"
			w.save(a)
		}, []string{"phantom b 1/0"}},
		"phantom of an invalid order": {each, func(w *world) {
			x := w.invalid()
			w.deadLetter(x, handlers.Decode)
			x.order = newOrder("u1", "a", 100)
			w.save(x)
		}, []string{"phantom a 1/0"}},
		"phantom of no partition": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET kafka_partition = -1, kafka_offset = -1`)
			w.save(w.valid("u1", "b"))
		}, []string{"phantom a -1/-1"}},
		"changed amount": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET amount = amount + 1`)
		}, []string{"changed a 1/0"}},
		"changed user": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET user_id = 'u2'`)
		}, []string{"changed a 1/0"}},
		"changed by a nanosecond": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET created_at_ns = created_at_ns + 1`)
		}, []string{"changed a 1/0"}},
		"changed to no time": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET created_at = 'infinity'`)
		}, []string{"changed a 1/0"}},
		"changed name": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET items = jsonb_set(items, '{0,name}', '"m"')`)
		}, []string{"changed a 1/0"}},
		"changed to no items": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.execute(`UPDATE %s SET items = '{}'`)
		}, []string{"changed a 1/0"}},
		"out of order": {once, func(w *world) {
			a, b, c, other := w.valid("u1", "a"), w.valid("u1", "b"), w.valid("u1", "c"), w.valid("u3", "d")
			w.save(other, b, a, c)
		}, []string{"out_of_order a 1/0"}},
		"delivered again is not out of order": {each, func(w *world) {
			a, b := w.valid("u1", "a"), w.valid("u1", "b")
			w.save(a, b, a)
		}, []string{"duplicated a 1/0"}},
		"invalid without dead letter": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.invalid()
		}, []string{"invalid_not_dead_lettered  1/1"}},
		"tombstone": {once, func(w *world) {
			x := w.invalid()
			w.deadLetter(x, handlers.Decode)
			tombstone := w.send(w.begin(sent{record: &kgo.Record{Topic: w.topic, Partition: 1}}))
			w.deadLetter(tombstone, handlers.Decode)
		}, nil},
		"a dead letter twice counts once": {once, func(w *world) {
			x := w.invalid()
			w.deadLetter(x, handlers.Decode)
			w.deadLetter(x, handlers.Decode)
		}, nil},
		"valid dead-lettered": {once, func(w *world) {
			w.deadLetter(w.valid("u1", "a"), handlers.Outage)
		}, []string{"valid_dead_lettered a 1/0"}},
		"valid dead-lettered and persisted": {once, func(w *world) {
			a := w.valid("u1", "a")
			w.save(a)
			w.deadLetter(a, handlers.Conflict)
		}, []string{"valid_dead_lettered a 1/0"}},
		"dead letter with another value": {once, func(w *world) {
			letter := w.letter(w.invalid(), handlers.Decode)
			letter.Value = []byte{}
			w.publish(letter)
		}, []string{"changed  1/0"}},
		"dead letter without the key": {once, func(w *world) {
			letter := w.letter(w.invalid(), handlers.Decode)
			letter.Key = nil
			w.publish(letter)
		}, []string{"changed  1/0"}},
		"dead letter of another group": {once, func(w *world) {
			letter := w.letter(w.invalid(), handlers.Decode)
			letter.Headers = append(letter.Headers, kgo.RecordHeader{Key: "dlq_group", Value: []byte("another")})
			w.publish(letter)
		}, []string{"invalid_not_dead_lettered  1/0"}},
		"dead letter of another topic": {once, func(w *world) {
			letter := w.letter(w.invalid(), handlers.Decode)
			letter.Headers = append(letter.Headers, kgo.RecordHeader{Key: "topic_poisoned", Value: []byte("another")})
			w.publish(letter)
		}, []string{"invalid_not_dead_lettered  1/0"}},
		"dead letter of nothing": {once, func(w *world) {
			x := w.invalid()
			w.deadLetter(x, handlers.Decode)
			x.record.Offset = 3
			w.deadLetter(x, handlers.Decode)
		}, []string{"phantom  1/3"}},
		"dead letter that does not say of what": {once, func(w *world) {
			x := w.invalid()
			w.deadLetter(x, handlers.Decode)
			letter := w.letter(x, handlers.Decode)
			letter.Headers = append(letter.Headers, kgo.RecordHeader{Key: "dlq_original_offset", Value: []byte("?")})
			w.publish(letter)
		}, []string{"phantom  -1/-1"}},
		"the same order again": {once, func(w *world) {
			w.save(w.valid("u1", "a"), w.valid("u1", "a"))
		}, nil},
		"the same order again, the second written": {once, func(w *world) {
			w.valid("u1", "a")
			w.save(w.valid("u1", "a"))
		}, nil},
		"the same order again, a row for each delivery": {each, func(w *world) {
			w.valid("u1", "a")
			w.save(w.valid("u1", "a"))
		}, []string{"lost a 1/0"}},
		"conflict": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.deadLetter(w.send(w.prepare(newOrder("u1", "a", 200))), handlers.Conflict)
		}, nil},
		"conflict without dead letter": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			w.send(w.prepare(newOrder("u1", "a", 200)))
		}, []string{"lost a 1/1"}},
		"conflict with nothing": {once, func(w *world) {
			w.deadLetter(w.valid("u1", "a"), handlers.Conflict)
		}, []string{"valid_dead_lettered a 1/0"}},
		"unknown and in the topic": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			b, c := w.prepare(newOrder("u1", "b", 100)), w.prepare(newOrder("u1", "c", 100))
			w.publish(b.record)
			w.publish(c.record)
			w.save(b)
		}, []string{"lost c 1/2"}},
		"failed and in the topic": {once, func(w *world) {
			w.save(w.valid("u1", "a"))
			b := w.prepare(newOrder("u1", "b", 100))
			w.publish(b.record)
			require.NoError(w.t, w.book.Settle(ledger.FailedBy(b.n, errors.New("no acknowledgement"))))
		}, []string{"lost b 1/1"}},
		"sent to an unknown place": {once, func(w *world) {
			a := w.prepare(newOrder("u1", "a", 100))
			w.publish(a.record)
			require.NoError(w.t, w.book.Settle(ledger.SentTo(a.n, -1, -1)))
		}, []string{"lost a 1/0"}},
		"all at once": {each, func(w *world) {
			a, b, c, d := w.valid("u1", "a"), w.valid("u1", "b"), w.valid("u1", "c"), w.valid("u1", "d")
			w.save(c, b, a)
			w.execute(`UPDATE %s SET currency = 'USD' WHERE order_id = 'c'`)
			w.save(b)
			a.order.ID = "p"
			w.save(a)
			w.invalid()
			w.deadLetter(w.valid("u1", "e"), handlers.Outage)
			_ = d
		}, []string{
			"lost d 1/3", "duplicated b 1/1", "phantom p 1/0", "changed c 1/2", "out_of_order a 1/0",
			"invalid_not_dead_lettered  1/4", "valid_dead_lettered e 1/5",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.write)
			test.happen(w)
			report := w.verify()
			require.ElementsMatch(t, test.want, listed(report))
			require.Empty(t, report.Notes)
			require.Equal(t, report.Orders, report.Valid+report.Invalid+report.Unknown)
		})
	}
}
