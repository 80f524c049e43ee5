package embedded

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync/atomic"
	"syscall"

	"orderflow/infra/embedded/guard"
)

// The superuser of an embedded PostgreSQL and the database it begins with.
const (
	User     = "postgres"
	Password = "postgres"
	Database = "orderflow"
)

// PostgresOptions say how to run PostgreSQL. The zero value is any free port, a
// temporary data directory, and whichever binaries are found first.
type PostgresOptions struct {
	// PreferredPort is used when it is free; when it is taken, or 0, any free
	// port is. Postgres.Port tells which.
	PreferredPort int
	// DataDir keeps the data between runs. It belongs to the server alone, is
	// created when missing, and when this process is root its files are given
	// to the user that runs the server. "" is a temporary directory, which is
	// removed with the server, also when this process is killed.
	DataDir string
	// Settings are parameters of the server, such as fsync: off.
	Settings map[string]string
	// BinDir has initdb and postgres. "" takes those of the system, and when it
	// has none downloads them (15 MB, 60 MB unpacked) into the user's cache.
	BinDir string
	// Progress is called with bytes while binaries are downloaded, from one
	// goroutine. total is -1 when unknown. nil is not called.
	Progress func(done, total int64)

	withoutNamespace bool // tests: as root, run as nobody
}

// Postgres is a PostgreSQL server, a child of this process that cannot outlive
// it. Its methods may be called concurrently.
type Postgres struct {
	port    int
	process int // the server itself, a child of the guard
	data    dataDir
	server  *guard.Process
	closing atomic.Bool
	done    chan struct{}
	err     error // set before done is closed
}

// StartPostgres runs a server and returns when it accepts connections and has
// the database named by Database. ctx bounds the start only. A server that is
// still ending in DataDir, left by a process that crashed, is waited for.
func StartPostgres(ctx context.Context, opts PostgresOptions) (*Postgres, error) {
	data, err := openDataDir(opts.DataDir)
	if err != nil {
		return nil, err
	}
	postgres, err := startIn(ctx, data, opts)
	if err != nil {
		return nil, errors.Join(err, data.discard())
	}
	return postgres, nil
}

func startIn(ctx context.Context, data dataDir, opts PostgresOptions) (*Postgres, error) {
	major, err := data.major()
	if err != nil {
		return nil, err
	}
	bin, err := findBinaries(ctx, opts, major)
	if err != nil {
		return nil, err
	}
	as, err := unprivileged(data, bin, opts.withoutNamespace)
	if err != nil {
		return nil, err
	}
	if err := initdb(ctx, bin, data, as); err != nil {
		return nil, err
	}
	launch := launch{bin: bin, data: data, as: as, settings: opts.Settings, retryFor: guard.Patience}
	postgres, err := launch.run(ctx, opts.PreferredPort)
	if err != nil {
		return nil, err
	}
	if err := createDatabase(ctx, postgres.URL("postgres")); err != nil {
		return nil, errors.Join(err, postgres.Close())
	}
	return postgres, nil
}

// Port returns the port on 127.0.0.1.
func (p *Postgres) Port() int { return p.port }

// URL returns how to connect to a database as the superuser.
func (p *Postgres) URL(database string) string {
	return (&url.URL{
		Scheme: "postgres", User: url.UserPassword(User, Password), Host: address(p.port),
		Path: "/" + database, RawQuery: "sslmode=disable",
	}).String()
}

// Done is closed when the server and all its sessions are gone.
func (p *Postgres) Done() <-chan struct{} { return p.done }

// Err tells why the server has ended, with the end of its log. It is nil before
// Done is closed, and after an end that Close asked for.
func (p *Postgres) Err() error {
	select {
	case <-p.done:
		return p.err
	default:
		return nil
	}
}

// Kill ends the server with SIGKILL, as a crash would, and does not wait: Done
// tells when it is gone. The data directory stays until Close.
func (p *Postgres) Kill() {
	select {
	case <-p.done: // its number may be another's by now
	default:
		// Not the guard: a server without a parent can stay a zombie, which the
		// next one would take for a server that still runs.
		_ = syscall.Kill(p.process, syscall.SIGKILL)
	}
}

// Close ends all sessions and the server by a fast shutdown, waits for it, and
// removes a temporary data directory. A server that does not end in 10 s is
// killed; its next start recovers. Closing again does nothing.
func (p *Postgres) Close() error {
	p.closing.Store(true)
	ended := p.server.Stop()
	<-p.done
	if err := p.data.discard(); err != nil {
		return fmt.Errorf("remove the data directory of PostgreSQL: %w", err)
	}
	if !ended {
		return fmt.Errorf("PostgreSQL on port %d did not end within %s and was killed", p.port, guard.Patience)
	}
	return nil
}

// watch records how the server ends.
func (p *Postgres) watch() {
	<-p.server.Done()
	if !p.closing.Load() {
		p.err = fmt.Errorf("PostgreSQL on port %d has ended: %w\n%s", p.port, p.server.Ending(), p.data.logTail())
	}
	close(p.done)
}
