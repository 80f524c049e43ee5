package embedded

import (
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
)

// KafkaOptions say where the embedded Kafka listens and what it keeps. The zero
// value is any free port, in memory.
type KafkaOptions struct {
	// PreferredPort is used when it is free; when it is taken, or 0, any free
	// port is. Kafka.Addr tells which.
	PreferredPort int
	// DataDir keeps topics, records and committed offsets between runs; it is
	// created when missing. "" keeps everything in memory. Nothing here stops
	// two processes from using one directory, which destroys it: the caller
	// holds a lock.
	DataDir string
	// Network, if not nil, is where its connections can be made to fail.
	Network *Network
	// MinSessionTimeout is the shortest session timeout that members may ask for; 0
	// is Kafka's default (group.min.session.timeout.ms), 6 s.
	MinSessionTimeout time.Duration
	// Logger gets what the broker could not do, such as writing to a full disk,
	// which no client is told. nil drops it.
	Logger *slog.Logger
}

// Kafka is a Kafka cluster of one broker inside this process. It speaks the
// real protocol to any client, creates no topic by itself and lets a new
// consumer group start at once. Its methods may be called concurrently.
type Kafka struct {
	cluster *kfake.Cluster
	addr    string
}

// StartKafka starts the broker, which is ready when this returns. With a
// DataDir it continues where the last run ended, on whichever port.
//
// Every write reaches the operating system before it is acknowledged, so a
// crash of this process loses nothing; a crash of the machine can.
func StartKafka(opts KafkaOptions) (*Kafka, error) {
	options := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ListenFn(func(string, string) (net.Listener, error) {
			listener, err := listen(opts.PreferredPort)
			if err == nil && opts.Network != nil {
				listener = opts.Network.over(listener)
			}
			return listener, err
		}),
		kfake.DataDir(opts.DataDir),
		// How often what has expired is deleted: who tries retention out shall not
		// wait an hour, which is the default.
		kfake.BrokerConfigs(map[string]string{"log.cleaner.backoff.ms": "1000"}),
	}
	if opts.MinSessionTimeout > 0 {
		options = append(options, kfake.GroupMinSessionTimeout(opts.MinSessionTimeout))
	}
	if opts.Logger != nil {
		options = append(options, kfake.WithLogger(brokerLogger{opts.Logger}))
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return nil, fmt.Errorf("start embedded Kafka (preferred port %d, data directory %q): %w", opts.PreferredPort, opts.DataDir, err)
	}
	return &Kafka{cluster: cluster, addr: cluster.ListenAddrs()[0]}, nil
}

// Addr returns host:port of the broker, also after Close.
func (k *Kafka) Addr() string { return k.addr }

// Cluster returns the broker itself, for tests that inject faults into it.
func (k *Kafka) Cluster() *kfake.Cluster { return k.cluster }

// Close ends the broker and all connections to it, and writes what DataDir
// keeps. Close the consumers before: members of a group that are still there
// are remembered, and the next run waits for them until their session times out.
func (k *Kafka) Close() { k.cluster.Close() }

// brokerLogger passes on the broker's errors and warnings. Below those it logs
// every request.
type brokerLogger struct{ to *slog.Logger }

func (l brokerLogger) Logf(level kfake.LogLevel, format string, args ...any) {
	switch level {
	case kfake.LogLevelError:
		l.to.Error("embedded kafka: " + fmt.Sprintf(format, args...))
	case kfake.LogLevelWarn:
		l.to.Warn("embedded kafka: " + fmt.Sprintf(format, args...))
	}
}
