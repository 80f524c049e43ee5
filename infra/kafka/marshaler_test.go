package kafka

import (
	"maps"
	"slices"
	"testing"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"

	"orderflow/handlers"
)

// received makes the message of a record as the subscriber delivers it.
func received(t require.TestingT, record *sarama.ConsumerMessage) *message.Message {
	msg, err := Marshaler{}.Unmarshal(record)
	require.NoError(t, err)
	msg.SetContext(handlers.WithSource(msg.Context(), handlers.Source{Topic: record.Topic, Offset: record.Offset}))
	return msg
}

// encoded returns what is sent: nil is null.
func encoded(t require.TestingT, value sarama.Encoder) []byte {
	if value == nil {
		return nil
	}
	b, err := value.Encode()
	require.NoError(t, err)
	require.NotNil(t, b, "sarama would send null")
	return b
}

func sentHeaders(record *sarama.ProducerMessage) []header {
	var headers []header
	for _, h := range record.Headers {
		headers = append(headers, header{string(h.Key), h.Value})
	}
	return headers
}

func TestRecordsSurviveMarshaling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		headers := anyHeaders().Draw(t, "headers")
		record := &sarama.ConsumerMessage{Topic: "orders", Key: anyBytes().Draw(t, "key"), Value: anyBytes().Draw(t, "value")}
		for _, h := range headers {
			record.Headers = append(record.Headers, &sarama.RecordHeader{Key: []byte(h.key), Value: h.value})
		}
		msg := received(t, record)
		require.NotEmpty(t, msg.UUID)
		if rapid.Bool().Draw(t, "nacked") {
			ctx := msg.Context()
			msg = msg.Copy()
			msg.SetContext(ctx)
		}
		more := rapid.MapOfN(rapid.StringMatching(`dlq_[a-z]{1,9}`), rapid.StringN(1, 20, -1), 0, 5).Draw(t, "added")
		maps.Copy(msg.Metadata, more)

		sent, err := Marshaler{}.Marshal("orders.dlq", msg)
		require.NoError(t, err)
		require.Equal(t, record.Key, encoded(t, sent.Key))
		require.Equal(t, record.Value, encoded(t, sent.Value))
		for _, name := range slices.Sorted(maps.Keys(more)) {
			headers = append(headers, header{name, []byte(more[name])})
		}
		require.Len(t, sent.Headers, len(headers))
		for i, h := range sentHeaders(sent) {
			require.Equal(t, headers[i], h)
		}
	})
}

func TestReservedMetadataCannotBeForged(t *testing.T) {
	t.Parallel()
	record := &sarama.ConsumerMessage{Topic: "orders", Partition: 1, Offset: 7, Headers: []*sarama.RecordHeader{
		{Key: []byte(handlers.KeyMetadata), Value: []byte("user-1")},
		{Key: []byte(headersMetadata), Value: []byte("\x05")},
	}}
	msg := received(t, record)
	require.Equal(t, "orders/1/7", msg.UUID)
	require.Nil(t, handlers.KeyOf(msg))
	sent, err := Marshaler{}.Marshal("orders.dlq", msg)
	require.NoError(t, err)
	require.Nil(t, sent.Key)
	require.Equal(t, []header{{handlers.KeyMetadata, []byte("user-1")}, {headersMetadata, []byte("\x05")}}, sentHeaders(sent))
}

func TestChangedMetadataIsAppended(t *testing.T) {
	t.Parallel()
	msg := received(t, &sarama.ConsumerMessage{Headers: []*sarama.RecordHeader{
		{Key: []byte("dlq_attempts"), Value: []byte("1")}, {Key: []byte("trace"), Value: []byte("x")},
	}})
	require.Equal(t, "1", msg.Metadata["dlq_attempts"])
	msg.Metadata["dlq_attempts"] = "2"
	sent, err := Marshaler{}.Marshal("orders.dlq", msg)
	require.NoError(t, err)
	require.Equal(t, []header{{"dlq_attempts", []byte("1")}, {"trace", []byte("x")}, {"dlq_attempts", []byte("2")}}, sentHeaders(sent))
}

func TestANewMessageGetsTheHeaderOfItsUUID(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("0193", []byte("order"))
	msg.Metadata["trace"] = "x"
	sent, err := Marshaler{}.Marshal("orders", msg)
	require.NoError(t, err)
	require.Nil(t, sent.Key)
	require.Equal(t, []header{{wmkafka.UUIDHeaderKey, []byte("0193")}, {"trace", []byte("x")}}, sentHeaders(sent))

	record := &sarama.ConsumerMessage{Headers: []*sarama.RecordHeader{&sent.Headers[0], &sent.Headers[1]}}
	require.Equal(t, "0193", received(t, record).UUID)
}

func TestDamagedHeadersAreNotSent(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("0193", nil)
	msg.Metadata[headersMetadata] = "\x05"
	_, err := Marshaler{}.Marshal("orders", msg)
	require.ErrorIs(t, err, errHeaders)
	require.ErrorContains(t, err, "0193")
}
