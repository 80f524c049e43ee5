package messages

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

const (
	// publishTimeout bounds one attempt to insert: a server that hangs is an outage.
	publishTimeout = 10 * time.Second
	// retryFor outlasts the restart of a server, and its recovery.
	retryFor   = time.Minute
	retryAfter = 250 * time.Millisecond
)

// Publisher publishes through watermill-sql. Publish returns when the rows are
// committed; it is safe for concurrent use, and messages of one key stay in order
// when each is published after the one before has returned. An attempt that had
// no answer is made again and leaves one message.
type Publisher struct {
	db     *sql.DB
	outage func(error) bool
	logger watermill.LoggerAdapter
}

var _ message.Publisher = (*Publisher)(nil)

// NewPublisher returns a publisher that closes the pool. outage recognizes the
// errors after which the server may be back soon.
func NewPublisher(db *sql.DB, outage func(error) bool, logger watermill.LoggerAdapter) *Publisher {
	return &Publisher{db, outage, logger}
}

// Publish inserts the messages with one statement, and fills in their receipts. It
// tries again for a minute, or until the context of the first message ends.
func (p *Publisher) Publish(topic string, messages ...*message.Message) error {
	if len(messages) == 0 {
		return nil
	}
	trying, cancel := context.WithTimeout(messages[0].Context(), retryFor)
	defer cancel()
	inserting := &inserter{DB: p.db, trying: trying, outage: p.outage}
	publisher, err := wmsql.NewPublisher(inserting, wmsql.PublisherConfig{SchemaAdapter: Adapter{}}, p.logger)
	if err != nil {
		return fmt.Errorf("set up the publisher: %w", err)
	}
	if err := publisher.Publish(topic, messages...); err != nil {
		return fmt.Errorf("publish to topic %q: %w", topic, err)
	}
	for i, msg := range messages {
		if receipt := handlers.ReceiptOf(msg.Context()); receipt != nil {
			*receipt = handlers.Receipt{Offset: inserting.offsets[i]}
		}
	}
	return nil
}

// Close ends the connections.
func (p *Publisher) Close() error { return p.db.Close() }

// inserter executes the one statement of a Publish, and keeps what it returns.
type inserter struct {
	*sql.DB
	trying  context.Context // done when nothing is tried again
	outage  func(error) bool
	offsets []int64
}

// ExecContext is what watermill-sql's publisher calls.
func (i *inserter) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	for {
		err := i.insert(ctx, query, args)
		if err == nil {
			return driver.RowsAffected(len(i.offsets)), nil
		}
		if !i.outage(err) {
			return nil, err
		}
		select {
		case <-time.After(retryAfter):
		case <-i.trying.Done():
			return nil, err
		}
	}
}

func (i *inserter) insert(ctx context.Context, query string, args []any) error {
	ctx, cancel := context.WithTimeout(ctx, publishTimeout)
	defer cancel()
	rows, err := i.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	i.offsets = i.offsets[:0]
	for rows.Next() {
		var offset int64
		if err := rows.Scan(&offset); err != nil {
			return err
		}
		i.offsets = append(i.offsets, offset)
	}
	return rows.Err()
}
