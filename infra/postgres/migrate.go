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

// Migrate creates the schema of a consumer group that handles its orders so
// (persist or analytics), or brings it up to date, and grants a role, unless it is
// "", what its processors need. It returns the version that the schema has now. The
// user of config owns what is created.
func Migrate(ctx context.Context, config Config, group, handler, role string) (version int64, err error) {
	db, err := config.open(Schema(group))
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }() // what was done is committed
	if err := config.ping(ctx, db); err != nil {
		return 0, err
	}
	if err := migrate(ctx, db, group, handler); err != nil {
		return 0, err
	}
	if err := checkOwner(ctx, db, group, handler); err != nil {
		return 0, err
	}
	if role != "" {
		if err := grant(ctx, db, group, handler, role); err != nil {
			return 0, err
		}
	}
	return schemaVersion(ctx, db, Schema(group))
}

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
	if err := createSchema(ctx, lock, schema); err != nil {
		return fmt.Errorf("create schema %s: %w; the user of DATABASE_URL needs the right CREATE on the database", schema, err)
	}
	provider, err := migrator(db)
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate schema %s: %w", schema, err)
	}
	const claim = `INSERT INTO consumer_group (group_id, handler) VALUES ($1, $2) ON CONFLICT DO NOTHING`
	if _, err := lock.ExecContext(ctx, claim, group, handler); err != nil {
		return fmt.Errorf("claim schema %s for group %q: %w", schema, group, err)
	}
	return nil
}

// createSchema looks first: CREATE SCHEMA IF NOT EXISTS asks for the right to
// create also when there is nothing to create, and who was given a schema may not
// have it.
func createSchema(ctx context.Context, conn *sql.Conn, schema string) error {
	var exists bool
	query := `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)`
	if err := conn.QueryRowContext(ctx, query, schema).Scan(&exists); err != nil || exists {
		return err
	}
	_, err := conn.ExecContext(ctx, `CREATE SCHEMA `+pq.QuoteIdentifier(schema))
	return err
}

func migrator(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	return provider, nil
}
