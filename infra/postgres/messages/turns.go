package messages

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/lib/pq"
)

const (
	// pollInterval is how often a member looks for messages.
	pollInterval = 50 * time.Millisecond
	// retryInterval is how long after an error of the database it tries again.
	retryInterval = 250 * time.Millisecond
)

// turns begins watermill-sql's transactions, each of them a turn, when there is
// something to deliver: reading the position locks it, which writes to the disk,
// and that is too much for a look.
type turns struct {
	*sql.DB
	subscription *subscription
}

var _ wmsql.Beginner = turns{}

// BeginTx waits for messages, or until the subscription shall stop.
func (t turns) BeginTx(ctx context.Context, options *sql.TxOptions) (*sql.Tx, error) {
	for {
		waiting, err := t.waiting(t.subscription.stopping)
		if err != nil {
			return nil, err
		}
		if waiting {
			return t.DB.BeginTx(ctx, options)
		}
		select {
		case <-time.After(pollInterval):
		case <-t.subscription.stopping.Done():
			return nil, t.subscription.stopping.Err()
		}
	}
}

// waiting reports whether the group has a message to come.
func (t turns) waiting(ctx context.Context) (waiting bool, err error) {
	err = t.QueryRowContext(ctx, `SELECT EXISTS (SELECT `+beyond(t.subscription.topic)+` WHERE `+settled+`)`, t.subscription.config.Group).Scan(&waiting)
	if err != nil {
		return false, fmt.Errorf("look for messages: %w", err)
	}
	return waiting, nil
}

// beyond selects from the messages that a group, $1, has not acked.
func beyond(topic string) string {
	return `FROM ` + Table(topic) + ` JOIN ` + offsetsTable(topic) + ` ON consumer_group = $1
		AND (transaction_id, "offset") > (last_processed_transaction_id, offset_acked)`
}

// backoff decides what watermill-sql does after each turn. It is for one goroutine.
type backoff struct {
	stopping context.Context
	logger   *slog.Logger
	topic    string
	failing  bool // the log has said so
}

var _ wmsql.BackoffManager = (*backoff)(nil)

// HandleError returns how long to wait before the next turn.
func (b *backoff) HandleError(_ watermill.LoggerAdapter, _ bool, err error) time.Duration {
	switch {
	case err == nil:
		if b.failing {
			b.logger.Info("reading again", slog.String("topic", b.topic))
		}
		b.failing = false
		return 0
	case b.stopping.Err() != nil, elsewhere(err):
		return 0
	}
	if !b.failing {
		b.logger.Warn("cannot read, trying again until it works", slog.String("topic", b.topic), slog.Any("error", err))
	}
	b.failing = true
	return retryInterval
}

// elsewhere reports whether the error says that another member has, or had, its
// turn: the position is locked, or was moved since this one looked.
func elsewhere(err error) bool {
	answer, answered := errors.AsType[*pq.Error](err)
	return answered && (answer.Code == "55P03" || answer.Code == "40001")
}
