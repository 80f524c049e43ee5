package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"orderflow/infra/embedded/guard"
)

var (
	errPortTaken = errors.New("the port is taken")
	errInUse     = errors.New("another server uses the data directory; stop it, or choose another directory")
)

// launch is what it takes to run a server on a cluster that exists.
type launch struct {
	bin      string
	data     dataDir
	as       identity
	settings map[string]string
	retryFor time.Duration
}

// run starts the server and waits until it is ready. It tries again when the
// port was taken between choosing and binding it, and while the server of a
// crashed process is still shutting down.
func (l launch) run(ctx context.Context, preferredPort int) (*Postgres, error) {
	for giveUp := time.Now().Add(l.retryFor); ; {
		port, err := freePort(preferredPort)
		if err != nil {
			return nil, fmt.Errorf("choose a port for PostgreSQL: %w", err)
		}
		postgres, err := l.try(ctx, port)
		if err == nil {
			return postgres, nil
		}
		err = fmt.Errorf("start PostgreSQL in %s: %w", l.data.path, err)
		if time.Now().After(giveUp) {
			return nil, err
		}
		switch {
		case errors.Is(err, errPortTaken):
			preferredPort = 0
		case errors.Is(err, errInUse):
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return nil, err
			}
		default:
			return nil, err
		}
	}
}

func (l launch) try(ctx context.Context, port int) (*Postgres, error) {
	stale, _ := os.ReadFile(l.pidFile()) // mostly there is none
	log, err := l.data.createLog()
	if err != nil {
		return nil, err
	}
	defer log.Close()
	server, err := guard.Start(guard.Command{
		Args: l.command(port), Output: log, Attributes: l.as.attributes(), Remove: l.data.removedWithServer(),
	})
	if err != nil {
		return nil, err
	}
	process, err := l.awaitReady(ctx, server, stale)
	if err != nil {
		return nil, err
	}
	postgres := &Postgres{port: port, process: process, data: l.data, server: server, done: make(chan struct{})}
	go postgres.watch()
	return postgres, nil
}

// command has our settings last, where they win over the caller's.
func (l launch) command(port int) []string {
	command := []string{
		filepath.Join(l.bin, "postgres"), "-D", l.data.cluster(),
		"-c", "track_commit_timestamp=on", // who measures latency wants to know
	}
	for name, value := range l.settings {
		command = append(command, "-c", name+"="+value)
	}
	return append(command,
		"-c", "port="+strconv.Itoa(port),
		"-c", "listen_addresses="+host,
		"-c", "unix_socket_directories=",
	)
}

func (l launch) pidFile() string { return filepath.Join(l.data.cluster(), "postmaster.pid") }

// awaitReady waits for the server to say so in its pid file, and returns its
// process id. Connecting to the port would prove nothing: another server may
// have taken it meanwhile, one with the same password. stale is the pid file
// that a server which crashed left there.
func (l launch) awaitReady(ctx context.Context, server *guard.Process, stale []byte) (int, error) {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	for {
		select {
		case <-server.Done():
			return 0, l.whyEnded(server.Ending())
		case <-ctx.Done():
			log := l.data.logTail() // a temporary one goes with the server
			server.Stop()
			return 0, fmt.Errorf("wait until it is ready: %w\n%s", ctx.Err(), log)
		case <-poll.C:
			content, err := os.ReadFile(l.pidFile())
			if err != nil || bytes.Equal(content, stale) {
				continue
			}
			if process, ready := readPIDFile(content); ready {
				return process, nil
			}
		}
	}
}

// readPIDFile reads postmaster.pid: the process id of the server in the first
// line and its status in the eighth (miscadmin.h in the source of PostgreSQL).
func readPIDFile(content []byte) (process int, ready bool) {
	lines := strings.Split(string(content), "\n")
	if len(lines) < 8 || strings.TrimSpace(lines[7]) != "ready" {
		return 0, false
	}
	process, err := strconv.Atoi(lines[0])
	return process, err == nil
}

// whyEnded tells from the log, in English under LC_ALL=C, why a start failed.
func (l launch) whyEnded(err error) error {
	log := l.data.logTail()
	switch {
	case strings.Contains(log, "Address already in use"):
		return errPortTaken
	case strings.Contains(log, `"postmaster.pid" already exists`), strings.Contains(log, "is still in use"):
		return errInUse
	default:
		return fmt.Errorf("%w\n%s", err, log)
	}
}
