package middleware_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"orderflow/handlers"
	"orderflow/middleware"
)

func TestLimitAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]middleware.Limit{
		"50%/1000":    {Percent: 50, Window: 1000},
		"0%/1":        {Percent: 0, Window: 1},
		"99%/1000000": {Percent: 99, Window: 1_000_000},
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			var limit middleware.Limit
			require.NoError(t, limit.UnmarshalText([]byte(text)))
			require.Equal(t, want, limit)
			require.Equal(t, text, limit.String())
			back, err := limit.MarshalText()
			require.NoError(t, err)
			require.Equal(t, text, string(back))
		})
	}
	for _, text := range []string{
		"", "50", "50%", "50/1000", "%/", "%/1000", "50%/", "-1%/10", "100%/10", "50%/0", "50%/-1", "50%/1000001",
		"5.5%/10", "50 %/10", "50%/10 ", "50%/10%/10", "99999999999999999999%/1",
	} {
		t.Run("refuses "+text, func(t *testing.T) {
			t.Parallel()
			limit := middleware.Limit{Percent: 1, Window: 2}
			require.ErrorContains(t, limit.UnmarshalText([]byte(text)), "PERCENT%/WINDOW")
			require.Equal(t, middleware.Limit{Percent: 1, Window: 2}, limit)
		})
	}
}

func TestNoLimitHasNoText(t *testing.T) {
	t.Parallel()
	text, err := middleware.Limit{}.MarshalText()
	require.NoError(t, err)
	require.Empty(t, text)
}

func TestLimitRefusesTheSixthFailureOfTen(t *testing.T) {
	t.Parallel()
	to := &recorder{}
	limited := limited{to: to, limit: middleware.Limit{Percent: 50, Window: 10}}
	handle := limited.handler(t)
	for range 5 {
		require.NoError(t, handle(true))
	}
	for range 5 {
		require.NoError(t, handle(false), "half of them is not more than half")
	}
	err := handle(false)
	require.ErrorIs(t, err, middleware.ErrLimit)
	require.ErrorContains(t, err, "50%/10")
	require.ErrorContains(t, err, "--dlq-limit")
	require.ErrorContains(t, err, "no such user")
	require.Len(t, limited.exceeded, 1)
	require.ErrorIs(t, limited.exceeded[0], middleware.ErrLimit)
	require.Len(t, to.published, 5)
}

func TestWithoutLimitEverythingIsDeadLettered(t *testing.T) {
	t.Parallel()
	to := &recorder{}
	limited := limited{to: to}
	handle := limited.handler(t)
	for range 1000 {
		require.NoError(t, handle(false))
	}
	require.Len(t, to.published, 1000)
	require.Empty(t, limited.exceeded)
}

// The law: a failure is refused if and only if, with it, the last Window messages
// are so many and more than Percent of them failed.
func TestLimitLaw(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		limit := middleware.Limit{
			Percent: rapid.OneOf(rapid.IntRange(0, 99), rapid.SampledFrom([]int{10, 25, 50, 75})).Draw(rt, "percent"),
			Window:  rapid.IntRange(1, 20).Draw(rt, "window"),
		}
		limited := limited{to: &recorder{}, limit: limit}
		handle := limited.handler(t)
		var succeeded []bool
		refused := 0
		for _, succeeds := range rapid.SliceOfN(rapid.Bool(), 0, 100).Draw(rt, "succeed") {
			succeeded = append(succeeded, succeeds)
			err := handle(succeeds)
			if !succeeds && tooMany(limit, succeeded) {
				refused++
				require.ErrorIs(rt, err, middleware.ErrLimit)
			} else {
				require.NoError(rt, err)
			}
			require.Len(rt, limited.exceeded, refused)
		}
	})
}

func tooMany(limit middleware.Limit, succeeded []bool) bool {
	if len(succeeded) < limit.Window {
		return false
	}
	failed := 0
	for _, succeeds := range succeeded[len(succeeded)-limit.Window:] {
		if !succeeds {
			failed++
		}
	}
	return float64(failed)/float64(limit.Window) > float64(limit.Percent)/100
}

// limited is a dead-letter layer with a limit, and what it said.
type limited struct {
	to       *recorder
	limit    middleware.Limit
	exceeded []error
}

// handler returns what handles one message, which succeeds or fails.
func (l *limited) handler(t *testing.T) func(succeeds bool) error {
	t.Helper()
	deadLetter := onto(l.to)
	deadLetter.Limit = l.limit
	deadLetter.Exceeded = func(err error) { l.exceeded = append(l.exceeded, err) }
	layer := layerOf(t, deadLetter)
	return func(succeeds bool) error {
		var failure error
		if !succeeds {
			failure = handlers.Fail(handlers.Data, errors.New("no such user"))
		}
		_, err := layer(failing(failure))(record(t, source))
		return err
	}
}
