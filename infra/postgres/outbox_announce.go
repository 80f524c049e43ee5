package postgres

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"sync"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"orderflow/handlers"
)

// Option changes what a store does.
type Option func(*Store)

// Announcing has the store write an event handlers.Accepted into the outbox for
// each row that it inserts, in the same transaction: a topic's relay publishes them
// (Outbox). A duplicate has none, nor has what is rolled back.
func Announcing(topic string) Option {
	return func(s *Store) { s.announcer = &announcer{topic: topic} }
}

// rowBytes is about how many bytes of events are in a row of the outbox, before they
// are packed: few rows for a batch, and none that is too large for memory.
const rowBytes = 256 << 10

// announcer writes events into the outbox. A nil one writes nothing. It is safe for
// concurrent use.
type announcer struct {
	group  string
	topic  string
	drafts sync.Pool // of *draft
}

// announce writes the events of rows that have been inserted: one statement, by
// watermill-sql's publisher.
func (a *announcer) announce(ctx context.Context, tx *sql.Tx, rows ...*row) error {
	if a == nil {
		return nil
	}
	d, reused := a.drafts.Get().(*draft)
	if !reused {
		d = &draft{metadata: map[string]string{}}
	}
	defer a.drafts.Put(d)
	d.reset()
	for _, row := range rows {
		if err := d.add(handlers.Announce(a.group, row.order, row.source)); err != nil {
			return err
		}
	}
	if d.finish(); len(d.messages) == 0 {
		return nil
	}
	publisher, err := newOutboxPublisher(inContext{tx, ctx})
	if err == nil {
		err = publisher.Publish(a.topic, d.messages...)
	}
	if err != nil {
		return fmt.Errorf("write the events of %d rows into the outbox: %w", len(rows), err)
	}
	return nil
}

// draft is the messages of one announcement while they are written.
type draft struct {
	messages []*message.Message
	buffer   []byte // the events of the next message
	events   int    // how many they are
	value    bytes.Buffer
	encoder  jsontext.Encoder
	metadata map[string]string
}

func (d *draft) reset() {
	d.messages, d.buffer, d.events = d.messages[:0], d.buffer[:0], 0
}

// add appends an event.
func (d *draft) add(event handlers.Accepted) error {
	d.value.Reset()
	d.encoder.Reset(&d.value)
	if err := json.MarshalEncode(&d.encoder, &event); err != nil {
		return handlers.Fail(handlers.Data, fmt.Errorf("encode the event: %w", err))
	}
	d.metadata[handlers.KeyMetadata] = event.UserID
	d.buffer = appendEvent(d.buffer, event.EventID, d.metadata, nil, bytes.TrimSuffix(d.value.Bytes(), []byte("\n")))
	d.events++
	if len(d.buffer) >= rowBytes {
		d.finish()
	}
	return nil
}

// finish ends the last message, if there is an event in it.
func (d *draft) finish() {
	if d.events == 0 {
		return
	}
	d.messages = append(d.messages, eventsMessage(pack(d.buffer), d.events))
	d.buffer, d.events = d.buffer[:0], 0
}

// eventsMessage is a message of so many events.
func eventsMessage(payload []byte, events int) *message.Message {
	msg := message.NewMessage(watermill.NewUUID(), payload)
	msg.Metadata[eventsMetadata] = strconv.Itoa(events)
	return msg
}

// inContext is a transaction whose statements ctx ends: watermill-sql's publisher
// has none of its own.
type inContext struct {
	*sql.Tx

	ctx context.Context
}

func (t inContext) ExecContext(_ context.Context, query string, args ...any) (sql.Result, error) {
	return t.Tx.ExecContext(t.ctx, query, args...)
}
