package kafka

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
)

// remindEvery is how often it is said again what lasts, such as that a broker is down
// or a batch damaged.
const remindEvery = time.Minute

// subscriberLog stands between Watermill's subscriber and its logger, for sarama
// tries again without a pause that people could read in, and says so each time.
// And it takes the answer of a broker as a whole: one batch with a wrong checksum
// holds up all partitions that the broker leads, so we say what that means.
type subscriberLog struct {
	watermill.LoggerAdapter
	group  string
	logger *slog.Logger
	*reminder
}

func newSubscriberLog(config SubscriberConfig) subscriberLog {
	return subscriberLog{config.Watermill, config.Group, config.Logger, &reminder{}}
}

// Error is a watermill.LoggerAdapter's.
func (l subscriberLog) Error(text string, err error, fields watermill.LogFields) {
	now := time.Now()
	if _, damaged := errors.AsType[sarama.PacketDecodingError](err); damaged {
		if l.due("damage", now) {
			l.logger.Error("cannot read on: a batch is damaged, and all partitions that its broker leads wait; trying again, nothing is skipped. "+
				"With more than one in flight only its own partition waits", slog.String("group", l.group), slog.Any("error", err))
		}
		return
	}
	if l.due(text+": "+cause(err), now) {
		l.LoggerAdapter.Error(text, err, fields)
	}
}

// cause is what an error has in common with those of other partitions and of
// connections from other ports, which one broker that is down makes in turn.
func cause(err error) string {
	if failed, ok := errors.AsType[*sarama.ConsumerError](err); ok {
		err = failed.Err
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return fmt.Sprint(op.Op, " ", op.Addr, ": ", op.Err)
	}
	return fmt.Sprint(err)
}

// With is a watermill.LoggerAdapter's.
func (l subscriberLog) With(fields watermill.LogFields) watermill.LoggerAdapter {
	l.LoggerAdapter = l.LoggerAdapter.With(fields)
	return l
}

// reminder remembers when something was said last. The zero value has said nothing;
// it is safe for concurrent use.
type reminder struct {
	mu   sync.Mutex
	next map[string]time.Time // when it is due again
}

// due reports whether to say it, which then is not due for a while.
func (r *reminder) due(what string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	// What is due again need not be remembered.
	maps.DeleteFunc(r.next, func(_ string, next time.Time) bool { return !now.Before(next) })
	if _, early := r.next[what]; early {
		return false
	}
	if r.next == nil {
		r.next = map[string]time.Time{}
	}
	r.next[what] = now.Add(remindEvery)
	return true
}
