package messages_test

import (
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres/messages"
)

// anyBytes are nil, empty or anything, with NUL and what is no UTF-8.
func anyBytes() *rapid.Generator[[]byte] {
	return rapid.OneOf(
		rapid.Just([]byte(nil)), rapid.Just([]byte{}),
		rapid.SliceOf(rapid.SampledFrom([]byte{0, '\'', '\\', '"', '{', 'a', 0x80, 0xff})),
		rapid.SliceOf(rapid.Byte()),
	)
}

func anyMessage() *rapid.Generator[*message.Message] {
	return rapid.Custom(func(t *rapid.T) *message.Message {
		msg := message.NewMessage(string(anyBytes().Draw(t, "uuid")), anyBytes().Draw(t, "payload"))
		for range rapid.IntRange(0, 4).Draw(t, "headers") {
			msg.Metadata[string(anyBytes().Draw(t, "name"))] = string(anyBytes().Draw(t, "value"))
		}
		if key := anyBytes().Draw(t, "key"); key != nil {
			msg.Metadata[handlers.KeyMetadata] = string(key)
		}
		return msg
	})
}

// The law: what is published arrives as it was, in its order, with the offset of
// its receipt; and so it is read back.
func TestEveryByteArrives(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	publisher := w.publisher(t)
	_, received := w.subscribe(t, settings("group"))
	var all []*message.Message
	rapid.Check(t, func(rt *rapid.T) {
		published := rapid.SliceOfN(anyMessage(), 1, 5).Draw(rt, "messages")
		receipts := make([]*handlers.Receipt, len(published))
		for i, msg := range published {
			receipts[i] = handlers.WithReceipt(msg)
		}
		require.NoError(rt, publisher.Publish(w.topic, published...))
		for i, want := range published {
			got := next(t, received)
			source, ok := handlers.SourceOf(got.Context())
			require.True(rt, ok)
			require.Equal(rt, w.topic, source.Topic)
			require.Equal(rt, handlers.Receipt{Partition: source.Partition, Offset: source.Offset}, *receipts[i])
			require.False(rt, source.Timestamp.IsZero())
			require.Equal(rt, want.UUID, got.UUID)
			require.Equal(rt, want.Metadata, got.Metadata)
			require.Equal(rt, want.Payload, got.Payload)
			require.Equal(rt, handlers.KeyOf(want), handlers.KeyOf(got))
			require.True(rt, got.Ack())
		}
		all = append(all, published...)
	})

	extent, exists, err := w.topics.Extent(t.Context(), w.topic)
	require.NoError(t, err)
	require.True(t, exists)
	require.Equal(t, messages.Extent{Start: 1, End: int64(len(all)) + 1}, extent)
	require.NoError(t, w.topics.Read(t.Context(), w.topic, extent.End, func(record messages.Record) error {
		require.Equal(t, handlers.KeyOf(all[0]), record.Key)
		require.Equal(t, []byte(all[0].Payload), record.Value)
		all = all[1:]
		return nil
	}))
	require.Empty(t, all)
}

// Who has SQL only writes an order with one line of it.
func TestARowInsertedByHandIsAMessage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, received := w.subscribe(t, settings("group"))
	servertest.Query(t, w.url, `INSERT INTO `+messages.Table(w.topic)+` (key, payload, header_names, header_values)
		VALUES ('user-1', '{}', '{_record_key,trace}', '{forged,7}')`)
	msg := next(t, received)
	require.NotEmpty(t, msg.UUID)
	require.Equal(t, "{}", string(msg.Payload))
	require.Equal(t, message.Metadata{handlers.KeyMetadata: "user-1", "trace": "7"}, msg.Metadata)
	require.True(t, msg.Ack())
}

// Topics whose names PostgreSQL would cut to the same are two.
func TestLongNamesDoNotFallTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := servertest.Name("a-name-of-more-than-sixty-three-characters-which-postgresql-cuts")
	for _, topic := range []string{long + "-1", long + "-2"} {
		created, err := w.topics.EnsureTopic(t.Context(), topic)
		require.NoError(t, err)
		require.True(t, created, topic)
		created, err = w.topics.EnsureTopic(t.Context(), topic)
		require.NoError(t, err)
		require.False(t, created, topic)
	}
}
