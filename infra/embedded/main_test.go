package embedded

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// The test binary with these variables is a process that starts a server,
// "kafka" or "postgres", in a data directory, announces it and waits to be
// killed.
const (
	serverVariable  = "ORDERFLOW_EMBEDDED_SERVER"
	dataDirVariable = "ORDERFLOW_EMBEDDED_DATA_DIR"
)

// announcement is what that process prints when the server is ready.
type announcement struct {
	Address  string // host:port of Kafka, URL of PostgreSQL
	DataDir  string
	Children []int // the guard and the server
}

func TestMain(m *testing.M) {
	if server := os.Getenv(serverVariable); server != "" {
		if err := serve(server, os.Getenv(dataDirVariable)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func serve(server, dir string) error {
	said := announcement{DataDir: dir}
	if server == "kafka" {
		kafka, err := StartKafka(KafkaOptions{DataDir: dir})
		if err != nil {
			return err
		}
		said.Address = kafka.Addr()
	} else {
		postgres, err := StartPostgres(context.Background(), PostgresOptions{DataDir: dir, Settings: fast})
		if err != nil {
			return err
		}
		said.Address = postgres.URL(Database)
		said.DataDir = postgres.data.path
		said.Children = []int{postgres.server.Group(), postgres.process}
	}
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		return err
	}
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// openDir returns a temporary directory that every user may enter. t.TempDir is
// closed to all but its owner.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "embedded-test-") //nolint:usetesting // see above
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}
