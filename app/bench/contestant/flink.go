package contestant

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/lib/pq"

	"orderflow/infra/postgres"
)

// narrowTable has as many columns as the trials with Flink had.
const narrowTable = `CREATE TABLE %s (order_id text PRIMARY KEY, user_id text NOT NULL, currency text NOT NULL,
	amount bigint NOT NULL, created_at timestamptz NOT NULL, committed_at timestamptz NOT NULL DEFAULT clock_timestamp())`

// Flink becomes Flink SQL, by app/bench/flink/TakeOrders.java: this process is from
// then on that of Java, and Flink returns only with an error. It knows neither TLS nor
// SASL. build is the directory that `mvn -f app/bench/flink package` fills. Narrow is a
// table of 5 columns without the items, else it has all.
func Flink(ctx context.Context, job Job, build string, narrow bool) error {
	jar, err := FlinkJar(build)
	if err != nil {
		return err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return fmt.Errorf("flink needs Java 17 on the PATH: %w", err)
	}
	table := postgres.TableOf(job.Group, job.Write)
	if narrow {
		err = createNarrow(ctx, job, table)
	} else {
		_, err = job.connector(ctx)
	}
	if err != nil {
		return err
	}
	database, err := jdbcURL(job.DatabaseURL)
	if err != nil {
		return err
	}
	columns := "all"
	if narrow {
		columns = "5"
	}
	// Not on the command line, which everybody may read: the URL has the password.
	environment := append(os.Environ(), "JDBC_URL="+database)
	args := []string{"java", "-Xmx512m", "-cp", filepath.Join(build, "lib", "*") + ":" + jar, "TakeOrders"}
	args = append(args, job.Kafka.Brokers[0], job.Topic, job.Group, postgres.Schema(job.Group), columns)
	return fmt.Errorf("become %s: %w", java, syscall.Exec(java, args, environment))
}

// FlinkJar returns the path of our part of Flink, or an error that says how to build it.
func FlinkJar(build string) (string, error) {
	jar := filepath.Join(build, "flink-opponent-1.jar")
	if _, err := os.Stat(jar); err != nil {
		return "", fmt.Errorf("the contestant flink is not built: %w; run `mvn -f app/bench/flink package`, which needs Maven and Java 17, "+
			"or name its target directory with --flink-build", err)
	}
	return jar, nil
}

func createNarrow(ctx context.Context, job Job, table string) error {
	connector, err := pq.NewConnector(job.DatabaseURL)
	if err != nil {
		return fmt.Errorf("read DATABASE_URL: %w", err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	for _, statement := range []string{
		`CREATE SCHEMA ` + pq.QuoteIdentifier(postgres.Schema(job.Group)), fmt.Sprintf(narrowTable, table),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("create %s: %w", table, err)
		}
	}
	return nil
}

// jdbcURL writes DATABASE_URL, which must be an URL, as PostgreSQL's JDBC driver wants it: with user
// and password among the parameters. Text is good for jsonb, and batches are
// rewritten to INSERTs of many rows, which is several times faster.
func jdbcURL(databaseURL string) (string, error) {
	parsed, err := url.Parse(databaseURL)
	if err != nil || parsed.Host == "" {
		return "", errors.New("DATABASE_URL: Flink needs the form postgres://USER:PASSWORD@HOST:PORT/DATABASE")
	}
	parameters := parsed.Query()
	parameters.Set("user", parsed.User.Username())
	if password, set := parsed.User.Password(); set {
		parameters.Set("password", password)
	}
	parameters.Set("reWriteBatchedInserts", "true")
	parameters.Set("stringtype", "unspecified")
	return "jdbc:postgresql://" + parsed.Host + parsed.Path + "?" + parameters.Encode(), nil
}
