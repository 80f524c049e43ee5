package postgres

import (
	"context"
	"fmt"
	"time"
)

// Commits calls visit with every row of a group, in the order of time: which
// record it was, and when it was committed, to the precision of committed_at,
// which is the clock of the server at the insert.
func (s *Snapshot) Commits(ctx context.Context, write Write, visit func(partition int32, offset int64, at time.Time)) error {
	rows, err := s.tx.QueryContext(ctx, `SELECT kafka_partition, kafka_offset, committed_at FROM `+write.table()+` ORDER BY committed_at`)
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
