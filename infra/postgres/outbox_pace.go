package postgres

import (
	"errors"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/lib/pq"
)

// How long a relay waits before it looks into the outbox again: not at all when it
// has found something; else from soonest to latest, doubling; and after errors up to
// afterErrors.
const (
	soonest     = 5 * time.Millisecond
	latest      = 200 * time.Millisecond
	afterErrors = 5 * time.Second
)

// outboxPace is watermill-sql's wmsql.BackoffManager for one subscriber.
type outboxPace struct {
	pause   time.Duration
	failing bool
}

// HandleError returns how long to wait. It logs the first error of several.
func (p *outboxPace) HandleError(logger watermill.LoggerAdapter, nothing bool, err error) time.Duration {
	if answer, ok := errors.AsType[*pq.Error](err); ok && answer.Code == serializationFailure {
		return 0 // another relay has had its turn since this one began to look
	}
	switch {
	case err != nil:
		if !p.failing {
			logger.Error("the outbox cannot be read: events wait there, nothing is lost", err, nil)
		}
		p.failing = true
		p.slower(afterErrors)
	case nothing:
		p.recovered(logger)
		p.slower(latest)
	default:
		p.recovered(logger)
		p.pause = 0
	}
	return p.pause
}

func (p *outboxPace) slower(most time.Duration) {
	p.pause = min(max(2*p.pause, soonest), most)
}

func (p *outboxPace) recovered(logger watermill.LoggerAdapter) {
	if p.failing {
		logger.Info("the outbox can be read again", nil)
		p.failing, p.pause = false, 0
	}
}
