package kafka

import (
	"sync"

	"github.com/IBM/sarama"
)

// aloneProducer says what an error means, and sends a message that was refused as too
// large once more, alone: the broker measures the batch it came in, which holds what
// others published at the same time and is refused as a whole.
type aloneProducer struct {
	sarama.SyncProducer
	alone sync.RWMutex
}

func (p *aloneProducer) SendMessage(record *sarama.ProducerMessage) (int32, int64, error) {
	p.alone.RLock()
	partition, offset, err := p.SyncProducer.SendMessage(record)
	p.alone.RUnlock()
	if TooLarge(err) {
		p.alone.Lock()
		partition, offset, err = p.SyncProducer.SendMessage(record)
		p.alone.Unlock()
	}
	return partition, offset, explainSend(record.Topic, err)
}
