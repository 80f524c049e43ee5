package kafka

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// dialTimeout bounds the first contact: who has no broker shall learn it soon.
const dialTimeout = 5 * time.Second

// Admin manages topics and reads offsets. It is safe for concurrent use.
type Admin struct {
	config  Config
	client  *kadm.Client
	brokers *kgo.Client // the same, for requests of one broker
}

// NewAdmin connects and makes sure that a broker answers, accepts the credentials
// and is not too old. Close it.
func NewAdmin(ctx context.Context, config Config) (*Admin, error) {
	client, err := kgo.NewClient(append(config.Franz(),
		kgo.DialTimeout(dialTimeout),
		kgo.RetryTimeout(dialTimeout))...)
	if err != nil {
		return nil, fmt.Errorf("configure the Kafka client: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 2*dialTimeout)
	defer cancel()
	if err := client.Ping(ctx); err != nil {
		client.Close()
		return nil, config.explain(err)
	}
	if err := checkVersion(ctx, client); err != nil {
		client.Close()
		return nil, config.explain(err)
	}
	return &Admin{config: config, client: kadm.NewClient(client), brokers: client}, nil
}

// Close ends the connections.
func (a *Admin) Close() {
	a.client.Close()
}
