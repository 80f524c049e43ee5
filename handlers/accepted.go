package handlers

import (
	"github.com/google/uuid"
)

// Accepted is the event that announces an order whose row is committed. It holds
// all that the row does, so that who hears of it need not ask. Its JSON is the
// order's, and the two fields below.
type Accepted struct {
	// EventID is the same whenever this order is announced for this group, however
	// often that is: who has seen it may drop the event.
	EventID string `json:"event_id"`
	Order
	// Source is the record that the order came in.
	Source Position `json:"source"`
}

// Position identifies a record of Kafka's for ever.
type Position struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
}

// Announce returns the event for an order that a consumer group has accepted.
func Announce(group string, order Order, source Source) Accepted {
	return Accepted{
		EventID: EventID(group, order.ID), Order: order,
		Source: Position{Topic: source.Topic, Partition: source.Partition, Offset: source.Offset},
	}
}

// events is the namespace of the ids of events: an arbitrary UUID, which must stay.
var events = uuid.MustParse("0d3c2a52-7b6f-4c8e-9f0e-6a1b5d9c4e21")

// EventID returns the id of the event that a group has accepted an order: a UUID of
// version 5, made of these two alone. No NUL is in either, so no two pairs are one.
func EventID(group, orderID string) string {
	return uuid.NewSHA1(events, []byte(group+"\x00"+orderID)).String()
}
