package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// topicPatience is how long a new topic may take to be known to all brokers.
const topicPatience = 30 * time.Second

// askTimeout bounds the question to one broker.
const askTimeout = time.Second

// awaitTopic waits until every broker knows a topic that exists: it is one of them
// that creates it, and another, a moment later, that is asked for it.
func (a *Admin) awaitTopic(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(ctx, topicPatience)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		known, err := a.knownToAll(ctx, name)
		if known || err != nil {
			return err
		}
		select {
		case <-poll.C:
		case <-ctx.Done():
			return fmt.Errorf("topic %q exists, but not all brokers know it within %s: look at their logs", name, topicPatience)
		}
	}
}

func (a *Admin) knownToAll(ctx context.Context, name string) (bool, error) {
	brokers, err := a.client.ListBrokers(ctx)
	if err != nil {
		return false, fmt.Errorf("list the brokers: %w", err)
	}
	for _, id := range brokers.NodeIDs() {
		request := kmsg.NewPtrMetadataRequest()
		topic := kmsg.NewMetadataRequestTopic()
		topic.Topic = &name
		request.Topics = append(request.Topics, topic)
		response, err := a.ask(ctx, id, request)
		if err != nil {
			continue // who does not answer knows nothing wrong
		}
		for _, shown := range response.Topics {
			if errors.Is(kerr.ErrorForCode(shown.ErrorCode), kerr.UnknownTopicOrPartition) {
				return false, nil
			}
		}
	}
	return true, nil
}

// ask asks a certain broker, which may be down.
func (a *Admin) ask(ctx context.Context, broker int32, request *kmsg.MetadataRequest) (*kmsg.MetadataResponse, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return request.RequestWith(ctx, a.brokers.Broker(int(broker)))
}
