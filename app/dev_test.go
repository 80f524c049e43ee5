package main

import (
	"bufio"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lib/pq"
	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

// devServers is a `dev --infra-only` of its own process.
type devServers struct {
	*exec.Cmd
	kafka, database string
}

// startDev returns when the servers say where they are.
func startDev(t *testing.T, args ...string) devServers {
	t.Helper()
	command := exec.CommandContext(t.Context(), "orderflow", append([]string{"dev", "--infra-only"}, args...)...)
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	servers := devServers{Cmd: command}
	lines := bufio.NewScanner(output)
	for servers.database == "" && lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if kafka, ok := strings.CutPrefix(line, "export KAFKA_BOOTSTRAP="); ok {
			servers.kafka = kafka
		}
		if database, ok := strings.CutPrefix(line, "export DATABASE_URL="); ok {
			servers.database = strings.Trim(database, "'")
		}
	}
	require.NotEmpty(t, servers.database)
	return servers
}

// Two at once: the second finds the ports taken and takes others. Two in one
// directory: the second is refused.
func TestDevTwiceAtOnce(t *testing.T) {
	t.Parallel()
	data := filepath.Join(servertest.DataDir(t), "data")
	first, second := startDev(t, "--data", data), startDev(t)
	require.NotEqual(t, first.kafka, second.kafka)
	require.NotEqual(t, first.database, second.database)

	third := exec.CommandContext(t.Context(), "orderflow", "dev", "--infra-only", "--data", data)
	output, err := third.CombinedOutput()
	failed, ok := errors.AsType[*exec.ExitError](err)
	require.True(t, ok)
	require.Equal(t, exitFailure, failed.ExitCode())
	require.Contains(t, string(output), "is used by another `dev`")

	for _, servers := range []devServers{first, second} {
		require.NoError(t, servers.Process.Signal(syscall.SIGTERM))
		require.NoError(t, servers.Wait())
		requireNoServer(t, servers.database)
	}
}

// PostgreSQL dies with its parent, and the kept data can be used again at once.
func TestDevKilledLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	data := filepath.Join(servertest.DataDir(t), "data")
	for range 2 {
		servers := startDev(t, "--data", data)
		require.NoError(t, servers.Process.Kill())
		require.Error(t, servers.Wait())
		requireNoServer(t, servers.database)
	}
}

// requireNoServer waits until nothing listens where the database was.
func requireNoServer(t *testing.T, database string) {
	t.Helper()
	parsed, err := url.Parse(database)
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", parsed.Hostname())
	require.Eventually(t, func() bool {
		connection, err := pq.Open(database)
		if err == nil {
			_ = connection.Close()
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	}, time.Minute, 10*time.Millisecond)
}

// Wrong credentials: one line that names the user and not the password.
func TestDatabaseRefuses(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	wrong, err := url.Parse(database)
	require.NoError(t, err)
	for name, test := range map[string]struct{ url, want string }{
		"password": {changed(wrong, func(u *url.URL) { u.User = url.UserPassword("postgres", "geheim") }), `refuses user "postgres"`},
		"database": {changed(wrong, func(u *url.URL) { u.Path = "/nowhere" }), `has no database "nowhere"`},
		"server":   {changed(wrong, func(u *url.URL) { u.Host = "127.0.0.1:1" }), "no PostgreSQL answers at 127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			processor := program(t, "processor", "--topic", flags.Topic)
			processor.Env = append(processor.Environ(), "DATABASE_URL="+test.url)
			err := processor.Run()
			failed, ok := errors.AsType[*exec.ExitError](err)
			require.True(t, ok)
			require.Equal(t, exitFailure, failed.ExitCode())
			log := processor.Stderr.(*logBuffer).String()
			require.Equal(t, 1, strings.Count(log, "error: "), log)
			require.Contains(t, log, test.want)
			require.NotContains(t, log, "geheim")
		})
	}
}

func changed(original *url.URL, change func(*url.URL)) string {
	copied := *original
	change(&copied)
	return copied.String()
}
