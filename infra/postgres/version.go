package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/lib/pq"
)

// insufficientPrivilege is the SQLSTATE of what a role may not do.
const insufficientPrivilege = "42501"

func refusedByRights(err error) bool {
	answer, answered := errors.AsType[*pq.Error](err)
	return answered && answer.Code == insufficientPrivilege
}

// prepare makes sure that the group's schema is there, is not older than this
// program, and may be used for this way of writing. Who may change it has it
// migrated; who may not, as a processor in production should, is told how to. A
// newer schema will do: migrations only add to it, so that processors of the old
// version go on while those of the new one are rolled out.
func (c Config) prepare(ctx context.Context, db *sql.DB, group string, write Write) error {
	schema, layout := Schema(group), layouts[write]
	version, err := schemaVersion(ctx, db, schema)
	if err != nil {
		return c.askForRights(group, layout.handler, err)
	}
	provider, err := migrator(db)
	if err != nil {
		return err
	}
	sources := provider.ListSources()
	newest := sources[len(sources)-1].Version
	if version < newest {
		err := migrate(ctx, db, group, layout.handler)
		if refusedByRights(err) {
			state := fmt.Sprintf("is at version %d", version)
			if version == 0 {
				state = "does not exist"
			}
			return fmt.Errorf("schema %s of consumer group %q %s, this program needs version %d, and user %q may not change it (%w): "+
				"%s", schema, group, state, newest, c.settings.User, err, c.adviceToMigrate(group, layout.handler))
		}
		if err != nil {
			return err
		}
	}
	if err := checkOwner(ctx, db, group, layout.handler); err != nil {
		return c.askForRights(group, layout.handler, err)
	}
	return c.checkRights(ctx, db, group, layout.handler, layout.rights)
}

// schemaVersion returns the number of the last migration that the schema has had,
// 0 if it does not exist.
func schemaVersion(ctx context.Context, db *sql.DB, schema string) (version int64, err error) {
	table := pq.QuoteIdentifier(schema) + ".goose_db_version"
	var exists bool
	err = db.QueryRowContext(ctx, `SELECT to_regclass($1) IS NOT NULL`, table).Scan(&exists)
	if err == nil && exists {
		err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM `+table).Scan(&version)
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of schema %s: %w", schema, err)
	}
	return version, nil
}

// checkOwner refuses the schema of another group, or of one that does something
// else with its orders.
func checkOwner(ctx context.Context, db *sql.DB, group, handler string) error {
	schema := Schema(group)
	var owner, handles string
	if err := db.QueryRowContext(ctx, `SELECT group_id, handler FROM consumer_group`).Scan(&owner, &handles); err != nil {
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

func (c Config) adviceToMigrate(group, handler string) string {
	return fmt.Sprintf("run `go run ./app migrate --handler %s --group-id %s --grant-to %s` with the DATABASE_URL of a user who may",
		handler, group, c.settings.User)
}

// askForRights adds what to do to an error that says that a right is missing.
func (c Config) askForRights(group, handler string, err error) error {
	if !refusedByRights(err) {
		return err
	}
	return fmt.Errorf("user %q may not use schema %s: %w; %s", c.settings.User, Schema(group), err, c.adviceToMigrate(group, handler))
}
