package kafka

import (
	"context"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill/message"
)

// Receipt is where a published message went.
type Receipt struct {
	Partition int32
	Offset    int64
}

type receiptKey struct{}

// WithReceipt asks for the receipt of msg, which Watermill's Publish does not
// return: it is filled in when Publish has returned without an error.
func WithReceipt(msg *message.Message) *Receipt {
	receipt := &Receipt{}
	msg.SetContext(context.WithValue(msg.Context(), receiptKey{}, receipt))
	return receipt
}

func receiptOf(ctx context.Context) *Receipt {
	receipt, _ := ctx.Value(receiptKey{}).(*Receipt)
	return receipt
}

// receipts hooks into Watermill's publisher where sarama says partition and offset.
type receipts struct{ noTracing }

func (receipts) WrapSyncProducer(_ *sarama.Config, producer sarama.SyncProducer) sarama.SyncProducer {
	return receiptProducer{&aloneProducer{SyncProducer: producer}}
}

type receiptProducer struct{ sarama.SyncProducer }

func (p receiptProducer) SendMessage(record *sarama.ProducerMessage) (int32, int64, error) {
	partition, offset, err := p.SyncProducer.SendMessage(record)
	if receipt, ok := record.Metadata.(*Receipt); ok && receipt != nil && err == nil {
		*receipt = Receipt{Partition: partition, Offset: offset}
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
