// Realservers runs a command beside real servers, three brokers of Apache Kafka
// and a PostgreSQL, which end with it:
//
//	go run ./infra/embedded/realservers go test -tags apache ./...
//	go run ./infra/embedded/realservers bash
//	go run ./infra/embedded/realservers -measured go run ./app bench
//
// With -measured it is one broker, and both servers are given the memory that they
// have in production: for figures. The others are for tests, and start faster.
//
// ORDERFLOW_TEST_KAFKA and ORDERFLOW_TEST_POSTGRES name them to tests,
// KAFKA_BOOTSTRAP and DATABASE_URL to the program. It exits with the command's
// code.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"orderflow/infra/embedded"
	"orderflow/infra/embedded/apache"
)

const (
	exitFailure = 1
	exitUsage   = 2
	// startPatience is for a busy machine, and for the jars if they are missing.
	startPatience = 5 * time.Minute
)

func main() {
	measured := flag.Bool("measured", false, "one broker instead of three, and memory as in production")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: realservers [-measured] COMMAND [ARGUMENT ..]")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() == 0 {
		flag.Usage()
		os.Exit(exitUsage)
	}
	servers := forTests
	if *measured {
		servers = forFigures
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, servers, flag.Args())
	stop()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.Exited() {
		os.Exit(failed.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "realservers:", err)
		os.Exit(exitFailure)
	}
}

// servers are how the servers are set up.
type servers struct {
	kafka    apache.Options
	postgres map[string]string // settings
}

var (
	forTests = servers{
		kafka:    apache.Options{Brokers: 3},
		postgres: map[string]string{"max_connections": "300"},
	}
	forFigures = servers{
		kafka:    apache.Options{Brokers: 1, Measured: true},
		postgres: map[string]string{"shared_buffers": "512MB", "max_wal_size": "8GB"},
	}
)

func run(ctx context.Context, servers servers, args []string) (err error) {
	starting, started := context.WithTimeout(ctx, startPatience)
	defer started()
	kafka, err := apache.Start(starting, servers.kafka)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kafka.Close()) }()
	postgres, err := embedded.StartPostgres(starting, embedded.PostgresOptions{Settings: servers.postgres})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, postgres.Close()) }()

	brokers, database := strings.Join(kafka.Bootstrap(), ","), postgres.URL(embedded.Database)
	fmt.Fprintf(os.Stderr, "realservers: Apache Kafka %s at %s, PostgreSQL at %s\n", apache.Version, brokers, database)
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(),
		"ORDERFLOW_TEST_KAFKA="+brokers, "ORDERFLOW_TEST_POSTGRES="+database,
		"KAFKA_BOOTSTRAP="+brokers, "DATABASE_URL="+database)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	return command.Run()
}
