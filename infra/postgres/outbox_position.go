package postgres

import (
	wmsql "github.com/ThreeDotsLabs/watermill-sql/v3/pkg/sql"
)

const transactionID = "transaction_id"

// outboxPosition is watermill-sql's bookkeeping of how far the outbox is published,
// with three differences. Who cannot lock the position at once sees an empty outbox
// and comes again later: the processors take turns without waiting for one another
// in a transaction, and without the serialization failures that would end the wait.
// What is published is deleted by the statement that notes it. And a position that
// lies in the future is taken back.
type outboxPosition struct {
	wmsql.DefaultPostgreSQLOffsetsAdapter
}

var _ wmsql.OffsetsAdapter = outboxPosition{}

func newOutboxPosition() outboxPosition {
	return outboxPosition{wmsql.DefaultPostgreSQLOffsetsAdapter{
		GenerateMessagesOffsetsTableName: func(topic string) string { return topic + "_offsets" },
	}}
}

// NextOffsetQuery locks the position, unless another has.
func (p outboxPosition) NextOffsetQuery(topic, consumerGroup string) wmsql.Query {
	query := p.DefaultPostgreSQLOffsetsAdapter.NextOffsetQuery(topic, consumerGroup)
	query.Query += ` SKIP LOCKED`
	return query
}

// AckMessageQuery notes the position and deletes what lies between the last one and
// this.
func (p outboxPosition) AckMessageQuery(topic string, row wmsql.Row, consumerGroup string) wmsql.Query {
	query := p.DefaultPostgreSQLOffsetsAdapter.AckMessageQuery(topic, row, consumerGroup)
	query.Query = `WITH relayed AS (
		DELETE FROM outbox
		WHERE (transaction_id, "offset") <= ($2::xid8, $1::bigint)
		AND (transaction_id, "offset") > (
			SELECT last_processed_transaction_id, offset_acked FROM ` + p.MessagesOffsetsTable(topic) + ` WHERE consumer_group = $3::text))
	` + query.Query
	return query
}

// BeforeSubscribingQueries also mends what a dump leaves that was restored into
// another cluster, whose transactions count from a lower number: what is waiting
// would wait until they have come as far. Within a key the offsets alone are in
// order.
func (p outboxPosition) BeforeSubscribingQueries(topic, consumerGroup string) []wmsql.Query {
	return append(p.DefaultPostgreSQLOffsetsAdapter.BeforeSubscribingQueries(topic, consumerGroup),
		wmsql.Query{Query: `UPDATE ` + p.MessagesOffsetsTable(topic) + ` SET last_processed_transaction_id = '0', offset_acked = 0
			WHERE last_processed_transaction_id >= pg_snapshot_xmax(pg_current_snapshot())`},
		wmsql.Query{Query: `UPDATE outbox SET transaction_id = '1' WHERE transaction_id >= pg_snapshot_xmax(pg_current_snapshot())`})
}
