// Realservers runs a command beside real servers, three brokers of Apache Kafka
// and a PostgreSQL, which end with it:
//
//	go run ./infra/embedded/realservers go test -tags apache ./...
//	go run ./infra/embedded/realservers bash
//
// ORDERFLOW_TEST_KAFKA and ORDERFLOW_TEST_POSTGRES name them to tests,
// KAFKA_BOOTSTRAP and DATABASE_URL to the program. It exits with the command's
// code.
package main

import (
	"context"
	"errors"
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
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: realservers COMMAND [ARGUMENT ..]")
		os.Exit(exitUsage)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok && failed.Exited() {
		os.Exit(failed.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "realservers:", err)
		os.Exit(exitFailure)
	}
}

func run(ctx context.Context, args []string) (err error) {
	starting, started := context.WithTimeout(ctx, startPatience)
	defer started()
	kafka, err := apache.Start(starting, apache.Options{Brokers: 3})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kafka.Close()) }()
	settings := map[string]string{"max_connections": "300"}
	postgres, err := embedded.StartPostgres(starting, embedded.PostgresOptions{Settings: settings})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, postgres.Close()) }()

	brokers, database := strings.Join(kafka.Bootstrap(), ","), postgres.URL(embedded.Database)
	fmt.Fprintf(os.Stderr, "realservers: Apache Kafka %s at %s, PostgreSQL at %s\n", apache.Version, brokers, database)
	command := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // running what the caller names is the purpose
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	command.Env = append(os.Environ(),
		"ORDERFLOW_TEST_KAFKA="+brokers, "ORDERFLOW_TEST_POSTGRES="+database,
		"KAFKA_BOOTSTRAP="+brokers, "DATABASE_URL="+database)
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	return command.Run()
}
