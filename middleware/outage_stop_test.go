package middleware_test

import (
	"context"
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

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

func TestCancelledMessagesDoNotWaitForTheProber(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := newDatabase()
		db.set(true)
		prober := db.begin(t.Context(), "prober")
		ctx, cancel := context.WithCancel(t.Context())
		waiting := db.begin(ctx, "waiting")
		cancel()
		require.Equal(t, handlers.Canceled, handlers.ClassOf(<-waiting))
		require.Zero(t, db.called()["waiting"])

		db.set(false)
		require.NoError(t, <-prober)
		requireOutages(t, db, 1)
	})
}

func TestOutageGoesOnWhenAllAreCancelled(t *testing.T) {
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
