package verify

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
)

// Events is what the events of a group's outbox came to, held against its rows.
type Events struct {
	// Rows and Published are how many there are.
	Rows      int64 `json:"rows"`
	Published int64 `json:"published"`
	// Repeated is how many events came more than once, under the same id: a crash
	// between publishing and noting it does that.
	Repeated int64 `json:"repeated"`
	// Unannounced are rows without an event.
	Unannounced int64 `json:"unannounced"`
	// Phantom are events without a row of that content, and what is no event at all.
	Phantom int64 `json:"phantom"`
	// OtherID are events whose id is not that of their group and order.
	OtherID int64 `json:"other_id"`
	// OutOfOrder are events that came for the first time after one of a row of the
	// same user that was written later.
	OutOfOrder int64 `json:"out_of_order"`
}

// events is the reading of a topic of events.
type events struct {
	*verification
	found  Events
	rows   map[uint64]announced // by the fingerprint of the order
	latest map[uint64]int32     // the latest row that was announced, by user
}

// announced is a row, and whether an event of it has been seen.
type announced struct {
	number int32 // in the order of writing
	seen   bool
}

// readEvents holds the events against the rows, those of the snapshot: events of
// rows that were written since are phantoms, so the group must stand still.
func (v *verification) readEvents(ctx context.Context) error {
	if v.EventsTopic == "" {
		return nil
	}
	e := events{verification: v, rows: map[uint64]announced{}, latest: map[uint64]int32{}}
	for _, table := range []postgres.Write{postgres.Insert, postgres.InsertOnce} {
		if err := v.tables.Rows(ctx, table, e.seeRow); err != nil {
			return err
		}
	}
	if _, err := v.Topics.ReadTopic(ctx, v.EventsTopic, e.see); err != nil {
		if kafka.NoTopic(err) {
			return fmt.Errorf("there is no topic %s: check --outbox-topic, and whether the processors run with --outbox: %w", v.EventsTopic, err)
		}
		return err
	}
	for _, row := range e.rows {
		if !row.seen {
			e.found.Unannounced++
		}
	}
	v.report.Events = &e.found
	return nil
}

func (e *events) seeRow(row *postgres.Row) error {
	e.found.Rows++
	hash := e.hash.order(&row.Order)
	if _, again := e.rows[hash]; !again {
		e.rows[hash] = announced{number: int32(e.found.Rows)}
	}
	return nil
}

func (e *events) see(record *kgo.Record) error {
	e.found.Published++
	var event handlers.Accepted
	if err := json.Unmarshal(record.Value, &event); err != nil {
		e.found.Phantom++
		return nil //nolint:nilerr // it is counted
	}
	if event.EventID != handlers.EventID(e.Group, event.ID) {
		e.found.OtherID++
	}
	event.CreatedAt = event.CreatedAt.UTC()
	hash := e.hash.order(&event.Order)
	row, known := e.rows[hash]
	switch {
	case !known:
		e.found.Phantom++
		return nil
	case row.seen:
		e.found.Repeated++
		return nil
	}
	row.seen = true
	e.rows[hash] = row
	user := e.hash.user(event.UserID, event.Source.Partition)
	if e.latest[user] > row.number {
		e.found.OutOfOrder++
		return nil
	}
	e.latest[user] = row.number
	return nil
}

// Broken returns what of the outbox's promises is broken. In order are events where
// each order is written once: else rows of a user can be written at the same time.
func (e Events) Broken(once bool) []string {
	var broken []string
	for _, promise := range []struct {
		made  bool
		count int64
		text  string
	}{
		{true, e.Unannounced, "rows without an event"},
		{true, e.Phantom, "events without a row"},
		{true, e.OtherID, "events under another id"},
		{once, e.OutOfOrder, "events out of order within their user"},
	} {
		if promise.made && promise.count > 0 {
			broken = append(broken, fmt.Sprintf("%s: %d", promise.text, promise.count))
		}
	}
	return broken
}
