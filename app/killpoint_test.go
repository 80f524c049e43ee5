package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// Each guarantee, killed at the very place where it is weak, loses or doubles
// exactly what it must: the weakness does not depend on luck.
func TestKilledAtTheWorstPlace(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "orderflow-with-killpoints")
	build := exec.CommandContext(t.Context(), "go", "build", "-tags", "killpoints", "-o", program, ".")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	const (
		orders = 30
		nth    = 7
		never  = "10m" // no timer goes off
		soon   = "20ms"
	)
	for _, test := range []struct {
		delivery, place, interval string
		lost, doubled             int
	}{
		{"at-most-once", "before-save", never, 1, 0},
		{"at-most-once", "after-save", soon, 0, 0},
		{"auto-commit", "before-save-held", soon, orders - nth + 1, 0},
		{"auto-commit", "after-save", never, 0, nth},
		{"at-least-once", "before-save", never, 0, nth - 1},
		{"at-least-once", "after-save", never, 0, nth},
		{"exactly-once", "before-save", never, 0, 0},
		{"exactly-once", "after-save", never, 0, 0},
	} {
		t.Run(test.delivery+" "+test.place, func(t *testing.T) {
			t.Parallel()
			flags, database := world(t)
			records := validRecords(0, orders)
			for _, record := range records {
				record.Partition = 0 // one at a time, so that the n-th is always the same
			}
			servertest.Produce(t, flags.Topic, records...)
			run := func(args ...string) *exec.Cmd {
				command := exec.CommandContext(t.Context(), program, append([]string{"processor", "--topic", flags.Topic,
					"--group-id", flags.Group, "--database-url", database, "--delivery", test.delivery, "--session-timeout", "6s",
					"--kafka-bootstrap", strings.Join(servertest.Kafka(t), ",")}, args...)...)
				command.Env = os.Environ()
				return command
			}
			victim := run("--commit-interval", test.interval)
			victim.Env = append(victim.Env, "ORDERFLOW_KILL_AT="+test.place+":"+strconv.Itoa(nth))
			require.ErrorContains(t, victim.Run(), "signal: killed")
			output, err := run("--until-idle", "1s").CombinedOutput()
			require.NoError(t, err, string(output))

			table := postgres.TableOf(flags.Group, profileOf(test.delivery).write)
			counted := servertest.Query(t, database, `SELECT count(DISTINCT order_id) || ' ' || count(*) FROM `+table)
			distinct := orders - test.lost
			require.Equal(t, []string{strconv.Itoa(distinct) + " " + strconv.Itoa(distinct+test.doubled)}, counted)
		})
	}
}
