package contestant_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/app/bench/contestant"
	"orderflow/handlers"
	"orderflow/handlers/orderstest"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// The opponents are honest: what they write is what orderflow would.
func TestContestantsWriteWhatWasSent(t *testing.T) {
	t.Parallel()
	for name, own := range map[string]struct {
		run   func(context.Context, contestant.Job) error
		write postgres.Write
	}{
		"hand-written":            {contestant.HandWritten, postgres.Insert},
		"hand-written-unique-key": {contestant.HandWritten, postgres.InsertOnce},
		"plain-watermill": {func(ctx context.Context, job contestant.Job) error {
			return contestant.PlainWatermill(ctx, job, watermill.NopLogger{})
		}, postgres.Insert},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			job := contestant.Job{
				Kafka: kafka.Config{Brokers: servertest.Kafka(t)}, DatabaseURL: servertest.Database(t),
				Topic: servertest.Topic(t, 3), Group: "bench-test-" + name + "-" + servertest.Name("g"), Write: own.write,
			}
			sent := send(t, job.Topic, 300)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- own.run(ctx, job) }()
			awaitCommitted(t, job, int64(len(sent)), ended)
			stop()
			require.NoError(t, <-ended)
			require.Equal(t, sent, rows(t, job))
		})
	}
}

// send writes orders with all that JSON and COPY have escapes for.
func send(t *testing.T, topic string, orders int) map[string]handlers.Order {
	t.Helper()
	sent := map[string]handlers.Order{}
	var records []*kgo.Record
	for n := range orders {
		order := orderstest.ValidOrder().Example(n)
		order.ID = fmt.Sprintf(`%d \N "\t"`, n)
		order.Items[0].Name = "tab\t newline\n return\r backslash\\ quote\""
		sent[order.ID] = order
		records = append(records, &kgo.Record{
			Topic: topic, Partition: int32(n % 3), Key: []byte(order.UserID), Value: orderstest.Encode(order),
		})
	}
	servertest.Produce(t, topic, records...)
	return sent
}

func awaitCommitted(t *testing.T, job contestant.Job, orders int64, ended <-chan error) {
	t.Helper()
	admin, err := kafka.NewAdmin(t.Context(), job.Kafka)
	require.NoError(t, err)
	defer admin.Close()
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for {
		committed, err := admin.CommittedOffsets(t.Context(), job.Group, job.Topic)
		require.NoError(t, err)
		if committed.Sum() == orders {
			return
		}
		select {
		case <-look.C:
		case err := <-ended:
			t.Fatalf("it ended with %d of %d orders: %v", committed.Sum(), orders, err)
		case <-t.Context().Done():
			t.Fatal("the test has no more time")
		}
	}
}

func rows(t *testing.T, job contestant.Job) map[string]handlers.Order {
	t.Helper()
	config, err := postgres.ParseURL(job.DatabaseURL)
	require.NoError(t, err)
	snapshot, err := postgres.OpenSnapshot(t.Context(), config, job.Group)
	require.NoError(t, err)
	defer snapshot.Close()
	found := map[string]handlers.Order{}
	require.NoError(t, snapshot.Rows(t.Context(), job.Write, func(row *postgres.Row) error {
		require.NotContains(t, found, row.Order.ID)
		order := row.Order
		order.Items = slices.Clone(order.Items)
		found[order.ID] = order
		return nil
	}))
	return found
}

func TestAContestantStopsAtTheFirstError(t *testing.T) {
	t.Parallel()
	job := contestant.Job{
		Kafka: kafka.Config{Brokers: servertest.Kafka(t)}, DatabaseURL: servertest.Database(t), Topic: servertest.Topic(t, 1), Group: servertest.Name("g"), Write: postgres.Insert,
	}
	servertest.Produce(t, job.Topic, &kgo.Record{Value: []byte(`{"order_id":`)})
	require.ErrorContains(t, contestant.HandWritten(t.Context(), job), "decode the order at "+job.Topic+"/0/0")
}
