package kafka

import "github.com/IBM/sarama"

// sending hooks into Watermill's publisher where sarama sends.
type sending struct{ noTracing }

func (sending) WrapSyncProducer(_ *sarama.Config, producer sarama.SyncProducer) sarama.SyncProducer {
	return &aloneProducer{SyncProducer: producer}
}

// noTracing is a wmkafka.SaramaTracer that wraps nothing; hooks embed it and
// replace the one method they need.
type noTracing struct{}

func (noTracing) WrapConsumer(c sarama.Consumer) sarama.Consumer { return c }

func (noTracing) WrapPartitionConsumer(c sarama.PartitionConsumer) sarama.PartitionConsumer {
	return c
}

func (noTracing) WrapConsumerGroupHandler(h sarama.ConsumerGroupHandler) sarama.ConsumerGroupHandler {
	return h
}

func (noTracing) WrapSyncProducer(_ *sarama.Config, p sarama.SyncProducer) sarama.SyncProducer {
	return p
}
