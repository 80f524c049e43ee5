package postgres

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/klauspost/compress/s2"

	"orderflow/handlers"
)

// The payload of a row of the outbox is events one after the other, compressed by S2
// (Snappy's successor): it passes through the database twice and through the
// forwarder's JSON, and a quarter of the bytes costs less than the whole. JSON would
// not do: a dead letter's key, headers and value are any bytes. An event is
//
//	length   of what follows, a uvarint
//	uuid     text
//	metadata the number of entries, a uvarint, and for each its name and its value: texts
//	source   0, or 1 and topic, partition, offset and timestamp in ms: text, varints
//	value    0 for null, or 1 and the bytes up to the end
//
// where a text is its length in bytes, a uvarint, and those.

var errDamaged = errors.New("the payload is damaged: nothing that writes to the outbox writes so")

// appendEvent appends one event. A nil value is Kafka's null.
func appendEvent(b []byte, id string, metadata map[string]string, source *handlers.Source, value []byte) []byte {
	const lengthRoom = 4 // a varint of this many bytes reaches as far as a value may: 256 MiB
	begun := len(b)
	b = append(b, make([]byte, lengthRoom)...)
	b = appendText(b, id)
	b = binary.AppendUvarint(b, uint64(len(metadata)))
	for name, content := range metadata {
		b = appendText(appendText(b, name), content)
	}
	b = appendSource(b, source)
	if value == nil {
		b = append(b, 0)
	} else {
		b = append(append(b, 1), value...)
	}
	putPaddedUvarint(b[begun:begun+lengthRoom], uint64(len(b)-begun-lengthRoom))
	return b
}

// appendMessage appends a message as one event.
func appendMessage(b []byte, msg *message.Message) []byte {
	var source *handlers.Source
	if from, ok := handlers.SourceOf(msg.Context()); ok {
		source = &from
	}
	return appendEvent(b, msg.UUID, msg.Metadata, source, msg.Payload)
}

// putPaddedUvarint fills b with a uvarint that is as long as b: the zeros at its
// end are read like any other digit.
func putPaddedUvarint(b []byte, n uint64) {
	for i := range b {
		b[i] = byte(n) | 0x80
		n >>= 7
	}
	b[len(b)-1] &^= 0x80
}

func appendText(b []byte, text string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendSource(b []byte, source *handlers.Source) []byte {
	if source == nil {
		return append(b, 0)
	}
	b = appendText(append(b, 1), source.Topic)
	b = binary.AppendVarint(b, int64(source.Partition))
	b = binary.AppendVarint(b, source.Offset)
	return binary.AppendVarint(b, source.Timestamp.UnixMilli())
}

// pack makes the payload of events that were appended.
func pack(events []byte) []byte { return s2.Encode(nil, events) }

// unpack is the inverse of pack. What claims to be larger than any row is not believed.
func unpack(payload []byte) ([]byte, error) {
	const largest = 512 << 20
	if length, err := s2.DecodedLen(payload); err != nil || length > largest {
		return nil, errDamaged
	}
	events, err := s2.Decode(nil, payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDamaged, err)
	}
	return events, nil
}

// readEvents returns the messages that were appended and packed. Of a damaged
// payload it returns none.
func readEvents(payload []byte) (messages []*message.Message, err error) {
	events, err := unpack(payload)
	if err != nil {
		return nil, err
	}
	for r := (eventReader{rest: events}); len(r.rest) > 0; {
		event := eventReader{rest: r.bytes()}
		msg := event.message()
		if r.damaged || event.damaged {
			return nil, fmt.Errorf("event %d: %w", len(messages)+1, errDamaged)
		}
		messages = append(messages, msg)
	}
	return messages, nil
}

// eventReader reads what appendEvent writes. After damage all it reads is empty.
type eventReader struct {
	rest    []byte
	damaged bool
}

func (r *eventReader) message() *message.Message {
	msg := message.NewMessage(string(r.bytes()), nil)
	for entries := r.uvarint(); entries > 0 && !r.damaged; entries-- {
		name := string(r.bytes())
		msg.Metadata[name] = string(r.bytes())
	}
	if r.flag() {
		source := handlers.Source{Topic: string(r.bytes()), Partition: int32(r.varint()), Offset: r.varint()}
		source.Timestamp = time.UnixMilli(r.varint())
		msg.SetContext(handlers.WithSource(msg.Context(), source))
	}
	if r.flag() {
		msg.Payload = r.rest
	} else if len(r.rest) > 0 {
		r.damaged = true
	}
	return msg
}

func (r *eventReader) bytes() []byte {
	length := r.uvarint()
	if length > uint64(len(r.rest)) {
		r.damage()
		return nil
	}
	field := r.rest[:length:length]
	r.rest = r.rest[length:]
	return field
}

func (r *eventReader) flag() bool {
	if len(r.rest) == 0 || r.rest[0] > 1 {
		r.damage()
		return false
	}
	set := r.rest[0] == 1
	r.rest = r.rest[1:]
	return set
}

func (r *eventReader) uvarint() uint64 {
	n, length := binary.Uvarint(r.rest)
	r.skip(length)
	return n
}

func (r *eventReader) varint() int64 {
	n, length := binary.Varint(r.rest)
	r.skip(length)
	return n
}

func (r *eventReader) skip(length int) {
	if length <= 0 {
		r.damage()
		return
	}
	r.rest = r.rest[length:]
}

func (r *eventReader) damage() { r.rest, r.damaged = nil, true }
