package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/ThreeDotsLabs/watermill/message"

	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
)

// Relay publishes what Watermill's forwarder has taken from an outbox: it is the
// message.Publisher to give to that, beside Outbox.Subscriber. The fields are not to
// be changed once it is in use.
type Relay struct {
	// PublishAll publishes messages, those of a key in this order, and says what
	// became of each: nil for what is published.
	PublishAll func(ctx context.Context, topic string, messages []*message.Message) []error
	// Refused recognizes the errors that a message will always meet, such as its size.
	// It is then set aside, with the error.
	Refused func(error) bool
	// Published and SetAside, if not nil, are told of events. They must not block.
	Published func(topic string, events int)
	SetAside  func(topic string)
	Logger    *slog.Logger

	turn sync.Mutex // held while something is being published
	done published
}

// published is what has become of the events of the message that came last. One
// that failed comes again: what is published of it need not be published twice.
type published struct {
	id   string
	errs []error
}

var _ message.Publisher = (*Relay)(nil)

var (
	errBusy          = errors.New("the broker has not answered yet to what was sent before")
	errNoTransaction = errors.New("the message does not come from the outbox: it carries no transaction")
)

// Publish publishes the events of the messages, which come from the forwarder. When
// it returns nil they are published or set aside.
func (r *Relay) Publish(topic string, messages ...*message.Message) error {
	for _, msg := range messages {
		tx, ok := wmsql.TxFromContext(msg.Context())
		if !ok {
			return errNoTransaction
		}
		if err := r.relay(msg.Context(), tx, topic, msg); err != nil {
			return fmt.Errorf("publish the outbox up to %s on topic %s: %w", msg.UUID, topic, err)
		}
	}
	return nil
}

// Close does nothing: the publisher belongs to who made it.
func (r *Relay) Close() error { return nil }

func (r *Relay) relay(ctx context.Context, tx *sql.Tx, topic string, msg *message.Message) error {
	// The subscriber gives up on a message whose publishing takes too long, and hands
	// it out again while that goes on.
	if !r.turn.TryLock() {
		return errBusy
	}
	defer r.turn.Unlock()
	rows, err := rowsOf(msg.Payload)
	if err != nil {
		return err
	}
	var events []*message.Message
	var aside []refused
	for _, payload := range rows {
		readable, err := readEvents(payload)
		if err != nil {
			aside = append(aside, refused{id: "row of " + msg.UUID, cause: err, payload: payload})
		}
		events = append(events, readable...)
	}
	r.publish(ctx, topic, msg.UUID, events)
	published := len(events)
	for i, err := range r.done.errs {
		switch {
		case err == nil:
		case r.Refused(err):
			published--
			aside = append(aside, refused{id: events[i].UUID, cause: err, payload: pack(appendMessage(nil, events[i]))})
		default:
			return err
		}
	}
	if err := r.setAside(ctx, tx, topic, aside); err != nil {
		return err
	}
	if r.Published != nil {
		r.Published(topic, published)
	}
	return nil
}

// publish publishes those events that are not published yet.
func (r *Relay) publish(ctx context.Context, topic, id string, events []*message.Message) {
	if r.done.id != id || len(r.done.errs) != len(events) {
		r.done = published{id: id, errs: r.PublishAll(ctx, topic, events)}
		return
	}
	var left []*message.Message
	var places []int
	for i, err := range r.done.errs {
		if err != nil && !r.Refused(err) {
			left, places = append(left, events[i]), append(places, i)
		}
	}
	for i, err := range r.PublishAll(ctx, topic, left) {
		r.done.errs[places[i]] = err
	}
}

// refused is an event that cannot be published, or a row that cannot be read.
type refused struct {
	id      string
	cause   error
	payload []byte
}

// setAside keeps what cannot be published, in the transaction that deletes it from
// the outbox.
func (r *Relay) setAside(ctx context.Context, tx *sql.Tx, topic string, events []refused) error {
	for _, event := range events {
		const insert = `INSERT INTO outbox_refused (event_id, topic, cause, payload) VALUES ($1, $2, $3, $4)`
		if _, err := tx.ExecContext(ctx, insert, event.id, topic, event.cause.Error(), event.payload); err != nil {
			return fmt.Errorf("set aside event %q, which is refused (%w): %w", event.id, event.cause, err)
		}
		r.Logger.Warn("an event cannot be published: it is set aside in the table outbox_refused, the others go on",
			slog.String("event_id", event.id), slog.String("topic", topic), slog.Any("error", event.cause))
		if r.SetAside != nil {
			r.SetAside(topic)
		}
	}
	return nil
}
