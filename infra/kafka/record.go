package kafka

import (
	"github.com/ThreeDotsLabs/watermill/message"

	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"

	"orderflow/handlers"
)

// newMessage makes the message of a record, whichever client received it. What
// the Marshaler needs to make the record anew is in its metadata.
func newMessage(source handlers.Source, key, value []byte, headers []header) *message.Message {
	uuid := ""
	for _, h := range headers {
		if h.key == wmkafka.UUIDHeaderKey {
			uuid = string(h.value)
		}
	}
	msg := message.NewMessage(uuid, value)
	switch {
	case len(headers) == 1 && uuid != "":
		msg.Metadata[headersMetadata] = onlyUUID
	case len(headers) > 0:
		addHeaders(msg.Metadata, headers)
	}
	if uuid == "" {
		msg.UUID = source.String()
	}
	if key != nil {
		msg.Metadata[handlers.KeyMetadata] = string(key)
	}
	return msg
}

// headersOf returns the headers of the record that the message was, nil if it was
// none.
func headersOf(msg *message.Message) ([]header, error) {
	packed := msg.Metadata[headersMetadata]
	if packed == onlyUUID {
		return []header{{key: wmkafka.UUIDHeaderKey, value: []byte(msg.UUID)}}, nil
	}
	return unpackHeaders(packed)
}

func addHeaders(metadata message.Metadata, headers []header) {
	for _, h := range headers {
		if h.key != wmkafka.UUIDHeaderKey {
			metadata[h.key] = string(h.value)
		}
	}
	// Ours come last: a header of the same name must not pass for them.
	delete(metadata, handlers.KeyMetadata)
	metadata[headersMetadata] = packHeaders(headers)
}
