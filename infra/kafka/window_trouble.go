package kafka

import (
	"log/slog"
	"time"
)

// restAfterTrouble is how long a partition that cannot be read is left alone before
// the next try. Without it the broker would be asked as fast as it answers.
const restAfterTrouble = time.Second

// trouble is that of a partition which cannot be read, such as a batch with a wrong
// checksum: from there on its records wait, and the other partitions go on. Nothing
// is skipped, for what cannot be read today may be whole on another replica.
type trouble struct {
	since    time.Time // zero while there is none
	reported time.Time
	resting  bool
}

// cannotFetch is told of what the client could not fetch, each time it tries.
func (s *subscription) cannotFetch(topic string, number int32, err error) {
	p := s.assigned.of(number)
	switch {
	case s.turns.context().Err() != nil || s.stopping.Err() != nil:
		return // that is why
	case denied(err):
		s.config.deny(s.topic, err)
	case topic != s.topic || p == nil:
		s.config.Logger.Error("cannot fetch; trying again", slog.String("topic", s.topic), slog.Any("error", err))
	default:
		p.rest(time.Now(), err)
	}
}

// rest pauses the fetching of the partition for a while. It reports the first of
// errors in a row, and then one each StallAfter.
func (p *partition) rest(now time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.draining.Err() != nil {
		return
	}
	if p.trouble.since.IsZero() {
		p.trouble.since = now
	}
	if now.Sub(p.trouble.reported) >= p.config.StallAfter {
		p.trouble.reported = now
		p.config.Logger.Error("cannot read on in a partition: its records wait and the other partitions go on; trying again",
			slog.String("group", p.config.Group), slog.String("topic", p.topic), slog.Int("partition", int(p.number)),
			slog.Int64("offset", p.fetchedUpTo()), slog.Duration("for", now.Sub(p.trouble.since)), slog.Any("error", err))
	}
	if !p.trouble.resting {
		p.trouble.resting = true
		p.fetching.pause()
		time.AfterFunc(restAfterTrouble, p.rested)
	}
}

func (p *partition) rested() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.trouble.resting = false
	if p.draining.Err() == nil && !p.paused {
		p.fetching.resume()
		p.fetching.wake()
	}
}

// readable is called with p.mu held when records came: the trouble is over, if there
// was one.
func (p *partition) readable() {
	if !p.trouble.since.IsZero() {
		p.config.Logger.Info("reading on in a partition", slog.String("topic", p.topic), slog.Int("partition", int(p.number)))
	}
	p.trouble.since, p.trouble.reported = time.Time{}, time.Time{}
}

// fetchedUpTo is called with p.mu held. It returns the offset after the last record
// that came, -1 before the first.
func (p *partition) fetchedUpTo() int64 {
	if n := len(p.backlog); n > 0 {
		return p.backlog[n-1].Offset + 1
	}
	return p.window.next
}
