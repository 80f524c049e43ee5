package guard

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func startGuard(t *testing.T, remove, script string) *Process {
	t.Helper()
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	defer output.Close()
	process, err := Start(Command{Args: []string{"/bin/sh", "-c", script}, Output: output, Remove: remove})
	require.NoError(t, err)
	t.Cleanup(func() { process.Stop() })
	return process
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestGuardPassesOnHowItsCommandEnded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	process := startGuard(t, dir, "exit 7")
	<-process.done
	require.EqualError(t, process.err, "exit status 7")
	require.DirExists(t, dir, "nobody asked for the end")
}

// The alive pipe has ended when done is closed, so nothing of it is left.
func TestGuardThatIsKilledTakesItsCommandAlong(t *testing.T) {
	t.Parallel()
	process := startGuard(t, "", "sleep 1000")
	require.NoError(t, syscall.Kill(process.group, syscall.SIGKILL))
	<-process.done
	require.EqualError(t, process.err, "signal: killed")
}

func TestGuardTerminates(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	started := filepath.Join(dir, "started")
	process := startGuard(t, dir, "trap 'exit 3' TERM; touch "+started+"; while :; do sleep 0.01; done")
	require.Eventually(t, func() bool { _, err := os.Stat(started); return err == nil }, time.Minute, time.Millisecond)
	process.Terminate()
	<-process.Done()
	require.EqualError(t, process.Err(), "exit status 3")
	require.FileExists(t, started, "who is terminated may be started again")
}

// An abrupt one is not asked.
func TestGuardKillsTheAbrupt(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	require.NoError(t, os.Mkdir(dir, 0o755))
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	defer output.Close()
	process, err := Start(Command{
		Args: []string{"/bin/sh", "-c", "trap 'exit 3' INT TERM; sleep 1000"}, Output: output, Remove: dir, Abrupt: true,
	})
	require.NoError(t, err)
	require.True(t, process.Stop())
	require.EqualError(t, process.Err(), "exit status 137")
	require.NoDirExists(t, dir)
}
