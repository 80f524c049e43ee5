package kafka

import (
	"fmt"
	"maps"
	"slices"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"

	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"

	"orderflow/handlers"
)

// headersMetadata is the message metadata that holds the record's headers as
// they were. Metadata of their names is there too, for Watermill's middleware.
const headersMetadata = "_record_headers"

// onlyUUID stands for headers that are the one with the message's UUID, as those of
// all records are that Watermill published without metadata: to pack it costs more
// than all else of such a message. It is no packing of any headers.
const onlyUUID = "\xff"

// Marshaler turns records into messages and back. Unlike Watermill's it keeps
// the key and every header, byte for byte and in order, so that what arrives
// broken is dead-lettered exactly as it arrived. The zero value is ready;
// it is safe for concurrent use.
type Marshaler struct{}

var _ wmkafka.MarshalerUnmarshaler = Marshaler{}

// Unmarshal never fails: with Watermill's Kafka subscriber an error would stop
// the partition for good.
func (Marshaler) Unmarshal(record *sarama.ConsumerMessage) (*message.Message, error) {
	headers := make([]header, 0, len(record.Headers))
	for _, h := range record.Headers {
		headers = append(headers, header{key: string(h.Key), value: h.Value})
	}
	source := handlers.Source{Topic: record.Topic, Partition: record.Partition, Offset: record.Offset}
	return newMessage(source, record.Key, record.Value, headers), nil
}

// Marshal makes the record anew: the headers it had when it was received come
// first, then the metadata that was added or changed since, sorted by name. A
// message that never was a record gets Watermill's header with its UUID.
func (Marshaler) Marshal(topic string, msg *message.Message) (*sarama.ProducerMessage, error) {
	headers, err := recordHeaders(topic, msg)
	if err != nil {
		return nil, err
	}
	record := &sarama.ProducerMessage{Topic: topic}
	for _, h := range headers {
		record.Headers = append(record.Headers, sarama.RecordHeader{Key: []byte(h.key), Value: h.value})
	}
	if key, ok := msg.Metadata[handlers.KeyMetadata]; ok {
		record.Key = sarama.StringEncoder(key)
	}
	if msg.Payload != nil {
		record.Value = sarama.ByteEncoder(msg.Payload)
	}
	return record, nil
}

// recordHeaders returns the headers of the record to make of a message.
func recordHeaders(topic string, msg *message.Message) ([]header, error) {
	headers, err := headersOf(msg)
	if err != nil {
		return nil, fmt.Errorf("marshal message %s for topic %s: %w", msg.UUID, topic, err)
	}
	if _, received := handlers.SourceOf(msg.Context()); !received {
		headers = append(headers, header{key: wmkafka.UUIDHeaderKey, value: []byte(msg.UUID)})
	}
	return append(headers, added(msg.Metadata, headers)...), nil
}

// added returns the metadata that headers do not hold already.
func added(metadata message.Metadata, headers []header) []header {
	if _, keyed := metadata[handlers.KeyMetadata]; len(metadata) == 0 || keyed && len(metadata) == 1 {
		return nil // as of most messages that never were a record
	}
	held := make(map[string]string, len(headers))
	for _, h := range headers {
		held[h.key] = string(h.value)
	}
	var more []header
	for _, name := range slices.Sorted(maps.Keys(metadata)) {
		if name == handlers.KeyMetadata || name == headersMetadata {
			continue
		}
		if value, ok := held[name]; ok && value == metadata[name] {
			continue
		}
		more = append(more, header{key: name, value: []byte(metadata[name])})
	}
	return more
}

// sourceOf returns where the message that Watermill's subscriber hands out came from.
func sourceOf(topic string, msg *message.Message) handlers.Source {
	partition, _ := wmkafka.MessagePartitionFromCtx(msg.Context())
	offset, _ := wmkafka.MessagePartitionOffsetFromCtx(msg.Context())
	timestamp, _ := wmkafka.MessageTimestampFromCtx(msg.Context())
	return handlers.Source{Topic: topic, Partition: partition, Offset: offset, Timestamp: timestamp}
}
