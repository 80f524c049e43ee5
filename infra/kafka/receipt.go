package kafka

import (
	"github.com/IBM/sarama"

	"orderflow/handlers"
)

// receipts hooks into Watermill's publisher where sarama says partition and offset.
type receipts struct{ noTracing }

func (receipts) WrapSyncProducer(_ *sarama.Config, producer sarama.SyncProducer) sarama.SyncProducer {
	return receiptProducer{&aloneProducer{SyncProducer: producer}}
}

type receiptProducer struct{ sarama.SyncProducer }

func (p receiptProducer) SendMessage(record *sarama.ProducerMessage) (int32, int64, error) {
	partition, offset, err := p.SyncProducer.SendMessage(record)
	if receipt, ok := record.Metadata.(*handlers.Receipt); ok && receipt != nil && err == nil {
		*receipt = handlers.Receipt{Partition: partition, Offset: offset}
	}
	return partition, offset, explainSend(record.Topic, err)
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
