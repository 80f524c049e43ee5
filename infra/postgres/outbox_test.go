package postgres_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// announcing opens each kind of store so that it announces.
var announcing = map[string]func(t *testing.T, config postgres.Config, write postgres.Write) *postgres.Batch{
	"single": func(t *testing.T, config postgres.Config, write postgres.Write) *postgres.Batch {
		t.Helper()
		store, err := postgres.Open(t.Context(), config, group, write, postgres.Announcing(acceptedTopic))
		require.NoError(t, err)
		return postgres.OneByOne(store)
	},
	"copied": func(t *testing.T, config postgres.Config, write postgres.Write) *postgres.Batch {
		t.Helper()
		return announcingBatch(t, config, write, false)
	},
	"staged": func(t *testing.T, config postgres.Config, write postgres.Write) *postgres.Batch {
		t.Helper()
		return announcingBatch(t, config, write, true)
	},
}

func announcingBatch(t *testing.T, config postgres.Config, write postgres.Write, staged bool) *postgres.Batch {
	t.Helper()
	store, err := postgres.OpenGrouped(t.Context(), config, group, write, postgres.Grouping{}, postgres.Announcing(acceptedTopic))
	require.NoError(t, err)
	return postgres.NewBatch(store, staged && write == postgres.InsertOnce)
}

func eachAnnouncing(t *testing.T, write postgres.Write, test func(t *testing.T, store *postgres.Batch, databaseURL string)) {
	t.Helper()
	for name, open := range announcing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			config, err := postgres.ParseURL(databaseURL)
			require.NoError(t, err)
			store := open(t, config, write)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			test(t, store, databaseURL)
		})
	}
}

// The law: what is announced is what has been inserted, once and in that order,
// whatever the batches were made of: duplicates, conflicts, orders that are refused.
func TestOutboxLaw(t *testing.T) {
	t.Parallel()
	eachAnnouncing(t, postgres.InsertOnce, func(t *testing.T, store *postgres.Batch, databaseURL string) {
		t.Helper()
		table, outbox := tableIn(t, databaseURL), openOutbox(t, databaseURL)
		to := newBroker()
		relay(t, outbox, to)
		orders := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) handlers.Order {
			order := variant(strconv.Itoa(rapid.IntRange(1, 60).Draw(t, "id")), rapid.Int64Range(1, 2).Draw(t, "variant"))
			if rapid.IntRange(1, 20).Draw(t, "is refused") == 1 {
				refused["a NUL in the user"](&order)
			}
			return order
		}), 0, 20)
		rapid.Check(t, func(rt *rapid.T) {
			table.execute(rt, `TRUNCATE orders`)
			before := len(to.announced(rt))
			for range rapid.IntRange(1, 3).Draw(rt, "batches") {
				store.SaveAll(t.Context(), orders.Draw(rt, "orders"))
			}
			drained(t, outbox)
			var rows []string
			for _, row := range table.rows(rt) {
				rows = append(rows, row.Order.ID)
			}
			require.Equal(rt, rows, append([]string(nil), to.announced(rt)[before:]...))
		})
	})
}

// Where each delivery is a row, each row is announced: under the same id.
func TestEachRowOfADeliveryIsAnnounced(t *testing.T) {
	t.Parallel()
	eachAnnouncing(t, postgres.Insert, func(t *testing.T, store *postgres.Batch, databaseURL string) {
		t.Helper()
		store.SaveAll(t.Context(), []handlers.Order{simpleOrder("1"), simpleOrder("2"), simpleOrder("1")})
		outbox, to := openOutbox(t, databaseURL), newBroker()
		relay(t, outbox, to)
		drained(t, outbox)
		require.Equal(t, []string{"1", "2", "1"}, to.announced(t))
	})
}

// What an event says is what the row holds.
func TestTheEventIsTheOrder(t *testing.T) {
	t.Parallel()
	eachAnnouncing(t, postgres.InsertOnce, func(t *testing.T, store *postgres.Batch, databaseURL string) {
		t.Helper()
		source := handlers.Source{Topic: "orders", Partition: 2, Offset: 17}
		_, err := store.Save(t.Context(), simpleOrder("1"), source)
		require.NoError(t, err)
		outbox, to := openOutbox(t, databaseURL), newBroker()
		relay(t, outbox, to)
		drained(t, outbox)
		require.Equal(t, handlers.Announce(group, simpleOrder("1"), source), to.events(t)[0])
		require.Equal(t, message.Metadata{handlers.KeyMetadata: "user-17"}, to.messages(acceptedTopic)[0].Metadata)
	})
}

// A batch is one statement, however many orders are in it and however large they are.
func TestABatchIsOneStatement(t *testing.T) {
	t.Parallel()
	for _, staged := range []bool{false, true} {
		t.Run(fmt.Sprint("staged=", staged), func(t *testing.T) {
			t.Parallel()
			databaseURL := servertest.Database(t)
			config, err := postgres.ParseURL(databaseURL)
			require.NoError(t, err)
			store := announcingBatch(t, config, postgres.InsertOnce, staged)
			t.Cleanup(func() { require.NoError(t, store.Close()) })
			table := tableIn(t, databaseURL)
			table.execute(t, `CREATE TABLE statements (rows bigint)`)
			table.execute(t, `CREATE FUNCTION count_statement() RETURNS trigger LANGUAGE plpgsql AS
				$$BEGIN INSERT INTO statements SELECT count(*) FROM written; RETURN NULL; END$$`)
			table.execute(t, `CREATE TRIGGER counting AFTER INSERT ON outbox REFERENCING NEW TABLE AS written
				FOR EACH STATEMENT EXECUTE FUNCTION count_statement()`)
			orders := make([]handlers.Order, 3000)
			for i := range orders {
				orders[i] = simpleOrder(strconv.Itoa(i))
			}
			for _, fate := range store.SaveAll(t.Context(), orders) {
				require.NoError(t, fate.Err)
			}
			// More than one row, or the test would not show much; far fewer than orders.
			statements := servertest.Query(t, databaseURL, `SELECT rows FROM `+store.Schema()+`.statements`)
			require.Len(t, statements, 1)
			rows, err := strconv.Atoi(statements[0])
			require.NoError(t, err)
			require.Greater(t, rows, 1)
			require.Less(t, rows, 30)
			events := servertest.Query(t, databaseURL, `SELECT sum(events) FROM `+store.Schema()+`.outbox`)
			require.Equal(t, []string{"3000"}, events)
		})
	}
}

// What cannot be written into the outbox is not accepted either, and its error says
// what is to be done about it: nothing about this order.
func TestNoOrderWithoutItsEvent(t *testing.T) {
	t.Parallel()
	eachAnnouncing(t, postgres.InsertOnce, func(t *testing.T, store *postgres.Batch, databaseURL string) {
		t.Helper()
		table := tableIn(t, databaseURL)
		table.execute(t, `ALTER TABLE outbox RENAME TO elsewhere`)
		for _, fate := range store.SaveAll(t.Context(), []handlers.Order{simpleOrder("1"), simpleOrder("2")}) {
			require.Equal(t, handlers.Outage, handlers.ClassOf(fate.Err), "%v", fate.Err)
		}
		require.Empty(t, table.rows(t))
	})
}

// Messages published into the outbox come out as they are, byte for byte, and are
// known as received if they were.
func TestPublishIntoTheOutbox(t *testing.T) {
	t.Parallel()
	databaseURL := servertest.Database(t)
	openStore(t, databaseURL)
	outbox, to := openOutbox(t, databaseURL), newBroker()
	letter := message.NewMessage("no uuid \xff", nil)
	letter.Metadata["header"] = "\xff\x00"
	source := handlers.Source{Topic: "orders", Partition: 1, Offset: 7, Timestamp: time.UnixMilli(1_700_000_000_000)}
	letter.SetContext(handlers.WithSource(context.Background(), source))
	require.NoError(t, outbox.Publish("orders.dlq", letter))
	require.NoError(t, outbox.Publish("orders.dlq", message.NewMessage("2", []byte("\x00"))))
	relay(t, outbox, to)
	drained(t, outbox)
	came := to.messages("orders.dlq")
	require.Len(t, came, 2)
	require.Equal(t, letter.UUID, came[0].UUID)
	require.Nil(t, came[0].Payload)
	require.Equal(t, letter.Metadata, came[0].Metadata)
	seen, _ := handlers.SourceOf(came[0].Context())
	require.Equal(t, source, seen)
	require.Equal(t, "\x00", string(came[1].Payload))
	_, received := handlers.SourceOf(came[1].Context())
	require.False(t, received)
}

// What migrate grants is enough to announce and to relay, and each right is needed.
func TestRightsOfTheOutbox(t *testing.T) {
	t.Parallel()
	owner, role, asRole := processorRole(t)
	store, err := postgres.Open(t.Context(), parsed(t, asRole), group, postgres.InsertOnce, postgres.Announcing(acceptedTopic))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, store.Close()) })
	for _, id := range []string{"1", "2"} {
		_, err = store.Save(t.Context(), simpleOrder(id), handlers.Source{})
		require.NoError(t, err)
	}
	outbox, to := openOutbox(t, asRole), newBroker()
	to.refuse = func(msg *message.Message) error {
		if msg.UUID == handlers.EventID(group, "1") {
			return errTooLarge
		}
		return nil
	}
	stop := relay(t, outbox, to)
	drained(t, outbox)
	stop()
	require.Equal(t, []string{"2"}, to.announced(t))
	for table, rights := range map[string][]string{
		"outbox": {"SELECT", "INSERT", "UPDATE", "DELETE"}, "outbox_offsets": {"SELECT", "INSERT", "UPDATE"}, "outbox_refused": {"SELECT", "INSERT"},
	} {
		for _, right := range rights {
			servertest.Execute(t, owner, `REVOKE `+right+` ON order_processor.`+table+` FROM `+role)
			_, err := postgres.OpenOutbox(t.Context(), parsed(t, asRole), group)
			require.ErrorContains(t, err, `lacks the right `+right+` on order_processor.`+table)
			require.ErrorContains(t, err, `go run ./app migrate --handler persist --group-id order-processor --grant-to `+role)
			servertest.Execute(t, owner, `GRANT `+right+` ON order_processor.`+table+` TO `+role)
		}
	}
}
