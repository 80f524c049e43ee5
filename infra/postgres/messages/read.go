package messages

import (
	"context"
	"fmt"
)

// Extent is which offsets a topic holds: from Start up to, and without, End.
type Extent struct {
	Start, End int64
}

// Extent returns what a topic holds; exists is false when there is no such topic.
func (t *Topics) Extent(ctx context.Context, topic string) (extent Extent, exists bool, err error) {
	gone, err := missing(ctx, t.db, topic)
	if err != nil || gone {
		return extent, false, err
	}
	// The primary key begins with the transaction, so all is read.
	err = t.db.QueryRowContext(ctx, `SELECT coalesce(min("offset"), 1), coalesce(max("offset") + 1, 1) FROM `+Table(topic)).
		Scan(&extent.Start, &extent.End)
	if err != nil {
		return extent, false, fmt.Errorf("read the extent of topic %q: %w", topic, err)
	}
	return extent, true, nil
}

// Read calls visit with every message of a topic below an offset, in the order of
// their delivery. It ends at the first error of visit.
func (t *Topics) Read(ctx context.Context, topic string, end int64, visit func(Record) error) error {
	rows, err := t.db.QueryContext(ctx, `SELECT `+columns+` FROM `+Table(topic)+`
		WHERE "offset" < $1 ORDER BY transaction_id, "offset"`, end)
	if err != nil {
		return fmt.Errorf("read topic %q: %w", topic, err)
	}
	defer rows.Close()
	for rows.Next() {
		record, _, err := scan(rows)
		if err != nil {
			return fmt.Errorf("read topic %q: %w", topic, err)
		}
		if err := visit(record); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read topic %q: %w", topic, err)
	}
	return nil
}

// Progress is how far a group has come with a topic.
type Progress struct {
	Passed int64 // messages that it has acked
	Left   int64 // messages to come
	Next   int64 // the offset of the next one, 0 if there is none
}

// Progress returns how far a group has come, by what it has committed. A group
// that nobody has joined has all to come.
func (t *Topics) Progress(ctx context.Context, topic, group string) (p Progress, err error) {
	err = t.db.QueryRowContext(ctx, `
		WITH message AS (
			SELECT "offset", transaction_id, (transaction_id, "offset") <= (last_processed_transaction_id, offset_acked) AS passed
			FROM `+Table(topic)+` LEFT JOIN `+offsetsTable(topic)+` ON consumer_group = $1
		)
		SELECT count(*) FILTER (WHERE passed), count(*) FILTER (WHERE passed IS NOT TRUE),
		       coalesce((SELECT "offset" FROM message WHERE passed IS NOT TRUE ORDER BY transaction_id, "offset" LIMIT 1), 0)
		FROM message`, group).Scan(&p.Passed, &p.Left, &p.Next)
	if err != nil {
		return p, fmt.Errorf("read how far group %q has come with topic %q: %w", group, topic, err)
	}
	return p, nil
}

// Drained reports whether a group has acked all that a topic holds.
func (t *Topics) Drained(ctx context.Context, topic, group string) (drained bool, err error) {
	err = t.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM `+offsetsTable(topic)+` WHERE consumer_group = $1)
		AND NOT EXISTS (SELECT `+beyond(topic)+`)`, group).Scan(&drained)
	if err != nil {
		return false, fmt.Errorf("look whether group %q is through with topic %q: %w", group, topic, err)
	}
	return drained, nil
}
