package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// dataDir is the directory that belongs to one embedded PostgreSQL: its cluster
// and its log.
type dataDir struct {
	path      string
	temporary bool
}

// openDataDir creates the directory when it is missing, a temporary one for "".
func openDataDir(path string) (dataDir, error) {
	if path == "" {
		path, err := os.MkdirTemp("", "orderflow-postgres-")
		if err != nil {
			return dataDir{}, fmt.Errorf("create a data directory for PostgreSQL: %w", err)
		}
		return dataDir{path: path, temporary: true}, nil
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return dataDir{}, fmt.Errorf("data directory of PostgreSQL: %w", err)
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		return dataDir{}, fmt.Errorf("create the data directory of PostgreSQL: %w", err)
	}
	return dataDir{path: path}, nil
}

func (d dataDir) cluster() string { return filepath.Join(d.path, "cluster") }

func (d dataDir) log() string { return filepath.Join(d.path, "server.log") }

// removedWithServer is what the guard deletes when the server has ended.
func (d dataDir) removedWithServer() string {
	if d.temporary {
		return d.path
	}
	return ""
}

// discard removes the directory if it is temporary.
func (d dataDir) discard() error {
	if !d.temporary {
		return nil
	}
	return os.RemoveAll(d.path)
}

// major returns the major version of PostgreSQL that created the cluster, 0 if
// there is none yet.
func (d dataDir) major() (int, error) {
	path := filepath.Join(d.cluster(), "PG_VERSION")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("read the version of the PostgreSQL data: %w", err)
	}
	// "17", or "9.6" before version 10.
	text, _, _ := strings.Cut(strings.TrimSpace(string(content)), ".")
	major, err := strconv.Atoi(text)
	if err != nil {
		return 0, fmt.Errorf("read the version of the PostgreSQL data in %s: %w; move the directory away to start empty", path, err)
	}
	return major, nil
}

// giveTo makes the identity the owner of everything in the directory. Only root
// may call it.
func (d dataDir) giveTo(owner identity) error {
	return filepath.WalkDir(d.path, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, owner.uid, owner.gid) //nolint:gosec // it changes a link and not what it names
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a server that is still ending removes files
		}
		return err
	})
}

// createLog opens an empty log, so that it tells of one start only.
func (d dataDir) createLog() (*os.File, error) {
	file, err := os.Create(d.log())
	if err != nil {
		return nil, fmt.Errorf("create the log of PostgreSQL: %w", err)
	}
	return file, nil
}

// logTail returns the last lines of the log.
func (d dataDir) logTail() string {
	const lines = 8
	content, err := os.ReadFile(d.log())
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
