package apache

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
)

// clusterID is a UUID as Kafka writes it. One machine's clusters do not meet.
const clusterID = "b3JkZXJmbG93LXRlc3RzMQ"

// Cluster is a running Apache Kafka. Its methods may be called concurrently.
type Cluster struct {
	options Options
	jars    string
	dir     string
	brokers []*Broker
}

// Start runs a cluster and waits until all brokers know each other, which takes
// five seconds for one and fifteen for three on two cores.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	jars, err := Jars(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "orderflow-kafka-")
	if err != nil {
		return nil, fmt.Errorf("create a data directory for Apache Kafka: %w", err)
	}
	c := &Cluster{options: opts.withDefaults(), jars: jars, dir: dir}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("start Apache Kafka: %w", err), c.Close())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	ports, err := freePorts(3 * c.options.Brokers)
	if err != nil {
		return err
	}
	for id := 1; id <= c.options.Brokers; id++ {
		c.brokers = append(c.brokers, &Broker{
			id:      id,
			dir:     filepath.Join(c.dir, fmt.Sprint("broker-", id)),
			cluster: c,
			ports:   map[string]int{"CLIENT": ports[3*id-3], "INTERNAL": ports[3*id-2], "CONTROLLER": ports[3*id-1]},
		})
	}
	// They need each other to get ready.
	starting, ctx := errgroup.WithContext(ctx)
	for _, b := range c.brokers {
		starting.Go(func() error {
			if err := b.format(ctx); err != nil {
				return err
			}
			if err := b.launch(); err != nil {
				return err
			}
			return b.awaitReady(ctx, len(c.brokers))
		})
	}
	return starting.Wait()
}

// Bootstrap returns host:port of each broker for clients.
func (c *Cluster) Bootstrap() []string { return c.addresses("CLIENT") }

// Admin returns host:port of each broker for those who set up users and rights:
// a listener without any security, on which everything is allowed.
func (c *Cluster) Admin() []string { return c.addresses("INTERNAL") }

func (c *Cluster) addresses(listener string) []string {
	var addresses []string
	for _, b := range c.brokers {
		addresses = append(addresses, b.address(listener))
	}
	return addresses
}

func (c *Cluster) voters() string {
	var voters []string
	for _, b := range c.brokers {
		voters = append(voters, b.name()+"@"+b.address("CONTROLLER"))
	}
	return strings.Join(voters, ",")
}

// Broker returns a broker by its id; the first is 1.
func (c *Cluster) Broker(id int) *Broker { return c.brokers[id-1] }

// Close kills the brokers and removes their data. Closing again does nothing.
func (c *Cluster) Close() error {
	for _, b := range c.brokers {
		b.Kill()
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return fmt.Errorf("remove the data of Apache Kafka: %w", err)
	}
	return nil
}
