package kafka

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
)

// delivery is a message on its way: a record that is nacked is delivered again.
type delivery struct {
	msg *message.Message
	end context.CancelFunc // ends the message's context
}

// deliver hands out what may be delivered, until the partition drains.
func (p *partition) deliver() {
	for {
		e := p.next()
		if e == nil {
			return
		}
		d, ok := p.send(e)
		if !ok {
			return
		}
		p.running.Go(func() { p.await(e, d) })
	}
}

// send delivers an entry. It is refused when the partition drains before somebody
// takes it.
func (p *partition) send(e *entry) (d delivery, ok bool) {
	d = p.newDelivery(e.record)
	select {
	case p.messages <- d.msg:
	case <-p.draining.Done():
		d.end()
		return d, false
	}
	if p.config.Commit == CommitOnTimer {
		p.mark(e)
	}
	return d, true
}

// await waits until the entry is acked, and delivers it again whenever it is nacked.
func (p *partition) await(e *entry, d delivery) {
	for {
		select {
		case <-d.msg.Acked():
			p.acked(e)
			d.end()
			return
		case <-d.msg.Nacked():
			d.end()
		case <-p.working.Done():
			d.end()
			return
		}
		if !p.pauseAfterNack() {
			return
		}
		var ok bool
		if d, ok = p.send(e); !ok {
			return
		}
	}
}

// pauseAfterNack waits for NackDelay. It reports false when the partition drains.
func (p *partition) pauseAfterNack() bool {
	timer := time.NewTimer(p.config.NackDelay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.draining.Done():
		return false
	}
}

func (p *partition) newDelivery(record *kgo.Record) delivery {
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
	return delivery{msg: msg, end: end}
}
