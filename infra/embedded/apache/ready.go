package apache

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// awaitReady waits until the broker answers and knows of as many brokers.
func (b *Broker) awaitReady(ctx context.Context, brokers int) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(b.address("INTERNAL")))
	if err != nil {
		return fmt.Errorf("connect to broker %d: %w", b.id, err)
	}
	defer client.Close()
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	process := b.running()
	for {
		select {
		case <-process.Done():
			return fmt.Errorf("broker %d has ended: %w\n%s", b.id, process.Ending(), b.Log())
		case <-ctx.Done():
			return fmt.Errorf("wait for broker %d: %w\n%s", b.id, ctx.Err(), b.Log())
		case <-poll.C:
			if b.knows(ctx, client, brokers) {
				return nil
			}
		}
	}
}

// knows asks this broker, and no other of which the client has learned.
func (b *Broker) knows(ctx context.Context, client *kgo.Client, brokers int) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	answer, err := client.SeedBrokers()[0].Request(ctx, kmsg.NewPtrMetadataRequest())
	if err != nil {
		return false
	}
	metadata, ok := answer.(*kmsg.MetadataResponse)
	if !ok || len(metadata.Brokers) < brokers {
		return false
	}
	for _, known := range metadata.Brokers {
		if known.NodeID == b.ID() {
			return true
		}
	}
	return false
}
