package main

import (
	"context"
	"errors"
	"log/slog"
)

// outage makes an outage visible, and its end: log, metric, readiness.
func (p *processor) outage(cause error) {
	p.readiness.Set(needsDatabase, cause)
	if cause != nil {
		p.metrics.Outage.Set(1)
		p.logger.Error("the database cannot be used: holding all orders back until it can, nothing is lost",
			slog.Any("error", cause))
		return
	}
	p.metrics.Outage.Set(0)
	p.logger.Info("the database can be used again: going on")
}

// failWith stops run with an error. The first one counts.
func (p *processor) failWith(err error) {
	select {
	case p.fail <- err:
	default:
	}
}

var errStopped = errors.New("the subscriber has stopped by itself; the log says why")

// run handles orders until ctx is done, then finishes what is in flight, commits,
// announces what is accepted and returns nil; or returns the error that stopped it.
func (p *processor) run(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if p.relay != nil {
		p.relay.start(ctx, p.failWith)
		defer func() { err = errors.Join(err, p.relay.stop(ctx)) }()
	}
	ended := make(chan error, 1)
	go func() { ended <- p.router.Run(ctx) }()
	select {
	case failure := <-p.fail:
		cancel(failure)
		return errors.Join(failure, <-ended)
	case err := <-ended:
		if err == nil && ctx.Err() == nil {
			err = errStopped
		}
		return err
	}
}
