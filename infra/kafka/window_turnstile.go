package kafka

import (
	"context"
	"sync"
)

// turnstile lets others wait until the poll loop has nothing in its hands that it
// polled before. Else it could put records of a partition that was revoked into
// the window of the same partition, assigned anew.
type turnstile struct {
	mu     sync.Mutex
	polled context.Context // of the present turn
	cancel context.CancelFunc
	passed chan struct{} // closed when the turn is over
}

func (t *turnstile) init(parent context.Context) {
	t.polled, t.cancel = context.WithCancel(parent)
	t.passed = make(chan struct{})
}

// context is the one to poll with.
func (t *turnstile) context() context.Context {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.polled
}

// renew begins the next turn. The loop calls it with empty hands when the context
// is done.
func (t *turnstile) renew(parent context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.cancel()
	close(t.passed)
	t.init(parent)
}

// pass ends the turn and waits for that, or until ctx is done.
func (t *turnstile) pass(ctx context.Context) {
	t.mu.Lock()
	passed := t.passed
	t.cancel()
	t.mu.Unlock()
	select {
	case <-passed:
	case <-ctx.Done():
	}
}
