package kafka

import (
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"

	wmkafka "github.com/ThreeDotsLabs/watermill-kafka/v3/pkg/kafka"
)

// NewPublisher returns Watermill's Kafka publisher with the settings that lose
// and double nothing: idempotent, acknowledged by all in-sync replicas, keyed.
// Publish returns when the broker has acknowledged; it is safe for concurrent
// use, and messages of one key stay in order when each is published after the
// one before has returned.
func NewPublisher(config Config, logger watermill.LoggerAdapter) (message.Publisher, error) {
	settings := config.sarama()
	settings.Producer.Idempotent = true
	settings.Producer.RequiredAcks = sarama.WaitForAll
	settings.Net.MaxOpenRequests = 1 // sarama asks it of an idempotent producer
	settings.Producer.Return.Successes = true
	// 30 tries, 250 ms apart, outlast the election of a leader.
	settings.Producer.Retry.Max = 30
	settings.Producer.Retry.Backoff = 250 * time.Millisecond
	// The broker knows what its topic takes (max.message.bytes), not we.
	settings.Producer.MaxMessageBytes = int(sarama.MaxRequestSize) / 2
	// The partition of a key is the one that Java's and franz-go's producers choose.
	settings.Producer.Partitioner = sarama.NewMurmur2Partitioner

	publisher, err := wmkafka.NewPublisher(wmkafka.PublisherConfig{
		Brokers:               config.Brokers,
		Marshaler:             Marshaler{},
		OverwriteSaramaConfig: settings,
		Tracer:                sending{},
	}, logger)
	if err != nil {
		return nil, fmt.Errorf("create the publisher: %w", config.explain(err))
	}
	return publisher, nil
}
