package kafka

import (
	"context"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/twmb/franz-go/pkg/kgo"
)

// backlogBytes is from how many bytes of records that the window does not take yet
// the fetching of a partition is paused: about what one fetch brings of it.
const backlogBytes = fetchPartitionBytes

// partition is a partition that is ours until its drain is over: what was fetched
// of it, what is in flight, and what may be committed. It is safe for concurrent
// use.
type partition struct {
	topic    string
	number   int32
	config   *SubscriberConfig
	base     context.Context // that the messages' derive from, never done
	messages chan<- *message.Message
	fetching fetching

	draining    context.Context // done when no message is delivered any longer
	stopTaking  context.CancelFunc
	working     context.Context // done when the drain is over
	stopWorking context.CancelFunc
	running     sync.WaitGroup // what delivers, sees to acks, and waits before it delivers again

	mu       sync.Mutex
	changed  sync.Cond // more may be deliverable, or draining is done
	window   *window
	flight   flight
	backlog  []*kgo.Record // that the window does not take yet
	bytes    int64         // of the backlog
	inFlight int
	paused   bool
	trouble  trouble
	released bool
	// committed is the last offset that was committed, or the first that came: -1
	// before that.
	committed int64
	expected  int64 // offset of the record to be fetched next
}

// fetching is how a partition influences what is fetched. The functions are
// called with the partition's mutex held.
type fetching struct {
	pause, resume func()
	wake          func() // looks anew whether a partition is hungry
}

func newPartition(base context.Context, topic string, number int32, config *SubscriberConfig, messages chan<- *message.Message, fetching fetching) *partition {
	p := &partition{
		topic: topic, number: number, config: config, base: base, messages: messages, fetching: fetching,
		window:    newWindow(config.Ordering, config.InFlight, config.InFlightBytes),
		committed: -1,
	}
	p.changed.L = &p.mu
	p.draining, p.stopTaking = context.WithCancel(context.Background())
	p.working, p.stopWorking = context.WithCancel(context.Background())
	p.flight.changed.L = &p.mu
	p.running.Go(p.deliver)
	p.running.Go(p.collect)
	return p
}

// add takes in what was fetched, in order, of a partition that held so much then.
// It does not block: what the window does not take yet waits, and when that is
// much the fetching is paused.
func (p *partition) add(records []*kgo.Record, held Extent) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining.Err() != nil || len(records) == 0 {
		return // the next owner gets them
	}
	if p.committed < 0 {
		p.committed = records[0].Offset
		p.expected = p.committed
	}
	// The client resets by itself and does not say so. Transactions and compaction
	// leave gaps, too, but not below the start.
	if p.expected < held.Start && p.expected < records[0].Offset {
		p.config.outOfRange(p.topic, p.number, p.expected, held)
	}
	p.expected = records[len(records)-1].Offset + 1
	p.readable()
	for _, record := range records {
		p.bytes += sizeOf(record)
	}
	p.backlog = append(p.backlog, records...)
	p.fill()
	if p.bytes > backlogBytes && !p.paused {
		p.paused = true
		p.fetching.pause()
	}
}

// fill moves records from the backlog into the window.
func (p *partition) fill() {
	for len(p.backlog) > 0 && p.window.add(p.backlog[0]) {
		p.bytes -= sizeOf(p.backlog[0])
		p.backlog[0] = nil
		p.backlog = p.backlog[1:]
	}
	p.changed.Signal()
}

// hungry reports whether the window would take more than was fetched.
func (p *partition) hungry() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.backlog) == 0
}

// next waits for entries that may be delivered together. It returns none when
// draining.
func (p *partition) next() []*entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.draining.Err() == nil {
		room := min(p.config.InFlight-p.inFlight, max(p.config.Bundle, 1))
		if together := p.window.take(room); len(together) > 0 {
			p.inFlight += len(together)
			return together
		}
		p.changed.Wait()
	}
	return nil
}

// landed notes that so many records are no longer in flight, and makes use of the
// room. The mutex is held.
func (p *partition) landed(records int) {
	if records == 0 {
		return
	}
	p.inFlight -= records
	if len(p.backlog) == 0 {
		p.changed.Signal()
		return
	}
	p.fill()
	if len(p.backlog) > 0 {
		return
	}
	p.backlog = nil // else it would keep the memory of the longest it was
	if p.paused {
		p.paused = false
		if !p.trouble.resting {
			p.fetching.resume()
		}
	}
	p.fetching.wake()
}

// drain ends the delivery and waits until what is in flight is acked, at most so
// long. After that nothing of it is acked any more.
func (p *partition) drain(timeout time.Duration) {
	p.stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.running.Wait()
	}()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	}
	p.mu.Lock()
	p.released = true
	p.mu.Unlock()
	p.stopWorking()
	<-ended
}

// stop ends the delivery; what is in flight goes on.
func (p *partition) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopTaking()
	p.changed.Broadcast()
}
