// Package servertest gives tests real servers: the embedded ones, or those named
// by ORDERFLOW_TEST_KAFKA (host:port,..) and ORDERFLOW_TEST_POSTGRES (a URL of a
// user who may create databases). A test binary has one of each, started by the
// first test that asks, and every test has topics, groups and a database of its
// own, so that tests run in parallel.
package servertest

import (
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"orderflow/infra/embedded"
)

// The environment variables that name real servers.
const (
	KafkaVariable    = "ORDERFLOW_TEST_KAFKA"
	PostgresVariable = "ORDERFLOW_TEST_POSTGRES"
)

// servers are those of this test binary.
var servers struct {
	mu       sync.Mutex
	kafka    *embedded.Kafka
	postgres *embedded.Postgres
}

// Main runs the tests and exits. TestMain calls it.
func Main(m *testing.M) {
	os.Exit(Run(m))
}

// Run runs the tests, ends the servers and looks for goroutines left behind. It
// returns the code to exit with.
func Run(m *testing.M) int {
	// Watermill's suite logs each message: what fails would not be found.
	log.SetOutput(io.Discard)
	code := m.Run()
	if err := stop(); err != nil {
		fmt.Fprintln(os.Stderr, "end the test servers:", err)
		return 1
	}
	// sarama's metrics library keeps one for the life of the process.
	leaked := goleak.Find(goleak.IgnoreTopFunction("github.com/rcrowley/go-metrics.(*meterArbiter).tick"))
	if leaked != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "goroutines left behind:", leaked)
		return 1
	}
	return code
}

func stop() error {
	servers.mu.Lock()
	defer servers.mu.Unlock()
	if servers.kafka != nil {
		servers.kafka.Close()
	}
	if servers.postgres != nil {
		return servers.postgres.Close()
	}
	return nil
}

// Kafka returns the bootstrap servers.
func Kafka(t testing.TB) []string {
	t.Helper()
	if named := os.Getenv(KafkaVariable); named != "" {
		return strings.Split(named, ",")
	}
	servers.mu.Lock()
	defer servers.mu.Unlock()
	if servers.kafka == nil {
		kafka, err := embedded.StartKafka(embedded.KafkaOptions{})
		if err != nil {
			t.Fatalf("start the embedded Kafka: %v", err)
		}
		servers.kafka = kafka
	}
	return []string{servers.kafka.Addr()}
}
