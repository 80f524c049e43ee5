package kafka

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
)

// remindAfter is how often is said again what lasts.
const remindAfter = time.Minute

// damageLog stands between Watermill's subscriber and its logger. sarama takes the
// answer of a broker as a whole: one batch with a wrong checksum holds up all
// partitions that the broker leads, and each says so with every try. We say once a
// minute what it means.
type damageLog struct {
	watermill.LoggerAdapter
	group  string
	logger *slog.Logger
	*reminder
}

type reminder struct {
	mu   sync.Mutex
	last time.Time
}

func newDamageLog(config SubscriberConfig) damageLog {
	return damageLog{config.Watermill, config.Group, config.Logger, &reminder{}}
}

// Error is a watermill.LoggerAdapter's.
func (l damageLog) Error(text string, err error, fields watermill.LogFields) {
	if _, damaged := errors.AsType[sarama.PacketDecodingError](err); !damaged {
		l.LoggerAdapter.Error(text, err, fields)
		return
	}
	if l.due(time.Now()) {
		l.logger.Error("cannot read on: a batch is damaged, and all partitions that its broker leads wait; trying again, nothing is skipped. "+
			"With more than one in flight only its own partition waits", slog.String("group", l.group), slog.Any("error", err))
	}
}

// With is a watermill.LoggerAdapter's.
func (l damageLog) With(fields watermill.LogFields) watermill.LoggerAdapter {
	l.LoggerAdapter = l.LoggerAdapter.With(fields)
	return l
}

func (r *reminder) due(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.last) < remindAfter {
		return false
	}
	r.last = now
	return true
}
