package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/lib/pq"
)

// tableRights are what a processor does with a table.
type tableRights struct {
	table  string
	rights []string
}

// commonRights are what every processor needs in its schema, beside USAGE of the
// schema itself and the rights of its layout. Identity columns need no right of
// their own.
var commonRights = []tableRights{
	{"goose_db_version", []string{"SELECT"}},
	{"consumer_group", []string{"SELECT"}},
}

// outboxRights are what who announces and relays needs beside. To lock the position
// is to update it; the outbox is updated when it was restored from a dump.
var outboxRights = []tableRights{
	{"outbox", []string{"SELECT", "INSERT", "UPDATE", "DELETE"}},
	{"outbox_offsets", []string{"SELECT", "INSERT", "UPDATE"}},
	{"outbox_refused", []string{"SELECT", "INSERT"}},
}

// databaseRights are what a processor needs on the database. Everybody has them
// unless they were revoked from PUBLIC. TEMPORARY is for the staging table of
// batches.
var databaseRights = []string{"CONNECT", "TEMPORARY"}

// grant gives a role what a processor needs, and nothing else.
func grant(ctx context.Context, db *sql.DB, group, handler, role string) error {
	schema, to := pq.QuoteIdentifier(Schema(group)), ` TO `+pq.QuoteIdentifier(role)
	statements := []string{`GRANT USAGE ON SCHEMA ` + schema + to}
	needs := slices.Concat(commonRights, outboxRights)
	for _, layout := range layouts {
		if layout.handler == handler {
			needs = slices.Concat(needs, layout.rights)
		}
	}
	for _, need := range needs {
		statements = append(statements, `GRANT `+strings.Join(need.rights, ", ")+` ON `+schema+`.`+need.table+to)
	}
	for _, right := range databaseRights {
		// Only the database's owner may, and mostly there is no need to.
		var database string
		var has bool
		err := db.QueryRowContext(ctx, `SELECT current_database(), has_database_privilege($1, current_database(), $2)`,
			role, right).Scan(&database, &has)
		if err != nil {
			return explainGrant(role, err)
		}
		if !has {
			statements = append(statements, `GRANT `+right+` ON DATABASE `+pq.QuoteIdentifier(database)+to)
		}
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return explainGrant(role, err)
		}
	}
	return nil
}

func explainGrant(role string, err error) error {
	const undefinedObject = "42704"
	if answer, answered := errors.AsType[*pq.Error](err); answered && answer.Code == undefinedObject {
		return fmt.Errorf("--grant-to: %w; create the role first: CREATE ROLE %s LOGIN PASSWORD '...'", err, pq.QuoteIdentifier(role))
	}
	return fmt.Errorf("grant role %q what a processor needs: %w", role, err)
}

// checkRights refuses to begin without a right that the first order would need:
// then it would be an outage, and wait without end.
func (c Config) checkRights(ctx context.Context, db *sql.DB, group, handler string, rights []tableRights) error {
	var missing []string
	for _, need := range rights {
		for _, right := range need.rights {
			var has bool
			name := pq.QuoteIdentifier(Schema(group)) + "." + need.table
			if err := db.QueryRowContext(ctx, `SELECT has_table_privilege($1, $2)`, name, right).Scan(&has); err != nil {
				return fmt.Errorf("read the rights on table %s: %w", name, err)
			}
			if !has {
				missing = append(missing, right+" on "+Schema(group)+"."+need.table)
			}
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("user %q lacks the right %s at PostgreSQL %s; %s",
		c.settings.User, strings.Join(missing, ", "), c.address(), c.adviceToMigrate(group, handler))
}
