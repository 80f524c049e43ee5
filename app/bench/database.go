package bench

import (
	"context"
	"errors"
	"fmt"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"

	"orderflow/infra/postgres"
)

// count reads back what a group has in its table.
func (r *run) count(ctx context.Context, c Contestant, group string) (measured Throughput, err error) {
	query := `SELECT count(*), coalesce(extract(epoch FROM max(committed_at) - min(committed_at)), 0) FROM ` + postgres.TableOf(group, c.Table)
	if err := r.database.QueryRowContext(ctx, query).Scan(&measured.Rows, &measured.Seconds); err != nil {
		return measured, fmt.Errorf("count the rows of %s: %w", group, err)
	}
	if c.Ordered {
		return measured, r.inOrder(ctx, c, group)
	}
	return measured, nil
}

// inOrder is an error if a user's rows are not in the order of the user's records.
func (r *run) inOrder(ctx context.Context, c Contestant, group string) error {
	query := `SELECT count(*) FROM (
			SELECT kafka_offset < lag(kafka_offset) OVER (PARTITION BY user_id, kafka_partition ORDER BY row_id) AS back
			FROM ` + postgres.TableOf(group, c.Table) + `) AS rows WHERE back`
	var back int64
	if err := r.database.QueryRowContext(ctx, query).Scan(&back); err != nil {
		return fmt.Errorf("read the order of the rows of %s: %w", group, err)
	}
	if back > 0 {
		return fmt.Errorf("%s has written %d rows after one of a later order of the same user", c.Name, back)
	}
	return nil
}

// clear removes the tables of a group, also when ctx is done, and has the database
// write out what is left of them, so that nobody pays for who came before.
func (r *run) clear(ctx context.Context, group string) error {
	ctx = context.WithoutCancel(ctx)
	if _, err := r.database.ExecContext(ctx, `DROP SCHEMA IF EXISTS `+pq.QuoteIdentifier(postgres.Schema(group))+` CASCADE`); err != nil {
		return fmt.Errorf("remove the tables of %s: %w", group, err)
	}
	_, err := r.database.ExecContext(ctx, `CHECKPOINT`)
	if refused, ok := errors.AsType[*pq.Error](err); ok && refused.Code == pqerror.InsufficientPrivilege {
		return nil // the right pg_checkpoint is nothing to ask for
	}
	return err
}
