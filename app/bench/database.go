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
	return measured, nil
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
