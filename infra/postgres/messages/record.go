package messages

import (
	"maps"
	"slices"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/lib/pq"

	"orderflow/handlers"
)

// Record is a message as its topic's table holds it.
type Record struct {
	// Offset identifies the message within its topic for ever. Those of one key
	// ascend in the order of their delivery, those of several need not.
	Offset    int64
	Timestamp time.Time // when it was published, by the server's clock
	UUID      []byte
	Key       []byte // nil is none
	Value     []byte // nil is none
	Headers   []Header
}

// Header is an entry of a message's metadata.
type Header struct {
	Name, Value []byte
}

// message makes the message anew.
func (r Record) message() *message.Message {
	msg := message.NewMessage(string(r.UUID), r.Value)
	for _, header := range r.Headers {
		msg.Metadata[string(header.Name)] = string(header.Value)
	}
	// The key comes last: a header of the same name must not pass for it.
	delete(msg.Metadata, handlers.KeyMetadata)
	if r.Key != nil {
		msg.Metadata[handlers.KeyMetadata] = string(r.Key)
	}
	return msg
}

// rowOf returns the values of uuid, key, payload and headers, by name.
func rowOf(msg *message.Message) []any {
	names, values := pq.ByteaArray{}, pq.ByteaArray{}
	for _, name := range slices.Sorted(maps.Keys(msg.Metadata)) {
		if name != handlers.KeyMetadata {
			names, values = append(names, []byte(name)), append(values, []byte(msg.Metadata[name]))
		}
	}
	return []any{[]byte(msg.UUID), null(handlers.KeyOf(msg)), null(msg.Payload), names, values}
}

// null tells none from empty, which lib/pq does not.
func null(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}
