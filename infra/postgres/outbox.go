package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
)

const (
	// publishTimeout bounds the publishing of what is taken from the outbox at once.
	publishTimeout = 20 * time.Second
	// abandonedAfter is when the server ends the transaction of a relay that has gone
	// silent, so that another can take its turn. It is longer than a relay that lives
	// takes.
	abandonedAfter = publishTimeout + 10*time.Second
	// outboxConnections: the relay needs one, dead letters and the lag some more.
	outboxConnections = 8
)

// Outbox is events of a consumer group on their way to Kafka: a table that is
// written in the transactions of what it announces (Announcing, Publish), and read
// by a relay in each processor of the group, of which one at a time has its turn. It
// is safe for concurrent use.
type Outbox struct {
	db     *sql.DB
	schema string
}

// OpenOutbox connects to the outbox of a group whose schema is up to date, as Open
// makes it. Close the outbox.
func OpenOutbox(ctx context.Context, config Config, group string) (*Outbox, error) {
	config.settings = config.settings.Clone()
	config.settings.Runtime["idle_in_transaction_session_timeout"] = strconv.FormatInt(abandonedAfter.Milliseconds(), 10)
	db, err := config.open(Schema(group))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(outboxConnections)
	if err := config.mayRelay(ctx, db, group); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &Outbox{db: db, schema: Schema(group)}, nil
}

// mayRelay makes sure of the server and of the rights.
func (c Config) mayRelay(ctx context.Context, db *sql.DB, group string) error {
	if err := c.ping(ctx, db); err != nil {
		return err
	}
	var handler string
	if err := db.QueryRowContext(ctx, `SELECT handler FROM consumer_group`).Scan(&handler); err != nil {
		return fmt.Errorf("read what consumer group %q does with its orders: %w", group, err)
	}
	return c.checkRights(ctx, db, group, handler, outboxRights)
}

// Subscriber returns watermill-sql's subscriber of the outbox, for Watermill's
// forwarder with NewRelay's publisher. It reads under the name Topic returns.
func (o *Outbox) Subscriber(logger watermill.LoggerAdapter) (message.Subscriber, error) {
	deadline := publishTimeout
	subscriber, err := wmsql.NewSubscriber(o.db, wmsql.SubscriberConfig{
		ConsumerGroup:  relayGroup,
		AckDeadline:    &deadline,
		BackoffManager: &outboxPace{},
		SchemaAdapter:  outboxSchema{},
		OffsetsAdapter: newOutboxPosition(),
	}, logger)
	if err != nil {
		return nil, fmt.Errorf("create the subscriber of the outbox in schema %s: %w", o.schema, err)
	}
	return subscriber, nil
}

// Topic is the name under which the subscriber knows the outbox.
func (o *Outbox) Topic() string { return outboxTopic }

// Publish writes messages into the outbox, in a transaction of its own. They are
// durable when it returns nil, and will be published as they are: payload,
// metadata, and where they came from. It is a message.Publisher.
func (o *Outbox) Publish(topic string, messages ...*message.Message) error {
	ctx, cancel := context.WithTimeout(context.Background(), saveTimeout)
	defer cancel()
	if err := o.publish(ctx, topic, messages); err != nil {
		return fmt.Errorf("write %d messages for topic %s into the outbox of schema %s: %w", len(messages), topic, o.schema, err)
	}
	return nil
}

func (o *Outbox) publish(ctx context.Context, topic string, messages []*message.Message) error {
	tx, err := o.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	publisher, err := newOutboxPublisher(inContext{tx, ctx})
	if err != nil {
		return err
	}
	rows := make([]*message.Message, len(messages))
	for i, msg := range messages {
		rows[i] = eventsMessage(pack(appendMessage(nil, msg)), 1)
	}
	if err := publisher.Publish(topic, rows...); err != nil {
		return err
	}
	return tx.Commit()
}

// Lag is what has been written into the outbox and is not published.
type Lag struct {
	// Events counts them, Refused those that are set aside for good.
	Events, Refused int64
	// Oldest is how long the first of them has been waiting, 0 if there is none.
	Oldest time.Duration
}

// Lag reads how far the relay is behind.
func (o *Outbox) Lag(ctx context.Context) (lag Lag, err error) {
	const query = `SELECT (SELECT coalesce(sum(events), 0) FROM outbox), (SELECT count(*) FROM outbox_refused),
		coalesce((SELECT extract(epoch FROM clock_timestamp() - created_at) FROM outbox ORDER BY transaction_id, "offset" LIMIT 1), 0)`
	var seconds float64
	if err := o.db.QueryRowContext(ctx, query).Scan(&lag.Events, &lag.Refused, &seconds); err != nil {
		return lag, fmt.Errorf("read the lag of the outbox in schema %s: %w", o.schema, err)
	}
	lag.Oldest = time.Duration(seconds * float64(time.Second))
	return lag, nil
}

// Close ends the connections.
func (o *Outbox) Close() error { return o.db.Close() }
