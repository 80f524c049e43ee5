package postgres

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
)

const (
	// eventsMetadata is the metadata of a message that says how many events its
	// payload holds.
	eventsMetadata = "events"
	// outboxTopic is the topic under which Watermill's subscriber knows the outbox,
	// and relayGroup what it is as a consumer of it.
	outboxTopic = "outbox"
	relayGroup  = "relay"
	// relayRows and relayBytes bound what is taken from the outbox at once.
	relayRows  = 500
	relayBytes = 1 << 20
)

// outboxSchema is how watermill-sql's publisher and subscriber use the outbox. It
// differs from their own schema in three ways: a message is many events, its topic
// is a column, and what is read at once is many rows, joined into one message that
// Watermill's forwarder understands. The library hands out one message after the
// other, so with one event in each the events would take as long as the broker's
// answers to each of them.
type outboxSchema struct{}

var _ wmsql.SchemaAdapter = outboxSchema{}

// InsertQuery is one statement for all messages.
func (outboxSchema) InsertQuery(topic string, messages message.Messages) (wmsql.Query, error) {
	var values strings.Builder
	args := make([]any, 0, 1+2*len(messages))
	args = append(args, topic)
	for i, msg := range messages {
		if i > 0 {
			values.WriteString(", ")
		}
		fmt.Fprintf(&values, "(pg_current_xact_id(), $1, $%d, $%d)", len(args)+1, len(args)+2)
		args = append(args, msg.Metadata[eventsMetadata], []byte(msg.Payload))
	}
	return wmsql.Query{
		Query: `INSERT INTO outbox (transaction_id, topic, events, payload) VALUES ` + values.String(),
		Args:  args,
	}, nil
}

// SelectQuery returns the next rows of one topic, joined into one: each of their
// payloads behind its length, 4 bytes. Rows of transactions that began after one
// that is still open have to wait for it: it may yet commit, and come before them.
func (outboxSchema) SelectQuery(topic, consumerGroup string, offsets wmsql.OffsetsAdapter) wmsql.Query {
	position := offsets.NextOffsetQuery(topic, consumerGroup)
	return wmsql.Query{Args: position.Args, Query: `
	WITH relayed AS (` + position.Query + `),
	waiting AS MATERIALIZED (
		SELECT transaction_id, "offset", topic, payload FROM outbox
		WHERE (transaction_id, "offset") > ((SELECT last_processed_transaction_id FROM relayed), (SELECT offset_acked FROM relayed))
		AND transaction_id < pg_snapshot_xmin(pg_current_snapshot())
		ORDER BY transaction_id, "offset" LIMIT ` + strconv.Itoa(relayRows) + `),
	measured AS (
		SELECT transaction_id, "offset", topic, payload, sum(octet_length(payload)) OVER earlier AS bytes_before,
			bool_or(topic <> (SELECT topic FROM waiting ORDER BY transaction_id, "offset" LIMIT 1)) OVER so_far AS other_topic
		FROM waiting
		WINDOW so_far AS (ORDER BY transaction_id, "offset"), earlier AS (so_far ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
	SELECT min(topic),
		(array_agg(transaction_id::text ORDER BY transaction_id DESC, "offset" DESC))[1],
		(array_agg("offset" ORDER BY transaction_id DESC, "offset" DESC))[1],
		string_agg(int4send(octet_length(payload)) || payload, '' ORDER BY transaction_id, "offset")
	FROM measured WHERE NOT other_topic AND coalesce(bytes_before, 0) < ` + strconv.Itoa(relayBytes)}
}

// UnmarshalMessage makes the message of what SelectQuery returns, and ErrNoRows of
// nothing.
func (outboxSchema) UnmarshalMessage(answer wmsql.Scanner) (wmsql.Row, error) {
	var topic, transaction sql.NullString
	var offset sql.NullInt64
	var payload []byte
	if err := answer.Scan(&topic, &transaction, &offset, &payload); err != nil {
		return wmsql.Row{}, fmt.Errorf("read the outbox: %w", err)
	}
	if !offset.Valid {
		return wmsql.Row{}, sql.ErrNoRows
	}
	id := fmt.Sprintf("%s/%d", transaction.String, offset.Int64)
	enveloped, err := envelope(topic.String, message.NewMessage(id, payload))
	if err != nil {
		return wmsql.Row{}, fmt.Errorf("address the events up to %s: %w", id, err)
	}
	return wmsql.Row{
		Offset: offset.Int64, Msg: enveloped,
		ExtraData: map[string]any{transactionID: transaction.String},
	}, nil
}

// SchemaInitializingQueries returns none: the migrations make the tables.
func (outboxSchema) SchemaInitializingQueries(string) []wmsql.Query { return nil }

// SubscribeIsolationLevel is that of one look at position and rows.
func (outboxSchema) SubscribeIsolationLevel() sql.IsolationLevel { return sql.LevelRepeatableRead }

// newOutboxPublisher returns watermill-sql's publisher of what is done in a
// transaction.
func newOutboxPublisher(executor wmsql.ContextExecutor) (message.Publisher, error) {
	return wmsql.NewPublisher(executor, wmsql.PublisherConfig{SchemaAdapter: outboxSchema{}}, watermill.NopLogger{})
}
