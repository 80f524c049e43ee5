package main

import (
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

// TestMain makes the program itself available to the tests as the command
// orderflow, for scripts and for processes to kill.
func TestMain(m *testing.M) {
	testscript.Main(withServers{m}, map[string]func(){"orderflow": main})
}

// withServers ends the test servers after the tests.
type withServers struct{ *testing.M }

func (m withServers) Run() int {
	// What the person who runs the tests has exported is not what they are about.
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		ours := strings.HasPrefix(name, "ORDERFLOW_") && !strings.HasPrefix(name, "ORDERFLOW_TEST_")
		if ours || strings.HasPrefix(name, "KAFKA_") || name == "DATABASE_URL" || name == "GROUP_ID" {
			_ = os.Unsetenv(name)
		}
	}
	return servertest.Run(m.M)
}

// parseDefaults returns what a command line comes to with no flag beside args.
func parseDefaults(t *testing.T, args ...string) commandLine {
	t.Helper()
	var cli commandLine
	parser, err := kong.New(&cli, append(cli.options(t.Context(), io.Discard, io.Discard, func(int) {}), kong.ClearResolvers())...)
	require.NoError(t, err)
	_, err = parser.Parse(args)
	require.NoError(t, err)
	return cli
}

// The commands as their users meet them: testdata/script holds one file a subject.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			// PostgreSQL may have to run as a user who cannot enter the script's folder.
			open := servertest.DataDir(t)
			env.Setenv("DATA", open)
			env.Setenv("TMPDIR", open)
			// The scripts share the broker: their topics and groups are named after this.
			env.Setenv("KAFKA", strings.Join(servertest.Kafka(t), ","))
			env.Setenv("OWN", servertest.Name("own"))
			return giveDatabase(t, env)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits},
	})
}

// giveDatabase gives the script of migrate a database and a role without rights.
func giveDatabase(t *testing.T, env *testscript.Env) error {
	t.Helper()
	if filepath.Base(env.WorkDir) != "script-migrate" {
		return nil
	}
	owner := servertest.Database(t)
	role, asRole := servertest.Role(t, owner)
	parsed, err := url.Parse(asRole)
	if err != nil {
		return err
	}
	password, _ := parsed.User.Password()
	for name, value := range map[string]string{"OWNER_URL": owner, "ROLE_URL": asRole, "ROLE": role, "PASSWORD": password} {
		env.Setenv(name, value)
	}
	return nil
}

// exits is a command of the scripts: `exits CODE COMMAND ..` runs a command that
// must exit with the code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	code := 0
	if failed, ok := errors.AsType[*exec.ExitError](ts.Exec(args[1], args[2:]...)); ok {
		code = failed.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
