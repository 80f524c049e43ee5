package embedded

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// startParent runs a process that starts a server, and returns what it
// announced and how to kill it.
func startParent(t *testing.T, server, dir string) (announcement, func()) {
	t.Helper()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), serverVariable+"="+server, dataDirVariable+"="+dir)
	parent.Stderr = os.Stderr
	// It ends with its stdin, should this process be killed.
	_, err := parent.StdinPipe()
	require.NoError(t, err)
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	kill := func() {
		_ = parent.Process.Kill()
		_ = parent.Wait() // "signal: killed"
	}
	t.Cleanup(kill)
	var said announcement
	require.NoError(t, json.NewDecoder(stdout).Decode(&said))
	return said, kill
}

func requireGone(t *testing.T, processes []int) {
	t.Helper()
	for _, process := range processes {
		require.Eventually(t, func() bool {
			return errors.Is(syscall.Kill(process, 0), syscall.ESRCH)
		}, 30*time.Second, 10*time.Millisecond, "process %d survives its parent", process)
	}
}

func TestPostgresDiesWithItsParent(t *testing.T) {
	t.Parallel()
	said, kill := startParent(t, "postgres", "")
	db := open(t, said.Address)
	require.Equal(t, "1", ask(t, db, "SELECT 1"))
	require.DirExists(t, said.DataDir)

	kill()
	requireGone(t, said.Children)
	require.NoDirExists(t, said.DataDir)
	require.Error(t, db.PingContext(t.Context()))
}

// The next start comes while the server that lost its parent is still ending.
func TestPostgresRestartsRightAfterItsParentWasKilled(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	said, kill := startParent(t, "postgres", dir)
	_, err := open(t, said.Address).ExecContext(t.Context(), "CREATE TABLE kept AS SELECT 'yes' AS answer")
	require.NoError(t, err)

	kill()
	postgres := start(t, PostgresOptions{DataDir: dir})
	require.Equal(t, "yes", ask(t, open(t, postgres.URL(Database)), "SELECT answer FROM kept"))
	requireGone(t, said.Children)
}

func TestKafkaKeepsWhatItAcknowledgedBeforeItWasKilled(t *testing.T) {
	t.Parallel()
	dir := openDir(t)
	kafka := startKafka(t, KafkaOptions{DataDir: dir})
	createTopic(t, kafka.Addr())
	produce(t, kafka.Addr(), "one")
	kafka.Close() // leaves a snapshot, which the crash makes stale

	said, kill := startParent(t, "kafka", dir)
	produce(t, said.Address, "two", "three")
	require.Equal(t, []string{"one", "two"}, consume(t, said.Address, 2))
	kill()

	kafka = startKafka(t, KafkaOptions{DataDir: dir})
	produce(t, kafka.Addr(), "four")
	require.Equal(t, []string{"three", "four"}, consume(t, kafka.Addr(), 2))
}
