package middleware_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

// longEnough is several times the longest interval between two probes, in the
// time of a bubble, which nobody waits for.
const longEnough = time.Minute

var errRefused = errors.New("connection refused")

// database is a handler that can be switched off, behind the layer under test.
type database struct {
	handle message.HandlerFunc

	mu      sync.Mutex
	down    bool
	answer  func(*message.Message) error // instead of an outage or success; nil has none
	calls   map[string]int               // by UUID
	changes []error                      // what Changed was told
}

func newDatabase() *database {
	db := &database{calls: map[string]int{}}
	db.handle = db.behindOutage(db.call)
	return db
}

func (db *database) behindOutage(handler message.HandlerFunc) message.HandlerFunc {
	outage := &middleware.Outage{InitialInterval: time.Second, MaxInterval: 5 * time.Second, Changed: db.changed}
	return outage.Middleware(handler)
}

func (db *database) changed(cause error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.changes = append(db.changes, cause)
}

func (db *database) call(msg *message.Message) ([]*message.Message, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.calls[msg.UUID]++
	switch {
	case db.answer != nil:
		return nil, db.answer(msg)
	case db.down:
		return nil, handlers.Fail(handlers.Outage, errRefused)
	default:
		return message.Messages{msg}, nil
	}
}

func (db *database) set(down bool) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.down = down
}

func (db *database) answerWith(answer func(*message.Message) error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	db.answer = answer
}

// called returns how often the handler was called, by UUID.
func (db *database) called() map[string]int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return maps.Clone(db.calls)
}

// told returns what Changed was told.
func (db *database) told() []error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Clone(db.changes)
}

// begin handles a message until it waits or is done. The channel has the result.
func (db *database) begin(ctx context.Context, uuid string) <-chan error {
	msg := message.NewMessage(uuid, nil)
	msg.SetContext(ctx)
	result := make(chan error, 1)
	go func() {
		_, err := db.handle(msg)
		result <- err
	}()
	synctest.Wait()
	return result
}

// requireOutages asserts that there were so many, all over.
func requireOutages(t *testing.T, db *database, n int) {
	t.Helper()
	var want []error
	for range n {
		want = append(want, handlers.Fail(handlers.Outage, errRefused), nil)
	}
	require.Equal(t, want, db.told())
}
