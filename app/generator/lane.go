package generator

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/app/ledger"
	"orderflow/handlers"
)

// lane sends the orders of a queue, one chunk after the other. It ends at the first
// failure: the next order of the key must not take the place of the failed one.
func (r *run) lane(ctx context.Context, queue <-chan Event) error {
	chunk := make([]Event, 0, laneQueue)
	for event := range queue {
		if ctx.Err() != nil {
			return nil //nolint:nilerr // whoever ended the context reports why
		}
		// What waits goes along, so that orders that come slowly are sent one by one
		// and many share what a send costs.
		chunk = append(chunk[:0], event)
		for len(chunk) < laneQueue && len(queue) > 0 {
			chunk = append(chunk, <-queue)
		}
		if err := r.send(ctx, chunk); err != nil {
			return err
		}
	}
	return nil
}

// send publishes a chunk. Those of its orders that are refused do not keep the others
// from being sent.
func (r *run) send(ctx context.Context, chunk []Event) error {
	first, err := r.record(chunk)
	if err != nil {
		return err
	}
	messages, receipts := make([]*message.Message, len(chunk)), make([]*handlers.Receipt, len(chunk))
	for i, event := range chunk {
		messages[i] = newMessage(ctx, event)
		receipts[i] = handlers.WithReceipt(messages[i])
	}
	failure := r.Publisher.Publish(r.Topic, messages...)
	return r.settle(chunk, receipts, first, failure)
}

// settle takes note of what became of a chunk, and returns the error of the first of
// its orders that was not sent. failure is that of the chunk, if there was one: who
// does not say which messages failed has published those that have a place.
func (r *run) settle(chunk []Event, receipts []*handlers.Receipt, first int64, failure error) (err error) {
	sent, outcomes := make([]Sent, 0, len(chunk)), make([]ledger.Entry, 0, len(chunk))
	for i, receipt := range receipts {
		n := first + int64(i)
		cause := receipt.Err
		if cause == nil && receipt.Offset < 0 {
			cause = failure
		}
		if cause != nil {
			r.failed.Add(1)
			cause = fmt.Errorf("order %q: %w", chunk[i].OrderID, cause)
			if err == nil {
				err = cause
			}
			outcomes = append(outcomes, ledger.FailedBy(n, cause))
			continue
		}
		outcomes = append(outcomes, ledger.SentTo(n, receipt.Partition, receipt.Offset))
		sent = append(sent, Sent{Event: chunk[i], Partition: receipt.Partition, Offset: receipt.Offset})
	}
	r.sent.Add(int64(len(sent)))
	if r.Ledger != nil {
		err = errors.Join(err, r.Ledger.Settle(outcomes...))
	}
	if r.OnSent != nil {
		r.OnSent(sent)
	}
	return err
}

// record writes the orders into the ledger, with the processor's own judgement of
// them, and returns the number of the first there.
func (r *run) record(chunk []Event) (first int64, err error) {
	if r.Ledger == nil {
		return 0, nil
	}
	orders := make([]ledger.Order, len(chunk))
	for i, event := range chunk {
		_, refusal := handlers.CheckVersion(cmp.Or(event.Version, handlers.Version1), event.Key, event.Value)
		orders[i] = ledger.Order{ID: event.OrderID, Key: event.Key, Value: event.Value, Refusal: refusal}
	}
	return r.Ledger.Sending(orders...)
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
