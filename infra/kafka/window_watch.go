package kafka

import (
	"log/slog"
	"time"
)

// DefaultStallAfter is for how long the oldest message of a partition may be unacked
// before it is reported, unless a time is set.
const DefaultStallAfter = time.Minute

// watch reports partitions that do not move.
func (s *subscription) watch() {
	// What has stalled is noticed a quarter of StallAfter late, at most.
	ticker := time.NewTicker(max(s.config.StallAfter/4, 1))
	defer ticker.Stop()
	stalls := map[*partition]*stall{}
	for {
		select {
		case now := <-ticker.C:
			present := map[*partition]*stall{}
			for _, p := range s.assigned.all() {
				present[p] = s.look(p, stalls[p], now)
			}
			stalls = present
		case <-s.stopping.Done():
			return
		}
	}
}

// stall is since when a partition has been seen at an offset.
type stall struct {
	offset   int64
	since    time.Time
	reported time.Time
}

func (s *subscription) look(p *partition, before *stall, now time.Time) *stall {
	offset, waits := p.oldest()
	if before == nil || before.offset != offset || !waits {
		return &stall{offset, now, now}
	}
	if now.Sub(before.reported) >= s.config.StallAfter {
		before.reported = now
		s.config.Logger.Warn("a partition does not move: its oldest message is not acked",
			slog.String("group", s.config.Group), slog.String("topic", s.topic), slog.Int("partition", int(p.number)),
			slog.Int64("offset", offset), slog.Duration("for", now.Sub(before.since)))
	}
	return before
}
