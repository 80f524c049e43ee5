package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"orderflow/app/records"
	"orderflow/infra/embedded"
	"orderflow/infra/kafka"
	"orderflow/infra/postgres"
	"orderflow/infra/postgres/messages"
)

// servers are what a comparison runs on.
type servers struct {
	transport   string
	brokers     kafka.Config
	database    postgres.Config
	environment []string
	timeout     time.Duration // the members' session timeout

	// The embedded ones, nil when the servers are external.
	kafka    *embedded.Kafka
	network  *embedded.Network
	postgres *embedded.Postgres
	dir      string

	disconnect func() error // nil before connect
}

// connect returns the topics, which are read until close.
func (s *servers) connect(ctx context.Context) (topics, error) {
	if s.transport == "kafka" {
		admin, err := kafka.NewAdmin(ctx, s.brokers)
		if err != nil {
			return nil, err
		}
		s.disconnect = func() error { admin.Close(); return nil }
		return onKafka{admin}, nil
	}
	const connections = 4
	pool, err := s.database.Pool(ctx, connections, nil)
	if err != nil {
		return nil, err
	}
	s.disconnect = pool.Close
	return onPostgres{records.NewPostgres(messages.NewTopics(pool))}, nil
}

// startServers starts embedded servers, or takes those of the configuration.
func startServers(ctx context.Context, config Config) (_ *servers, err error) {
	if config.External != nil {
		return &servers{
			transport: config.Transport, brokers: config.External.Kafka, database: config.External.Database,
			environment: config.Environment, timeout: externalSessionTimeout,
		}, nil
	}
	s := &servers{transport: config.Transport, network: &embedded.Network{}, timeout: sessionTimeout}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	if s.dir, err = os.MkdirTemp("", "orderflow-compare-"); err != nil {
		return nil, fmt.Errorf("directory for the database: %w", err)
	}
	if err := os.Chmod(s.dir, 0o755); err != nil { // PostgreSQL may run as another user
		return nil, fmt.Errorf("directory for the database: %w", err)
	}
	if err := s.startPostgres(ctx, 0); err != nil {
		return nil, err
	}
	url := s.postgres.URL(embedded.Database)
	if s.database, err = postgres.ParseURL(url); err != nil {
		return nil, err
	}
	s.environment = append(slices.Clone(config.Environment), "DATABASE_URL="+url)
	if config.Transport != "kafka" {
		return s, nil
	}
	s.kafka, err = embedded.StartKafka(embedded.KafkaOptions{
		Network: s.network, MinSessionTimeout: sessionTimeout, Logger: config.Logger,
	})
	if err != nil {
		return nil, err
	}
	s.brokers = kafka.Config{Brokers: []string{s.kafka.Addr()}}
	s.environment = append(s.environment, "KAFKA_BOOTSTRAP="+s.kafka.Addr())
	return s, nil
}

// startPostgres starts the database on a port, or any when that is 0. It must
// come back on the port it had.
func (s *servers) startPostgres(ctx context.Context, port int) error {
	server, err := embedded.StartPostgres(ctx, embedded.PostgresOptions{
		PreferredPort: port, DataDir: filepath.Join(s.dir, "postgres"),
	})
	if err != nil {
		return err
	}
	s.postgres = server
	if port != 0 && server.Port() != port {
		return fmt.Errorf("restart PostgreSQL: port %d was taken meanwhile", port)
	}
	return nil
}

// restartPostgres kills the database and starts it again after a while.
func (s *servers) restartPostgres(ctx context.Context, down time.Duration) error {
	s.postgres.Kill()
	<-s.postgres.Done()
	if err := sleep(ctx, down); err != nil {
		return err
	}
	return s.startPostgres(ctx, s.postgres.Port())
}

func (s *servers) close() error {
	var errs []error
	if s.disconnect != nil {
		errs = append(errs, s.disconnect())
	}
	if s.kafka != nil {
		s.kafka.Close()
	}
	if s.postgres != nil {
		errs = append(errs, s.postgres.Close())
	}
	if s.dir != "" {
		errs = append(errs, os.RemoveAll(s.dir))
	}
	return errors.Join(errs...)
}

// sleep waits for a while, or until ctx is done.
func sleep(ctx context.Context, a time.Duration) error {
	select {
	case <-time.After(a):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
