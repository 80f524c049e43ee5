package embedded

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/lib/pq"
)

// createDatabase creates Database unless it exists. It is asked for at every
// start, as the first may have been interrupted before it came to this.
func createDatabase(ctx context.Context, url string) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("create database %s: %w", Database, err)
		}
	}()
	connector, err := pq.NewConnector(url)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()

	var exists bool
	query := "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := db.QueryRowContext(ctx, query, Database).Scan(&exists); err != nil || exists {
		return err
	}
	_, err = db.ExecContext(ctx, "CREATE DATABASE "+pq.QuoteIdentifier(Database))
	return err
}
