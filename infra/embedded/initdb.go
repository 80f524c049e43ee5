package embedded

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"orderflow/infra/embedded/guard"
)

// initdb creates the cluster of a new data directory and does nothing to one
// that has it. It does so under another name first: a cluster that was
// interrupted half way looks like a whole one.
func initdb(ctx context.Context, bin string, data dataDir, as identity) error {
	if major, err := data.major(); err != nil || major > 0 {
		return err
	}
	unfinished := filepath.Join(data.path, "unfinished")
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove an unfinished PostgreSQL cluster: %w", err)
	}
	password, err := writePassword(data, as)
	if err != nil {
		return err
	}
	defer os.Remove(password)
	log, err := data.createLog()
	if err != nil {
		return err
	}
	defer log.Close()

	process, err := guard.Start(guard.Command{Output: log, Attributes: as.attributes(), Remove: data.removedWithServer(), Args: []string{
		filepath.Join(bin, "initdb"),
		"--pgdata=" + unfinished,
		"--username=" + User,
		"--pwfile=" + password,
		// What servers in production ask for, and unlike trust it shows a wrong
		// password at once. md5 is deprecated since PostgreSQL 18.
		"--auth=scram-sha-256",
		// Byte order, the same on every machine and the fastest to index.
		"--locale=C", "--encoding=UTF8",
		// Syncing guards a cluster without data, which can be made again,
		// against the machine failing now. It takes longer than all the rest.
		"--no-sync",
	}})
	if err != nil {
		return err
	}
	select {
	case <-process.Done():
	case <-ctx.Done():
		process.Stop()
		return fmt.Errorf("create a PostgreSQL cluster in %s: %w", data.path, ctx.Err())
	}
	if process.Err() != nil {
		return fmt.Errorf("create a PostgreSQL cluster in %s: initdb: %w\n%s", data.path, process.Err(), data.logTail())
	}
	if err := os.Rename(unfinished, data.cluster()); err != nil {
		return fmt.Errorf("finish a PostgreSQL cluster: %w", err)
	}
	return nil
}

// writePassword writes the file from which initdb reads the superuser's password.
func writePassword(data dataDir, as identity) (string, error) {
	path := filepath.Join(data.path, "password")
	if err := os.WriteFile(path, []byte(Password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the password for initdb: %w", err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, as.uid, as.gid); err != nil {
			return "", fmt.Errorf("hand the password to initdb: %w", err)
		}
	}
	return path, nil
}
