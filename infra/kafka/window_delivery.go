package kafka

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/handlers"
)

// delivery is a message on its way: a record, or several in a bundle. A record that
// is nacked or set apart is delivered again.
type delivery struct {
	entries []*entry
	bundle  *handlers.Bundle // nil if it is one record
	msg     *message.Message
	end     context.CancelFunc // ends the message's context
}

// deliver hands out what may be delivered, until the partition drains.
func (p *partition) deliver() {
	defer p.sendsNoMore()
	for together := p.next(); len(together) > 0; together = p.next() {
		if !p.send(together) {
			return
		}
	}
}

// send delivers entries in one message. It is refused when the partition drains before
// somebody takes it.
func (p *partition) send(entries []*entry) (taken bool) {
	var d delivery
	if len(entries) == 1 {
		d = p.newDelivery(entries)
	} else {
		d = p.newBundle(entries)
	}
	select {
	case p.messages <- d.msg:
		p.sent(d)
		return true
	case <-p.draining.Done():
		d.end()
		return false
	}
}

// again has entries that were nacked delivered once more, each for itself, after a
// delay. Until then they count as in flight.
func (p *partition) again(entries []*entry) {
	p.running.Go(func() {
		timer := time.NewTimer(p.config.NackDelay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.draining.Done():
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, e := range entries {
			p.window.setBack(e)
		}
		p.landed(len(entries))
	})
}

// newDelivery makes the message of a record.
func (p *partition) newDelivery(entries []*entry) delivery {
	record := entries[0].record
	source := recordSource(record)
	var headers []header
	for _, h := range record.Headers {
		headers = append(headers, header{key: h.Key, value: h.Value})
	}
	msg := newMessage(source, record.Key, record.Value, headers)
	// base is never done, so this registers nowhere: it costs one allocation.
	ctx, end := context.WithCancel(handlers.WithSource(p.base, source))
	msg.SetContext(ctx)
	return delivery{entries: entries, msg: msg, end: end}
}

func recordSource(record *kgo.Record) handlers.Source {
	return handlers.Source{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset, Timestamp: record.Timestamp,
	}
}
