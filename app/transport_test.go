package main

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/middleware"
)

// withoutKafka are the transports that need no brokers.
func withoutKafka(t *testing.T, database string) map[string]transport {
	t.Helper()
	config, err := postgres.ParseURL(database)
	require.NoError(t, err)
	quiet := slog.New(slog.DiscardHandler)
	return map[string]transport{"postgres": &postgresTransport{config, quiet}, "memory": newMemoryTransport(quiet)}
}

// follow subscribes to a topic, for the test to read it.
func follow(t *testing.T, carrier transport, topic string) <-chan *message.Message {
	t.Helper()
	subscriber, _, err := carrier.newSubscriber(t.Context(), topic, kafka.SubscriberConfig{
		Group: "test", SessionTimeout: time.Minute, NackDelay: time.Second,
		Logger: slog.New(slog.DiscardHandler), Watermill: watermill.NopLogger{},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	messages, err := subscriber.Subscribe(t.Context(), topic)
	require.NoError(t, err)
	return messages
}

func publisherOn(t *testing.T, carrier transport) message.Publisher {
	t.Helper()
	publisher, err := carrier.newPublisher(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, publisher.Close()) })
	return publisher
}

// messageOf is a record as another program would publish it.
func messageOf(record *kgo.Record) *message.Message {
	msg := message.NewMessage(watermill.NewUUID(), record.Value)
	for _, header := range record.Headers {
		msg.Metadata[header.Key] = string(header.Value)
	}
	delete(msg.Metadata, handlers.KeyMetadata) // a header of Kafka's; here it would be the key
	if record.Key != nil {
		msg.Metadata[handlers.KeyMetadata] = string(record.Key)
	}
	return msg
}

// The law of the pipeline on the other transports: a valid order is in the table as
// it was sent, an invalid message is in the dead-letter topic as it was sent, with
// all that is known of it, each once.
func TestEveryMessageSurvivesUnchangedWithoutKafka(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"postgres", "memory"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flags, database := world(t)
			carrier := withoutKafka(t, database)[name]
			processor := startOn(t, carrier, flags, database, &logBuffer{})
			<-processor.router.Running()
			letters, publisher := follow(t, carrier, flags.deadLetterTopic()), publisherOn(t, carrier)
			sent := int64(0)
			rapid.Check(t, func(rt *rapid.T) {
				drawn := rapid.SliceOfN(drawnRecord(flags.Topic), 1, 10).Draw(rt, "records")
				survives(t, rt, processor, letters, publisher, drawn)
				sent += int64(len(drawn))
			})
			processor.end(t)
			require.Equal(t, sent, processor.finishedSoFar())
		})
	}
}

// survives publishes and looks for what became of it.
func survives(t *testing.T, rt *rapid.T, processor *running, letters <-chan *message.Message, publisher message.Publisher, sent []drawn) {
	t.Helper()
	messages, receipts := make([]*message.Message, len(sent)), make([]*handlers.Receipt, len(sent))
	for i, d := range sent {
		messages[i] = messageOf(d.record)
		receipts[i] = handlers.WithReceipt(messages[i])
	}
	var publishing errgroup.Group
	publishing.Go(func() error { return publisher.Publish(processor.flags.Topic, messages...) })
	for i, d := range sent {
		if d.order != nil {
			continue
		}
		letter := <-letters
		require.Equal(rt, messages[i].Payload, letter.Payload)
		require.Equal(rt, handlers.KeyOf(messages[i]), handlers.KeyOf(letter))
		for name, value := range messages[i].Metadata {
			if name != middleware.AttemptsKey { // the layers' own
				require.Equal(rt, value, letter.Metadata[name], name)
			}
		}
		require.Equal(rt, "0", letter.Metadata[middleware.OriginalPartitionKey])
		require.NotEmpty(rt, letter.Metadata[middleware.OriginalTimestampKey])
		require.NotEmpty(rt, letter.Metadata["reason_poisoned"])
		require.True(rt, letter.Ack())
		defer func() {
			require.Equal(rt, fmt.Sprint(receipts[i].Offset), letter.Metadata[middleware.OriginalOffsetKey])
		}()
	}
	require.NoError(rt, publishing.Wait())
	processor.await(t, func() bool { return processor.tally.handling.Load() == 0 })
	for i, d := range sent {
		if d.order == nil {
			continue
		}
		at := &kgo.Record{Partition: receipts[i].Partition, Offset: receipts[i].Offset}
		processor.await(t, func() bool { return processor.stores(t, at) })
		require.Equal(rt, *d.order, stored(t, processor.database, processor.store.Schema(), at))
	}
}

// stores reports whether a record has its row.
func (r *running) stores(t *testing.T, record *kgo.Record) bool {
	t.Helper()
	return len(servertest.Query(t, r.database, `SELECT '' FROM `+r.store.Table()+
		` WHERE kafka_partition = $1 AND kafka_offset = $2`, record.Partition, record.Offset)) == 1
}

// await waits until something holds, which it may with each order that is finished.
func (r *running) await(t *testing.T, holds func() bool) {
	t.Helper()
	for !holds() {
		select {
		case <-r.tally.finished:
		case <-time.After(time.Millisecond): // the last one may have been finished before it held
		case err := <-r.ended:
			r.ended <- err
			require.FailNow(t, "the processor ended", "%v", err)
		}
	}
}

// On the database alone: members of a group share, it resumes where it was, and
// another group reads everything.
func TestGroupsOnTheDatabaseAlone(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	carrier := withoutKafka(t, database)["postgres"]
	first, second := startOn(t, carrier, flags, database, &logBuffer{}), startOn(t, carrier, flags, database, &logBuffer{})
	publisher := publisherOn(t, carrier)
	publish := func(from, to int) {
		for _, record := range validRecords(from, to) {
			require.NoError(t, publisher.Publish(flags.Topic, messageOf(record)))
		}
	}
	publish(0, 300)
	require.NoError(t, carrier.drained(t.Context(), flags.Group, flags.Topic))
	require.EqualValues(t, 300, first.finishedSoFar()+second.finishedSoFar())
	first.end(t)
	second.end(t)
	publish(300, 310)

	resumed := startOn(t, carrier, flags, database, &logBuffer{})
	resumed.finish(t, 10)
	require.Equal(t, "310", resumed.rows(t))
	resumed.end(t)
	flags.Group = servertest.Name("another")
	another := startOn(t, carrier, flags, database, &logBuffer{})
	another.finish(t, 310)
	require.Equal(t, "310", another.rows(t))
	another.end(t)
}

func TestWaitingForTheGroupEnds(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	carrier := withoutKafka(t, database)["postgres"]
	require.NoError(t, carrier.prepare(t.Context(), flags))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, carrier.drained(ctx, flags.Group, flags.Topic), context.Canceled)
}
