package middleware_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

// longEnough is several times the longest interval between two probes.
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

func TestOneMessageProbesAndTheOthersWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		prober := db.begin(t.Context(), "prober")
		var waiting []<-chan error
		for i := range 20 {
			waiting = append(waiting, db.begin(t.Context(), strconv.Itoa(i)))
		}
		time.Sleep(longEnough)
		require.Greater(t, db.called()["prober"], 5)
		require.Len(t, db.called(), 1, "only the prober is handled")

		db.set(false)
		require.NoError(t, <-prober)
		for i, result := range waiting {
			require.NoError(t, <-result)
			require.Equal(t, 1, db.called()[strconv.Itoa(i)])
		}
		requireOutages(t, db, 1)
	})
}

func TestMessagesInFlightWhenTheOutageBeginsWaitToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		slow := make(chan struct{})
		db.handle = db.behindOutage(func(msg *message.Message) ([]*message.Message, error) {
			<-slow
			return db.call(msg)
		})
		db.set(true)
		var results []<-chan error
		for i := range 5 {
			results = append(results, db.begin(t.Context(), strconv.Itoa(i)))
		}
		close(slow) // all five fail
		time.Sleep(longEnough)
		probers := 0
		for _, calls := range db.called() {
			if calls > 1 {
				probers++
			}
		}
		require.Equal(t, 1, probers)

		db.set(false)
		for _, result := range results {
			require.NoError(t, <-result)
		}
		requireOutages(t, db, 1)
	})
}

func TestCancelledProberHandsOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		ctx, cancel := context.WithCancel(t.Context())
		first := db.begin(ctx, "first")
		second := db.begin(t.Context(), "second")
		cancel()
		require.Equal(t, handlers.Canceled, handlers.ClassOf(<-first))
		time.Sleep(longEnough)
		require.Greater(t, db.called()["second"], 5)
		require.Len(t, db.told(), 1, "the outage goes on")

		db.set(false)
		require.NoError(t, <-second)
		requireOutages(t, db, 1)
	})
}

func TestOutageIsNotOverWhenTheProberStops(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{
		"as cancelled":          handlers.Fail(handlers.Canceled, errors.New("stopping")),
		"by the cause":          errors.New("another partition failed"), // such as Retry makes of context.Cause
		"by an error of a call": handlers.Fail(handlers.Transient, errors.New("deadlock")),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				db := newDatabase()
				db.set(true)
				ctx, cancel := context.WithCancel(t.Context())
				prober := db.begin(ctx, "prober")
				db.answerWith(func(*message.Message) error {
					cancel()
					return answer
				})
				require.ErrorIs(t, <-prober, answer)
				require.Equal(t, []error{handlers.Fail(handlers.Outage, errRefused)}, db.told())
			})
		})
	}
}

func TestCancelledMessagesDoNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		ctx, cancel := context.WithCancel(t.Context())
		var results []<-chan error
		for i := range 10 {
			results = append(results, db.begin(ctx, strconv.Itoa(i)))
		}
		cancel()
		for _, result := range results {
			require.Equal(t, handlers.Canceled, handlers.ClassOf(<-result))
		}

		last := db.begin(t.Context(), "last") // it finds an outage that nobody probes
		require.Zero(t, db.called()["last"], "before the first interval has passed")
		db.set(false)
		require.NoError(t, <-last)
		requireOutages(t, db, 1)
	})
}

func TestOutageBeginsAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		for range 3 {
			db.set(true)
			prober := db.begin(t.Context(), "prober")
			other := db.begin(t.Context(), "other")
			db.set(false)
			require.NoError(t, <-prober)
			require.NoError(t, <-other)
		}
		requireOutages(t, db, 3)
	})
}

func TestProberThatFailsOtherwiseEndsTheOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		prober := db.begin(t.Context(), "prober")
		conflict := handlers.Fail(handlers.Conflict, errors.New("taken"))
		db.answerWith(func(*message.Message) error { return conflict })
		require.Equal(t, conflict, <-prober)
		requireOutages(t, db, 1)
	})
}

// Recover stands inside of Outage, but the gate must not depend on it.
func TestPanicOfTheProberLetsAnotherProbe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		panicked := make(chan any)
		go func() {
			defer func() { panicked <- recover() }()
			_, _ = db.handle(message.NewMessage("broken", nil))
		}()
		synctest.Wait()
		other := db.begin(t.Context(), "other")
		db.answerWith(func(msg *message.Message) error {
			if msg.UUID == "broken" {
				panic("a bug")
			}
			return nil
		})
		require.Equal(t, "a bug", <-panicked)
		require.NoError(t, <-other)
		requireOutages(t, db, 1)
	})
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
