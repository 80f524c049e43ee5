package handlers

import (
	"context"
	"strconv"
	"time"
)

// KeyMetadata is the message metadata that holds the key of the Kafka record,
// byte for byte. It is absent when the record has no key, which differs from an
// empty key.
const KeyMetadata = "_record_key"

// Source is where a message came from. Topic, partition and offset together
// identify a record for ever.
type Source struct {
	Topic     string
	Partition int32
	Offset    int64
	// Timestamp is the record's: when the producer made it, or when the broker
	// appended it, as the topic's message.timestamp.type says.
	Timestamp time.Time
}

// String names the record in logs and errors: topic/partition/offset.
func (s Source) String() string {
	text := make([]byte, 0, len(s.Topic)+len("/2147483647/9223372036854775807"))
	text = append(append(text, s.Topic...), '/')
	text = append(strconv.AppendInt(text, int64(s.Partition), 10), '/')
	return string(strconv.AppendInt(text, s.Offset, 10))
}

// WithSource returns a context that carries where the message came from.
// Subscribers call it for every message.
func WithSource(ctx context.Context, source Source) context.Context {
	return &carrying[Source]{Context: ctx, value: source}
}

// SourceOf returns where the message with this context came from. ok is false
// when no subscriber said so.
func SourceOf(ctx context.Context) (source Source, ok bool) {
	found, ok := ctx.Value(carried[Source]{}).(*Source)
	if !ok {
		return Source{}, false
	}
	return *found, true
}
