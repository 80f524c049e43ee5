package servertest

import (
	"database/sql"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded"
)

// Database creates a database for one test and returns its URL.
func Database(t testing.TB) string {
	t.Helper()
	server := postgres(t)
	name := strings.ToLower(strings.ReplaceAll(Name("test"), "-", "_"))
	Execute(t, server, "CREATE DATABASE "+pq.QuoteIdentifier(name))
	t.Cleanup(func() { Execute(t, server, "DROP DATABASE "+pq.QuoteIdentifier(name)+" WITH (FORCE)") })

	database, err := url.Parse(server)
	require.NoError(t, err)
	database.Path = "/" + name
	return database.String()
}

// Query returns the first column of what a query answers, as text.
func Query(t testing.TB, databaseURL, query string, args ...any) []string {
	t.Helper()
	db, err := sql.Open("postgres", databaseURL)
	require.NoError(t, err)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), query, args...)
	require.NoError(t, err)
	defer rows.Close()
	var answers []string
	for rows.Next() {
		var answer string
		require.NoError(t, rows.Scan(&answer))
		answers = append(answers, answer)
	}
	require.NoError(t, rows.Err())
	return answers
}

// Execute runs a statement.
func Execute(t testing.TB, databaseURL, statement string) {
	t.Helper()
	db, err := sql.Open("postgres", databaseURL)
	require.NoError(t, err)
	defer db.Close()
	_, err = db.Exec(statement)
	require.NoError(t, err)
}

// postgres returns the URL of the server's first database.
func postgres(t testing.TB) string {
	t.Helper()
	if named := os.Getenv(PostgresVariable); named != "" {
		return named
	}
	servers.mu.Lock()
	defer servers.mu.Unlock()
	if servers.postgres == nil {
		// Nothing of a test must survive a loss of power, so no test waits for the disk.
		settings := map[string]string{"fsync": "off", "full_page_writes": "off", "max_connections": "200"}
		server, err := embedded.StartPostgres(t.Context(), embedded.PostgresOptions{Settings: settings})
		require.NoError(t, err)
		servers.postgres = server
	}
	return servers.postgres.URL(embedded.Database)
}
