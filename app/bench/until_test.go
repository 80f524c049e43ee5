package bench

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// ended is a child that has ended so.
func ended(err error) *child {
	c := &child{name: "generator", log: "log", ended: make(chan struct{}), err: err}
	close(c.ended)
	return c
}

func TestWhatAChildDidShowsAfterItsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		require.NoError(t, until(t.Context(), []*child{ended(nil)}, "the orders", func() (int64, bool, error) {
			looks++
			return 0, looks == 100, nil
		}))
	})
}

func TestAChildThatFailsOrDoesNothingIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	never := func() (int64, bool, error) { return 0, false, nil }
	synctest.Test(t, func(t *testing.T) {
		failed := errors.New("exit status 1")
		err := until(t.Context(), []*child{ended(failed)}, "the orders", never)
		require.ErrorIs(t, err, failed)
		require.ErrorContains(t, err, "generator has ended while it was waited for the orders; its log is log")
		require.ErrorContains(t, until(t.Context(), []*child{ended(nil)}, "the orders", never), "generator has ended")

		ctx, cancel := context.WithCancel(t.Context())
		hanging := &child{name: "hanging", ended: make(chan struct{})}
		require.ErrorContains(t, until(ctx, []*child{hanging}, "the orders", never), "hanging has not moved for 2m0s")
		cancel()
		require.ErrorIs(t, until(ctx, []*child{hanging}, "the orders", never), context.Canceled)
		close(hanging.ended)
	})
}
