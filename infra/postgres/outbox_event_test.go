package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
)

func anyText() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.Byte(), 0, 20), func(b []byte) string { return string(b) })
}

func anyMessages() *rapid.Generator[[]*message.Message] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *message.Message {
		msg := message.NewMessage(anyText().Draw(t, "uuid"), rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "payload"))
		if rapid.Bool().Draw(t, "is null") {
			msg.Payload = nil
		}
		msg.Metadata = rapid.MapOfN(anyText(), anyText(), 0, 4).Draw(t, "metadata")
		if rapid.Bool().Draw(t, "was received") {
			msg.SetContext(handlers.WithSource(context.Background(), handlers.Source{
				Topic: anyText().Draw(t, "topic"), Partition: rapid.Int32().Draw(t, "partition"), Offset: rapid.Int64().Draw(t, "offset"),
				Timestamp: time.UnixMilli(rapid.Int64Range(0, 1<<45).Draw(t, "timestamp")),
			}))
		}
		return msg
	}), 0, 5)
}

// The law: what is appended is read, byte for byte, and what is appended to it too.
func TestEventLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := anyMessages().Draw(t, "messages")
		var payload []byte
		for _, msg := range written {
			payload = appendMessage(payload, msg)
		}
		read, err := readEvents(pack(payload))
		require.NoError(t, err)
		require.Len(t, read, len(written))
		for i, msg := range read {
			require.Equal(t, written[i].UUID, msg.UUID)
			require.Equal(t, written[i].Metadata, msg.Metadata)
			require.Equal(t, written[i].Payload == nil, msg.Payload == nil)
			require.Equal(t, []byte(written[i].Payload), []byte(msg.Payload))
			expected, received := handlers.SourceOf(written[i].Context())
			source, ok := handlers.SourceOf(msg.Context())
			require.Equal(t, received, ok)
			require.Equal(t, expected, source)
		}
	})
}

// Whatever is in a row, reading it does no harm; what is cut off is noticed.
func TestDamagedEvents(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		bytes := rapid.SliceOf(rapid.Byte()).Draw(t, "any bytes")
		for _, payload := range [][]byte{bytes, pack(bytes)} {
			if _, err := readEvents(payload); err != nil {
				require.ErrorIs(t, err, errDamaged)
			}
		}
		payload := appendMessage(nil, message.NewMessage("uuid", []byte("value")))
		cut := rapid.IntRange(1, len(payload)-1).Draw(t, "cut at")
		_, err := readEvents(pack(payload[:cut]))
		require.ErrorIs(t, err, errDamaged)
	})
}
