package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// lane sends the orders of a queue one after the other. It ends at the first
// failure: the next order of the key must not take the place of the failed one.
func (r *run) lane(ctx context.Context, queue <-chan Event) error {
	for event := range queue {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever ended the context reports why
		}
		if err := r.send(ctx, event); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) send(ctx context.Context, event Event) error {
	n, err := r.record(event)
	if err != nil {
		return err
	}
	msg := newMessage(ctx, event)
	receipt := func() (int32, int64, bool) { return -1, -1, false }
	if r.Receipt != nil {
		receipt = r.Receipt(msg)
	}
	if err := r.Publisher.Publish(r.Topic, msg); err != nil {
		r.failed.Add(1)
		err = fmt.Errorf("order %q: %w", event.OrderID, err)
		if r.Ledger != nil {
			err = errors.Join(err, r.Ledger.Failed(n, err))
		}
		return err
	}

	r.sent.Add(1)
	partition, offset, ok := receipt()
	if !ok {
		partition, offset = -1, -1
	}
	if r.Ledger != nil {
		if err := r.Ledger.Sent(n, partition, offset); err != nil {
			return err
		}
	}
	if r.OnSent != nil {
		r.OnSent(Sent{Event: event, Partition: partition, Offset: offset})
	}
	return nil
}

// record writes the order into the ledger, with the processor's own judgement
// of it, and returns its number there.
func (r *run) record(event Event) (n int64, err error) {
	if r.Ledger == nil {
		return 0, nil
	}
	_, refusal := handlers.CheckVersion(cmp.Or(event.Version, handlers.Version1), event.Key, event.Value)
	return r.Ledger.Sending(event.OrderID, event.Key, event.Value, refusal)
}

// newMessage turns an event into a message. Its context outlives ctx: an order
// on its way is sent to the end.
func newMessage(ctx context.Context, event Event) *message.Message {
	id := event.OrderID
	if id == "" {
		id = watermill.NewUUID()
	}
	msg := message.NewMessageWithContext(context.WithoutCancel(ctx), id, event.Value)
	if event.Key != nil {
		msg.Metadata[handlers.KeyMetadata] = string(event.Key)
	}
	if event.Version != "" {
		msg.Metadata[handlers.SchemaVersionHeader] = string(event.Version)
	}
	return msg
}
