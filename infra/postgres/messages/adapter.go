package messages

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/lib/pq"
)

// Adapter is the table of a topic as watermill-sql asks for it. Its own keeps no
// key, the metadata as JSON, which holds no invalid UTF-8 and no NUL, and ids of
// up to 36 characters; and it reads the whole backlog for each batch. Who has SQL
// only may insert, too: every column but the value has a default.
//
// The zero value is ready, and safe for concurrent use.
type Adapter struct{}

var _ wmsql.SchemaAdapter = Adapter{}

// BatchSize is how many messages a member handles in one turn.
const BatchSize = 100

// SchemaInitializingQueries returns the statements that create the table.
func (Adapter) SchemaInitializingQueries(topic string) []wmsql.Query {
	return []wmsql.Query{
		{Query: `CREATE SCHEMA IF NOT EXISTS ` + topicsSchema},
		{Query: `CREATE SCHEMA IF NOT EXISTS ` + offsetsSchema},
		{Query: `CREATE TABLE IF NOT EXISTS ` + Table(topic) + ` (
			"offset"       bigserial,
			transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
			created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
			publish_id     uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(), -- publishing again is no second message
			uuid           bytea NOT NULL DEFAULT convert_to(gen_random_uuid()::text, 'UTF8'),
			key            bytea,
			payload        bytea,
			header_names   bytea[] NOT NULL DEFAULT '{}',
			header_values  bytea[] NOT NULL DEFAULT '{}',
			PRIMARY KEY (transaction_id, "offset")
		)`},
	}
}

// InsertQuery returns one statement for all messages, which returns their offsets
// in this order. It may be executed again, when it is not known whether it was:
// what is there already is not inserted twice.
func (Adapter) InsertQuery(topic string, messages message.Messages) (wmsql.Query, error) {
	const columns = 6
	var values strings.Builder
	args := make([]any, 0, len(messages)*columns)
	for _, msg := range messages {
		id, err := uuid.NewV7() // ascending, so that the index grows at its end
		if err != nil {
			return wmsql.Query{}, fmt.Errorf("make an id to publish message %s with: %w", msg.UUID, err)
		}
		values.WriteString(", (")
		for column := range columns {
			if column > 0 {
				values.WriteString(", ")
			}
			values.WriteString("$" + strconv.Itoa(len(args)+column+1))
		}
		values.WriteString(")")
		args = append(append(args, id.String()), rowOf(msg)...)
	}
	query := `INSERT INTO ` + Table(topic) + ` (publish_id, uuid, key, payload, header_names, header_values) VALUES ` +
		strings.TrimPrefix(values.String(), ", ") +
		` ON CONFLICT (publish_id) DO UPDATE SET publish_id = excluded.publish_id RETURNING "offset"`
	return wmsql.Query{Query: query, Args: args}, nil
}

// SelectQuery returns what comes after the group's position, as far as no older
// transaction is under way. Comparing rows lets the primary key find the place and
// the order; watermill-sql's own condition sorts all that waits.
func (Adapter) SelectQuery(topic, group string, offsets wmsql.OffsetsAdapter) wmsql.Query {
	position := offsets.NextOffsetQuery(topic, group)
	return wmsql.Query{
		Query: `WITH last_processed AS (` + position.Query + `)
			SELECT ` + columns + ` FROM ` + Table(topic) + `
			WHERE (transaction_id, "offset") > (
				(SELECT last_processed_transaction_id FROM last_processed), (SELECT offset_acked FROM last_processed))
			AND ` + settled + `
			ORDER BY transaction_id, "offset" LIMIT ` + strconv.Itoa(BatchSize),
		Args: position.Args,
	}
}

const (
	columns = `"offset", transaction_id, created_at, uuid, key, payload, header_names, header_values`
	// settled holds of what is older than every transaction under way: nothing can
	// come before it any more.
	settled = `transaction_id < pg_snapshot_xmin(pg_current_snapshot())`
)

// The keys of a row's extra data.
const (
	transactionID = "transaction_id" // where watermill-sql's offsets adapter looks for it
	createdAt     = "created_at"
)

// UnmarshalMessage reads a row of SelectQuery.
func (Adapter) UnmarshalMessage(row wmsql.Scanner) (wmsql.Row, error) {
	record, transaction, err := scan(row)
	if err != nil {
		return wmsql.Row{}, err
	}
	return wmsql.Row{
		Offset:    record.Offset,
		Msg:       record.message(),
		ExtraData: map[string]any{transactionID: transaction, createdAt: record.Timestamp},
	}, nil
}

// SubscribeIsolationLevel makes a member that waited for its turn see, by an
// error, that its view of what comes next is out of date.
func (Adapter) SubscribeIsolationLevel() sql.IsolationLevel { return sql.LevelRepeatableRead }

// scan reads the columns.
func scan(row wmsql.Scanner) (record Record, transaction int64, err error) {
	var names, values pq.ByteaArray
	var at time.Time
	err = row.Scan(&record.Offset, &transaction, &at, &record.UUID, &record.Key, &record.Value, &names, &values)
	if err != nil {
		return record, 0, fmt.Errorf("read a message: %w", err)
	}
	record.Timestamp = at.UTC()
	for i := range min(len(names), len(values)) {
		record.Headers = append(record.Headers, Header{Name: names[i], Value: values[i]})
	}
	return record, transaction, nil
}
