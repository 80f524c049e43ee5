package kafka

import (
	"runtime"
	"sync"
	"time"
)

// A message tells by a channel of its own that it is acked. A goroutine that waits
// for each was measured to take a quarter of the processor's time; one for all of a
// partition waits for the oldest, and looks at the others when that one is acked.
// Those behind a message that takes long are looked at every lookInterval, and less
// and less often, down to lookRarely, while nothing happens to any.
const (
	lookInterval = 2 * time.Millisecond
	lookRarely   = 16 * time.Millisecond
)

// flight is the deliveries of a partition of which it is not known yet that they
// were acked or nacked, in the order of their sending. Its partition's mutex guards
// it.
type flight struct {
	deliveries []delivery
	complete   bool      // no more will be added
	changed    sync.Cond // there is a first delivery, or it is complete
}

// sent adds a delivery that somebody has taken.
func (p *partition) sent(d delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.released {
		d.end() // the next owner's
		return
	}
	if p.config.Commit == CommitOnTimer {
		for _, e := range d.entries {
			e.state = max(e.state, entryDelivered)
		}
	}
	p.flight.deliveries = append(p.flight.deliveries, d)
	if len(p.flight.deliveries) == 1 {
		p.flight.changed.Signal()
	}
}

// sendsNoMore says that no delivery will be added.
func (p *partition) sendsNoMore() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.flight.complete = true
	p.flight.changed.Signal()
}

// oldestInFlight waits for a delivery. ok is false when there is none and none can
// come.
func (p *partition) oldestInFlight() (oldest delivery, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.flight.deliveries) == 0 {
		if p.flight.complete {
			return delivery{}, false
		}
		p.flight.changed.Wait()
	}
	return p.flight.deliveries[0], true
}

// collect sees to what was acked and nacked, until the partition has drained.
func (p *partition) collect() {
	interval := lookInterval
	timer := time.NewTimer(interval)
	defer timer.Stop()
	var ended []delivery
	for {
		oldest, ok := p.oldestInFlight()
		if !ok {
			return
		}
		everywhere := false
		select {
		case <-oldest.msg.Acked():
		case <-oldest.msg.Nacked():
		case <-timer.C:
			everywhere = true
		case <-p.working.Done():
			p.abandon()
			return
		}
		runtime.Gosched() // those that a commit has woken together ack together
		ended = p.land(ended[:0], everywhere)
		for i := range ended {
			ended[i].end()
		}
		if everywhere {
			interval = min(2*interval, lookRarely)
			if len(ended) > 0 {
				interval = lookInterval
			}
			timer.Reset(interval)
		}
		clear(ended)
	}
}

// land takes the deliveries that were acked or nacked out of the flight and adds them
// to ended: those before the first that was neither, or everywhere.
func (p *partition) land(ended []delivery, everywhere bool) []delivery {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.released {
		return ended
	}
	flying, landed := p.flight.deliveries[:0], 0
	for i, d := range p.flight.deliveries {
		switch {
		case isClosed(d.msg.Acked()):
			landed += p.acked(&d)
			ended = append(ended, d)
		case isClosed(d.msg.Nacked()):
			p.again(d.entries)
			ended = append(ended, d)
		case everywhere:
			flying = append(flying, d)
		default:
			p.flight.cut(i)
			p.landed(landed)
			return ended
		}
	}
	clear(p.flight.deliveries[len(flying):])
	p.flight.deliveries = flying
	p.landed(landed)
	return ended
}

// acked ends the entries of a delivery, but for those that are set apart: these come
// again at once. It returns how many are no longer in flight.
func (p *partition) acked(d *delivery) (records int) {
	for i, e := range d.entries {
		if d.bundle != nil && d.bundle.Apart(i) {
			p.window.setBack(e)
		} else {
			p.window.ack(e)
		}
	}
	return len(d.entries)
}

// cut takes the first n deliveries out.
func (f *flight) cut(n int) {
	clear(f.deliveries[:n])
	f.deliveries = f.deliveries[n:]
}

// abandon ends what is in flight when the drain is over: it is the next owner's.
func (p *partition) abandon() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range p.flight.deliveries {
		d.end()
	}
	p.flight.cut(len(p.flight.deliveries))
}

func isClosed(channel <-chan struct{}) bool {
	select {
	case <-channel:
		return true
	default:
		return false
	}
}
