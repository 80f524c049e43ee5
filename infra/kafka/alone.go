package kafka

import (
	"sync"

	"github.com/IBM/sarama"
)

// aloneProducer sends a message that was refused as too large once more, alone:
// the broker measures the batch it came in, which holds what others published
// at the same time and is refused as a whole.
type aloneProducer struct {
	sarama.SyncProducer
	alone sync.RWMutex
}

func (p *aloneProducer) SendMessage(record *sarama.ProducerMessage) (int32, int64, error) {
	p.alone.RLock()
	partition, offset, err := p.SyncProducer.SendMessage(record)
	p.alone.RUnlock()
	if !TooLarge(err) {
		return partition, offset, err
	}
	p.alone.Lock()
	defer p.alone.Unlock()
	return p.SyncProducer.SendMessage(record)
}
