package kafka

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// delivery is a message on its way: a record that is nacked is delivered again.
type delivery struct {
	entry *entry
	msg   *message.Message
	end   context.CancelFunc // ends the message's context
}

// deliver hands out what may be delivered, until the partition drains.
func (p *partition) deliver() {
	defer p.stoppedSending()
	var entries []*entry
	for {
		if entries = p.next(entries[:0]); len(entries) == 0 {
			return
		}
		for _, e := range entries {
			if !p.send(e) {
				return
			}
		}
	}
}

// send delivers an entry. It is refused when the partition drains before somebody
// takes it.
func (p *partition) send(e *entry) (taken bool) {
	d := p.newDelivery(e)
	select {
	case p.messages <- d.msg:
		p.sent(d)
		return true
	case <-p.draining.Done():
		d.end()
		return false
	}
}

// sendAgain delivers an entry that was nacked once more, after NackDelay.
func (p *partition) sendAgain(e *entry) {
	defer p.stoppedSending()
	timer := time.NewTimer(p.config.NackDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		p.send(e)
	case <-p.draining.Done():
	}
}

func (p *partition) newDelivery(e *entry) delivery {
	record := e.record
	source := handlers.Source{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset, Timestamp: record.Timestamp,
	}
	var headers []header
	for _, h := range record.Headers {
		headers = append(headers, header{key: h.Key, value: h.Value})
	}
	msg := newMessage(source, record.Key, record.Value, headers)
	// base is never done, so this registers nowhere: it costs one allocation.
	ctx, end := context.WithCancel(handlers.WithSource(p.base, source))
	msg.SetContext(ctx)
	return delivery{entry: e, msg: msg, end: end}
}
