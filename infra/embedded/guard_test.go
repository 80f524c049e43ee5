package embedded

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

func startGuard(t *testing.T, remove, script string) *guarded {
	t.Helper()
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	defer output.Close()
	process, err := startGuarded(identity{}, output, remove, "/bin/sh", "-c", script)
	require.NoError(t, err)
	t.Cleanup(func() { process.stop() })
	return process
}

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
