package bench

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/lib/pq"

	"orderflow/infra/postgres"
)

// gate keeps rows out of the table of a group until open is called, which may be
// called again. So the processes of a group begin together, when each has its share
// of the partitions, and none takes all of them before the others are there.
//
// A trigger waits for a lock that this process holds. It is called once for each
// batch, and so costs next to nothing afterwards.
func (r *run) gate(ctx context.Context, c Contestant, group string) (open func() error, err error) {
	store, err := postgres.Open(ctx, r.Servers.Database, group, c.Table) // which creates the table
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, fmt.Errorf("close the connection that made the table of %s: %w", group, err)
	}
	conn, err := r.database.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("connect to hold up %s: %w", group, err)
	}
	lock := time.Now().UnixNano()
	open = sync.OnceValue(func() error { return unlock(context.WithoutCancel(ctx), conn, lock) })
	function := pq.QuoteIdentifier(postgres.Schema(group)) + ".gate"
	for _, statement := range []string{
		fmt.Sprintf(`SELECT pg_advisory_lock(%d)`, lock),
		fmt.Sprintf(`CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN PERFORM pg_advisory_xact_lock_shared(%d); RETURN NULL; END $$`, function, lock),
		fmt.Sprintf(`CREATE TRIGGER gate BEFORE INSERT ON %s EXECUTE FUNCTION %s()`, postgres.TableOf(group, c.Table), function),
	} {
		if _, err := conn.ExecContext(ctx, statement); err != nil {
			return nil, errors.Join(fmt.Errorf("hold up %s: %w", group, err), open())
		}
	}
	return open, nil
}

func unlock(ctx context.Context, conn *sql.Conn, lock int64) error {
	_, err := conn.ExecContext(ctx, `SELECT pg_advisory_unlock($1)`, lock)
	return errors.Join(err, conn.Close())
}
