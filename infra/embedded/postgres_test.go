package embedded

import (
	"context"
	"database/sql"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/stretchr/testify/require"
)

// fast spares tests the disk.
var fast = map[string]string{"fsync": "off"}

func start(t *testing.T, opts PostgresOptions) *Postgres {
	t.Helper()
	if opts.Settings == nil {
		opts.Settings = fast
	}
	postgres, err := StartPostgres(t.Context(), opts)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, postgres.Close()) })
	return postgres
}

func open(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("postgres", url)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func ask(t *testing.T, db *sql.DB, query string) (answer string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), query).Scan(&answer))
	return answer
}

func TestPostgresStartsWithItsDatabaseAndEndsOnClose(t *testing.T) {
	t.Parallel()
	postgres := start(t, PostgresOptions{Settings: map[string]string{
		"fsync": "off", "application_name": "with 'quotes' and blanks", "port": "1",
	}})
	db := open(t, postgres.URL(Database))
	require.Equal(t, Database, ask(t, db, "SELECT current_database()"))
	require.Equal(t, "off", ask(t, db, "SHOW fsync"))
	require.Equal(t, "with 'quotes' and blanks", ask(t, db, "SELECT reset_val FROM pg_settings WHERE name = 'application_name'"))
	require.Equal(t, strconv.Itoa(postgres.Port()), ask(t, db, "SHOW port"))
	require.Equal(t, host, ask(t, db, "SHOW listen_addresses"))
	require.Equal(t, "C UTF8", ask(t, db, "SELECT datcollate || ' ' || pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()"))

	require.NoError(t, postgres.Err())
	require.NoError(t, postgres.Close())
	<-postgres.Done()
	require.NoError(t, postgres.Err(), "the end was asked for")
	require.NoDirExists(t, postgres.data.path)
	_, err := net.Dial("tcp", address(postgres.Port()))
	require.Error(t, err)
	postgres.Kill() // does nothing any more
}

func TestPostgresWantsThePassword(t *testing.T) {
	t.Parallel()
	postgres := start(t, PostgresOptions{})
	db := open(t, strings.Replace(postgres.URL(Database), ":"+Password+"@", ":wrong@", 1))
	var refusal *pq.Error
	require.ErrorAs(t, db.PingContext(t.Context()), &refusal)
	require.Equal(t, pqerror.InvalidPassword, refusal.Code)
}

func TestPostgresServersSideBySide(t *testing.T) {
	t.Parallel()
	taken, err := listen(0)
	require.NoError(t, err)
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port

	one := start(t, PostgresOptions{PreferredPort: port})
	two := start(t, PostgresOptions{PreferredPort: port})
	for _, postgres := range []*Postgres{one, two} {
		require.NotEqual(t, port, postgres.Port())
		db := open(t, postgres.URL(Database))
		require.Equal(t, postgres.data.cluster(), ask(t, db, "SHOW data_directory"))
	}

	port = one.Port()
	require.NoError(t, one.Close())
	require.Equal(t, port, start(t, PostgresOptions{PreferredPort: port}).Port(), "it is free now")
}

func TestPostgresKeepsItsDataDir(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), "not", "there yet")
	postgres := start(t, PostgresOptions{DataDir: dir})
	_, err := open(t, postgres.URL(Database)).ExecContext(t.Context(), "CREATE TABLE kept AS SELECT 'yes' AS answer")
	require.NoError(t, err)
	require.NoError(t, postgres.Close())

	postgres = start(t, PostgresOptions{DataDir: dir})
	require.Equal(t, "yes", ask(t, open(t, postgres.URL(Database)), "SELECT answer FROM kept"))

	postgres.Kill()
	<-postgres.Done()
	require.ErrorContains(t, postgres.Err(), "exit status 137", "128 and SIGKILL")

	postgres = start(t, PostgresOptions{DataDir: dir})
	require.Equal(t, "yes", ask(t, open(t, postgres.URL(Database)), "SELECT answer FROM kept"), "what was committed survives a crash")
}

func TestPostgresTellsWhyItEnded(t *testing.T) {
	t.Parallel()
	postgres := start(t, PostgresOptions{})
	require.NoError(t, syscall.Kill(postgres.process, syscall.SIGINT))
	<-postgres.Done()
	require.ErrorContains(t, postgres.Err(), "exit status 0")
	require.ErrorContains(t, postgres.Err(), "received fast shutdown request")
}

func TestPostgresFailsToStart(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	old := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(old, "cluster"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(old, "cluster", "PG_VERSION"), []byte("9.6\n"), 0o600))
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))

	for name, test := range map[string]struct {
		ctx  context.Context
		opts PostgresOptions
		want []string
	}{
		"data of another version": {t.Context(), PostgresOptions{DataDir: old},
			[]string{old, "install PostgreSQL 9, or move the directory away"}},
		"binaries missing": {t.Context(), PostgresOptions{BinDir: "/nowhere"},
			[]string{"find initdb and postgres in /nowhere", "no such file", "name the directory that has both"}},
		"cancelled": {cancelled, PostgresOptions{},
			[]string{"create a PostgreSQL cluster", "context canceled"}},
		"unknown setting": {t.Context(), PostgresOptions{Settings: map[string]string{"nonsense": "1"}},
			[]string{"start PostgreSQL in", `unrecognized configuration parameter "nonsense"`}},
		"data directory is a file": {t.Context(), PostgresOptions{DataDir: file},
			[]string{"create the data directory", file}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := StartPostgres(test.ctx, test.opts)
			require.Error(t, err)
			for _, want := range test.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
}

func TestPostgresFinishesAnInterruptedStart(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := StartPostgres(cancelled, PostgresOptions{DataDir: dir})
	require.ErrorIs(t, err, context.Canceled)

	postgres := start(t, PostgresOptions{DataDir: dir})
	require.Equal(t, Database, ask(t, open(t, postgres.URL(Database)), "SELECT current_database()"))
}
