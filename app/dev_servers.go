package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/schollz/progressbar/v3"

	"orderflow/infra/embedded"
)

// servers are the embedded Kafka and PostgreSQL of one `dev`.
type servers struct {
	kafka    *embedded.Kafka // nil where another transport carries the messages
	postgres *embedded.Postgres
	lock     *os.File // held on the data directory
}

// The ports that clients try when nothing is said.
const (
	kafkaPort    = 9092
	postgresPort = 5432
)

// startServers starts PostgreSQL, and Kafka if that is asked for, on their usual
// ports, or on free ones when these are taken. data is where they keep what they
// have, "" for nowhere.
func startServers(s surroundings, data string, withKafka bool) (_ *servers, err error) {
	started := &servers{}
	defer func() {
		if err != nil {
			err = errors.Join(err, started.close())
		}
	}()
	kafkaOptions := embedded.KafkaOptions{PreferredPort: kafkaPort, Logger: s.logger}
	postgresOptions := embedded.PostgresOptions{PreferredPort: postgresPort}
	if data != "" {
		if started.lock, err = lockDirectory(data); err != nil {
			return nil, err
		}
		kafkaOptions.DataDir = filepath.Join(data, "kafka")
		postgresOptions.DataDir = filepath.Join(data, "postgres")
	}

	var bar *progressbar.ProgressBar
	postgresOptions.Progress = func(done, total int64) {
		if bar == nil {
			fmt.Fprintln(s.stderr, "downloading PostgreSQL, once; it is kept in your cache directory")
			bar = newBar(s.stderr, total, "downloading", true)
		}
		if bar != nil {
			_ = bar.Set64(done) // it can only fail to draw
		}
	}
	if started.postgres, err = embedded.StartPostgres(s.ctx, postgresOptions); err != nil {
		return nil, err
	}
	if withKafka {
		started.kafka, err = embedded.StartKafka(kafkaOptions)
	}
	return started, err
}

// lockDirectory makes sure that one process uses the directory at a time; its
// end, however it comes, unlocks.
func lockDirectory(directory string) (*os.File, error) {
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return nil, fmt.Errorf("create the data directory: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(directory, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close() // nothing was written
		return nil, fmt.Errorf("the data directory %s is used by another `dev`: %w; end that one, or choose another --data", directory, err)
	}
	return file, nil
}

// bootstrap is where Kafka is.
func (s *servers) bootstrap() []string {
	if s.kafka == nil {
		return nil
	}
	return []string{s.kafka.Addr()}
}

func (s *servers) databaseURL() string {
	return s.postgres.URL(embedded.Database)
}

// wait returns when ctx is done, or with an error when the database has ended.
func (s *servers) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case <-s.postgres.Done():
		return fmt.Errorf("the embedded PostgreSQL has ended: %w", s.postgres.Err())
	}
}

// close ends the servers.
func (s *servers) close() error {
	var errs []error
	if s.kafka != nil {
		s.kafka.Close()
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
	}
	return errors.Join(errs...)
}
