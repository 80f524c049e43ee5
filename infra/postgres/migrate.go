package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/lib/pq"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock that lets one process migrate at a time,
// whatever the schema: an arbitrary number, the bytes of "order". A process that
// dies ends its session, which unlocks.
const migrationLock = 0x6f72646572

// migrate creates the group's schema, or brings it up to date. Processes that do
// it at once wait for one another.
func migrate(ctx context.Context, db *sql.DB, group, handler string) (err error) {
	lock, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect to migrate: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if _, err := lock.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, migrationLock); err != nil {
		return fmt.Errorf("wait for the lock on migrations: %w", err)
	}
	defer func() {
		_, unlockErr := lock.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, migrationLock)
		err = errors.Join(err, unlockErr)
	}()

	schema := Schema(group)
	if _, err := lock.ExecContext(ctx, `CREATE SCHEMA IF NOT EXISTS `+pq.QuoteIdentifier(schema)); err != nil {
		return fmt.Errorf("create schema %s: %w; the user of DATABASE_URL needs the right CREATE on the database", schema, err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema %s: %w", schema, err)
	}
	return claimSchema(ctx, lock, schema, group, handler)
}

// claimSchema writes down whose schema it is and what the group does with its
// orders, and refuses one of another group, or of one that does something else.
func claimSchema(ctx context.Context, conn *sql.Conn, schema, group, handler string) error {
	const claim = `INSERT INTO consumer_group (group_id, handler) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	if _, err := conn.ExecContext(ctx, claim, group, handler); err != nil {
		return fmt.Errorf("claim schema %s for group %q: %w", schema, group, err)
	}
	var owner, handles string
	if err := conn.QueryRowContext(ctx, `SELECT group_id, handler FROM consumer_group`).Scan(&owner, &handles); err != nil {
		return fmt.Errorf("read whose schema %s is: %w", schema, err)
	}
	if owner != group {
		return fmt.Errorf("schema %s belongs to consumer group %q, not to %q: choose another GROUP_ID", schema, owner, group)
	}
	if handles != handler {
		return fmt.Errorf("consumer group %q has handled its orders with %q up to its offsets, so %q would not see them: "+
			"choose another GROUP_ID, which begins with the oldest order", group, handles, handler)
	}
	return nil
}
