package kafka

import (
	"context"
	"slices"
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
	defer p.stoppedSending()
	for {
		entries := p.next()
		if len(entries) == 0 {
			return
		}
		for together := range slices.Chunk(entries, max(p.config.Bundle, 1)) {
			if !p.send(together) {
				return
			}
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

// sendAlone delivers entries once more, after a delay, each for itself.
func (p *partition) sendAlone(entries []*entry, delay time.Duration) {
	defer p.stoppedSending()
	if delay > 0 {
		timer := time.NewTimer(delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-p.draining.Done():
			return
		}
	}
	for i := range entries {
		if !p.send(entries[i : i+1]) {
			return
		}
	}
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
