package postgres

import (
	"context"
	"fmt"
	"time"
)

// committedAt is when a row became visible: by the server's clock at the commit if
// it keeps that (track_commit_timestamp), else at the insert.
const committedAt = `CASE current_setting('track_commit_timestamp')
	WHEN 'on' THEN coalesce(pg_xact_commit_timestamp(xmin), committed_at) ELSE committed_at END`

// Commits calls visit with every row of a group, in the order of time: which
// record it was, and when it was committed, by the server's clock. A server that
// does not keep that (track_commit_timestamp) says when it was inserted.
func (s *Snapshot) Commits(ctx context.Context, write Write, visit func(partition int32, offset int64, at time.Time)) error {
	rows, err := s.tx.QueryContext(ctx, `SELECT kafka_partition, kafka_offset, `+committedAt+` AS at FROM `+write.table()+` ORDER BY at`)
	if err != nil {
		return fmt.Errorf("read when the rows of schema %s were committed: %w", s.schema, err)
	}
	defer rows.Close()
	for rows.Next() {
		var partition int32
		var offset int64
		var at time.Time
		if err := rows.Scan(&partition, &offset, &at); err != nil {
			return fmt.Errorf("read when the rows of schema %s were committed: %w", s.schema, err)
		}
		visit(partition, offset, at)
	}
	return rows.Err()
}

// Holds reports whether a record has a row.
func (s *Snapshot) Holds(ctx context.Context, write Write, partition int32, offset int64) (bool, error) {
	var holds bool
	query := `SELECT EXISTS (SELECT FROM ` + write.table() + ` WHERE kafka_partition = $1 AND kafka_offset = $2)`
	if err := s.tx.QueryRowContext(ctx, query, partition, offset).Scan(&holds); err != nil {
		return false, fmt.Errorf("look for a row in schema %s: %w", s.schema, err)
	}
	return holds, nil
}
