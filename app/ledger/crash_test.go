package ledger_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"orderflow/app/ledger"
)

// crashEnv names the ledger that this binary writes until it is killed, instead
// of running tests.
const crashEnv = "ORDERFLOW_TEST_LEDGER_CRASH"

func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		writeUntilKilled(path)
	}
	goleak.VerifyTestMain(m)
}

// writeUntilKilled prints the number of every order that the ledger has let pass,
// as a publisher would send it.
func writeUntilKilled(path string) {
	w, err := ledger.Create(path, ledger.Header{Topic: "orders"})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var lanes sync.WaitGroup
	for lane := range 8 {
		lanes.Go(func() {
			key := []byte(strconv.Itoa(lane))
			for {
				n, err := w.Sending(ledger.Order{ID: "order", Key: key, Value: []byte("value")})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				_, _ = fmt.Println(n)
				_ = w.Settle(ledger.SentTo(n, 0, n))
			}
		})
	}
	lanes.Wait()
}

// The law: whatever was sent before the kill is on record.
func TestNothingSentIsMissingAfterSIGKILL(t *testing.T) {
	t.Parallel()
	for killAfter := 1; killAfter <= 5000; killAfter *= 7 {
		t.Run(strconv.Itoa(killAfter), func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "run.ledger")
			sent := sendAndKill(t, path, killAfter)
			require.GreaterOrEqual(t, len(sent), killAfter)

			entries, _ := read(t, path)
			recorded, keySeqs := map[int64]bool{}, map[string]int64{}
			for _, entry := range entries {
				if entry.Outcome != ledger.Sending {
					require.True(t, recorded[entry.N], "outcome of an order that is not on record")
					continue
				}
				recorded[entry.N] = true
				keySeqs[string(entry.Key)]++
				require.Equal(t, keySeqs[string(entry.Key)], entry.KeySeq)
			}
			for _, n := range sent {
				require.True(t, recorded[n], "order %d was sent and is not on record", n)
			}
		})
	}
}

// sendAndKill returns the numbers of the orders that were sent before the kill.
func sendAndKill(t *testing.T, path string, killAfter int) []int64 {
	t.Helper()
	executable, err := os.Executable()
	require.NoError(t, err)
	child := exec.CommandContext(t.Context(), executable)
	child.Env = append(os.Environ(), crashEnv+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, child.Start())

	var sent []int64
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n, err := strconv.ParseInt(lines.Text(), 10, 64)
		require.NoError(t, err)
		if sent = append(sent, n); len(sent) == killAfter {
			require.NoError(t, child.Process.Kill())
		}
	}
	require.Error(t, child.Wait(), "killed")
	return sent
}
