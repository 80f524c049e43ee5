package main

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

// topicRights are what docs/security.md has for --transport postgres: those of who
// sends orders, and what a processor needs beside what migrate grants.
var topicRights = map[string][]string{
	"generator": {
		`USAGE ON SCHEMA _topics`,
		`SELECT ON _topics.orders`, `INSERT ON _topics.orders`, `UPDATE (publish_id) ON _topics.orders`,
		`USAGE ON SEQUENCE _topics.orders_offset_seq`,
	},
	"processor": {
		`USAGE ON SCHEMA _topics`, `USAGE ON SCHEMA _offsets`,
		`SELECT ON _topics.orders`,
		`SELECT ON _offsets.orders`, `INSERT ON _offsets.orders`, `UPDATE ON _offsets.orders`,
		`SELECT ON _topics."orders.dlq"`, `INSERT ON _topics."orders.dlq"`, `UPDATE (publish_id) ON _topics."orders.dlq"`,
		`USAGE ON SEQUENCE _topics."orders.dlq_offset_seq"`,
	},
}

// With these rights each does its work, and with one less it says which is missing.
func TestTopicsInPostgresNeedTheLeastRights(t *testing.T) {
	t.Parallel()
	owner := servertest.Database(t)
	as := func(databaseURL string, args ...string) *exec.Cmd {
		command := exec.CommandContext(t.Context(), "orderflow", args...)
		command.Env = append(os.Environ(), "DATABASE_URL="+databaseURL, "ORDERFLOW_TRANSPORT=postgres")
		return command
	}
	done := func(command *exec.Cmd) {
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s", output)
	}
	// The owner's first run makes the topics.
	done(as(owner, "generator", "--count", "1"))
	done(as(owner, "processor", "--until-idle", "1s"))
	for _, command := range []struct {
		name string
		args []string
	}{
		{"generator", []string{"generator", "--count", "20", "--invalid", "50%"}},
		{"processor", []string{"processor", "--until-idle", "1s"}},
	} {
		role, asRole := servertest.Role(t, owner)
		done(as(owner, "migrate", "--grant-to", role))
		for _, right := range topicRights[command.name] {
			servertest.Execute(t, owner, `GRANT `+right+` TO `+role)
		}
		for _, right := range topicRights[command.name] {
			servertest.Execute(t, owner, `REVOKE `+right+` FROM `+role)
			denied(t, as(asRole, command.args...), right)
			servertest.Execute(t, owner, `GRANT `+right+` TO `+role)
		}
		done(as(asRole, command.args...))
	}
	require.Equal(t, []string{"21"}, servertest.Query(t, owner, `SELECT count(*) FROM _topics.orders`))
	require.Equal(t, []string{"0"}, servertest.Query(t, owner, `SELECT count(*) FROM _topics.orders
		WHERE (transaction_id, "offset") > (SELECT last_processed_transaction_id, offset_acked FROM _offsets.orders)`), "orders not handled")
}

// denied runs a command until it says that permission is denied.
func denied(t *testing.T, command *exec.Cmd, right string) {
	t.Helper()
	stderr, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	defer func() {
		_ = command.Process.Kill() // a processor waits until it is allowed
		_ = command.Wait()
	}()
	var said strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), "permission denied") {
			return
		}
	}
	t.Fatalf("without %s it said: %s", right, said.String())
}
