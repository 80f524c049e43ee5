package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/schollz/progressbar/v3"

	"orderflow/infra/embedded"
	"orderflow/infra/postgres"
)

// servers are the embedded Kafka and PostgreSQL of one `dev`.
type servers struct {
	kafka    *embedded.Kafka
	postgres *embedded.Postgres
	lock     *os.File // held on the data directory
}

// The ports that clients try when nothing is said.
const (
	kafkaPort    = 9092
	postgresPort = 5432
)

// startServers starts both on their usual ports, or on free ones when these are
// taken. data is where they keep what they have, "" for nowhere.
func startServers(s surroundings, data string) (_ *servers, err error) {
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
	started.kafka, err = embedded.StartKafka(kafkaOptions)
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

func (s *servers) databaseURL() string {
	return s.postgres.URL(embedded.Database)
}

// describe says where to look.
func (s *servers) describe(w io.Writer, flags handlingFlags) {
	table, latest := postgres.TableOf(flags.Group, flags.written()), "row_id"
	if flags.Handler == "analytics" {
		table, latest = postgres.Schema(flags.Group)+".sums_by_minute", "minute"
	}
	fmt.Fprintf(w, `
Kafka       %[1]s    topics %[3]s and %[4]s
PostgreSQL  127.0.0.1:%[2]d    table %[5]s

Look at the rows and at the dead letters:
  psql '%[6]s' -c 'TABLE %[5]s ORDER BY %[7]s DESC LIMIT 5'
  kcat -b %[1]s -t %[4]s -C -e -f '%%k %%h\n%%s\n\n'
For other terminals:
  export KAFKA_BOOTSTRAP=%[1]s
  export DATABASE_URL='%[6]s'

`, s.kafka.Addr(), s.postgres.Port(), flags.Topic, flags.deadLetterTopic(), table, s.databaseURL(), latest)
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
