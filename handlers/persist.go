package handlers

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"
)

// Outcome is what became of an order that was saved.
type Outcome string

// The outcomes of a save that did not fail.
const (
	Inserted  Outcome = "inserted"  // a new row
	Duplicate Outcome = "duplicate" // the same order was there already; nothing was written
)

// Store keeps orders. Save returns when the row is durable or an error says why
// it is not; errors carry a Class. It is safe for concurrent use.
type Store interface {
	Save(ctx context.Context, order Order, source Source) (Outcome, error)
}

// Persist takes a message through decode, validate and Store.Save. When it
// returns nil the order is durable and the message may be acked.
type Persist struct {
	Store Store
	// Saved, if not nil, is told of every order that was saved. It is called
	// concurrently and must not block.
	Saved func(order Order, source Source, outcome Outcome)
}

// Handle handles one message. It fits Watermill's NoPublishHandlerFunc.
func (p Persist) Handle(msg *message.Message) error {
	order, err := CheckVersion(VersionOf(msg), KeyOf(msg), msg.Payload)
	if err != nil {
		return err
	}
	source, _ := SourceOf(msg.Context())
	outcome, err := p.Store.Save(msg.Context(), order, source)
	if err != nil {
		return err
	}
	if p.Saved != nil {
		p.Saved(order, source, outcome)
	}
	return nil
}

// KeyOf returns the key of the record the message was, nil if it has none.
func KeyOf(msg *message.Message) []byte {
	key, ok := msg.Metadata[KeyMetadata]
	if !ok {
		return nil
	}
	return []byte(key)
}
