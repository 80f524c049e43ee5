package main

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// The exercises of the README's "Learn Kafka with it", by the commands that it
// names, on whichever servers the tests have.

// idle is when a topic counts as drained: a member that has joined may take a
// second or two to get its first order where much else goes on.
const idle = "5s"

// exercise is what belongs to one of them.
type exercise struct {
	flags    handlingFlags
	database string
}

func newExercise(t *testing.T) exercise {
	t.Helper()
	flags, database := world(t)
	return exercise{flags: flags, database: database}
}

// generate runs a generator to its end and returns what it printed.
func (e exercise) generate(t *testing.T, args ...string) string {
	t.Helper()
	return output(t, program(t, append([]string{"generator", "--topic", e.flags.Topic}, args...)...))
}

// output runs a command, which must succeed, and returns its stdout.
func output(t *testing.T, command *exec.Cmd) string {
	t.Helper()
	var stdout strings.Builder
	command.Stdout = &stdout
	require.NoError(t, command.Run())
	return stdout.String()
}

// processor returns a processor of the exercise's group that is not started.
func (e exercise) processor(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	return program(t, append([]string{
		"processor", "--topic", e.flags.Topic, "--group-id", e.flags.Group, "--database-url", e.database, "--session-timeout", "6s",
	}, args...)...)
}

// drain runs a processor until the topic is drained and returns its summary.
func (e exercise) drain(t *testing.T, args ...string) summary {
	t.Helper()
	var result summary
	printed := output(t, e.processor(t, append(args, "--until-idle", idle, "--json")...))
	require.NoError(t, json.Unmarshal([]byte(printed), &result))
	return result
}

// count returns how many orders a group's table has.
func (e exercise) count(t *testing.T, table string) int {
	t.Helper()
	return rowsSoFar(t, e.database, postgres.Schema(e.flags.Group)+"."+table)
}

// member is a processor that runs.
type member struct {
	*exec.Cmd
	log   *logBuffer
	topic string
}

func (e exercise) join(t *testing.T, args ...string) *member {
	t.Helper()
	command := e.processor(t, args...)
	require.NoError(t, command.Start())
	return &member{Cmd: command, log: command.Stderr.(*logBuffer), topic: e.flags.Topic}
}

// leave ends the member in good order.
func (m *member) leave(t *testing.T) {
	t.Helper()
	require.NoError(t, m.Process.Signal(syscall.SIGTERM))
	require.NoError(t, m.Wait())
}

// kill ends the member by SIGKILL.
func (m *member) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, m.Process.Kill())
	require.Error(t, m.Wait())
}

var assignment = regexp.MustCompile(`msg="partitions assigned".* [\w.-]+="?\[([\d ]*)\]`)

// partitions returns those that the member was assigned last.
func (m *member) partitions() []int {
	var held []int
	assignments := assignment.FindAllStringSubmatch(m.log.String(), -1)
	if len(assignments) == 0 {
		return nil
	}
	for number := range strings.FieldsSeq(assignments[len(assignments)-1][1]) {
		partition, _ := strconv.Atoi(number) // digits
		held = append(held, partition)
	}
	return held
}

// awaitShares waits until the members share the three partitions so, each of
// which only one has. The numbers are those of partitions, the largest first.
func awaitShares(t *testing.T, members []*member, want ...int) {
	t.Helper()
	require.Eventually(t, func() bool {
		var all, shares []int
		for _, m := range members {
			all = append(all, m.partitions()...)
			shares = append(shares, len(m.partitions()))
		}
		slices.Sort(all)
		slices.Sort(shares)
		slices.Reverse(shares)
		return slices.Equal(all, []int{0, 1, 2}) && slices.Equal(shares, want)
	}, time.Minute, 10*time.Millisecond, "members with %v partitions, each partition with one of them", want)
}

// awaitCommitted waits until the group has committed so many records in all.
func (e exercise) awaitCommitted(t *testing.T, want int64) {
	t.Helper()
	require.Eventually(t, func() bool {
		var sum int64
		for _, offset := range servertest.Committed(t, e.flags.Group, e.flags.Topic) {
			sum += offset
		}
		return sum == want
	}, time.Minute, 10*time.Millisecond)
}

// interrupt ends a command as Ctrl+C does.
func interrupt(t *testing.T, command *exec.Cmd) {
	t.Helper()
	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	require.NoError(t, command.Wait())
}
