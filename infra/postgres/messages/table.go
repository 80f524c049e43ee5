package messages

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/lib/pq"
)

// The schemas of the tables. A consumer group's schema never begins so.
const (
	topicsSchema  = "_topics"
	offsetsSchema = "_offsets"
)

const (
	// maxIdentifier is the length that PostgreSQL cuts names to, in bytes.
	maxIdentifier = 63
	// oldestServer is the least server_version_num: before, a session that gives no
	// sign of life between two transactions could not be ended (idle_session_timeout).
	oldestServer = 140_000
	// topicsLock is the advisory lock that lets one process create topics at a time:
	// CREATE .. IF NOT EXISTS fails when two do it at once. An arbitrary number, the
	// bytes of "topic".
	topicsLock = 0x746f706963
)

// Topics manages topics and reads what they hold. It is safe for concurrent use.
type Topics struct {
	db *sql.DB
}

// NewTopics returns the topics of a database. The pool stays the caller's.
func NewTopics(db *sql.DB) *Topics { return &Topics{db} }

// Table is the name of a topic's table, with its schema and quoted.
func Table(topic string) string { return topicsSchema + "." + identifier(topic) }

func offsetsTable(topic string) string { return offsetsSchema + "." + identifier(topic) }

// identifier is the topic's name, if that is not too long. The sign before the
// hash is in no topic's name.
func identifier(topic string) string {
	if len(topic) > maxIdentifier {
		hash := sha256.Sum256([]byte(topic))
		suffix := "~" + hex.EncodeToString(hash[:8])
		topic = topic[:maxIdentifier-len(suffix)] + suffix
	}
	return pq.QuoteIdentifier(topic)
}

// EnsureTopic creates a topic unless it exists; created says which.
func (t *Topics) EnsureTopic(ctx context.Context, topic string) (created bool, err error) {
	var version int
	if err := t.db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int`).Scan(&version); err != nil {
		return false, fmt.Errorf("ask PostgreSQL for its version: %w", err)
	}
	if version < oldestServer {
		return false, fmt.Errorf("messages need PostgreSQL 14 or newer, this is %d: use --transport kafka, or another DATABASE_URL", version/10_000)
	}
	tx, err := t.db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("create topic %q: %w", topic, err)
	}
	defer func() { _ = tx.Rollback() }() // without effect after the commit
	if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, topicsLock); err != nil {
		return false, fmt.Errorf("wait for the lock on topics: %w", err)
	}
	if created, err = missing(ctx, tx, topic); err != nil || !created {
		return false, err
	}
	for _, query := range append(Adapter{}.SchemaInitializingQueries(topic), offsets().SchemaInitializingQueries(topic)...) {
		if _, err := tx.ExecContext(ctx, query.Query, query.Args...); err != nil {
			return false, fmt.Errorf("create topic %q: %w; the user of DATABASE_URL needs the right CREATE on the database", topic, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("create topic %q: %w", topic, err)
	}
	return true, nil
}

// missing reports whether a topic does not exist.
func missing(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, topic string) (gone bool, err error) {
	err = db.QueryRowContext(ctx, `SELECT to_regclass($1) IS NULL`, Table(topic)).Scan(&gone)
	if err != nil {
		return false, fmt.Errorf("look for topic %q: %w", topic, err)
	}
	return gone, nil
}

// offsets is watermill-sql's own adapter, on our tables.
func offsets() wmsql.DefaultPostgreSQLOffsetsAdapter {
	return wmsql.DefaultPostgreSQLOffsetsAdapter{GenerateMessagesOffsetsTableName: offsetsTable}
}
