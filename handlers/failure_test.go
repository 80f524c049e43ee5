package handlers_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/handlers"
)

func TestPermanentClasses(t *testing.T) {
	t.Parallel()
	for class, permanent := range map[handlers.Class]bool{
		handlers.Decode:     true,
		handlers.Validation: true,
		handlers.Conflict:   true,
		handlers.Data:       true,
		handlers.Panic:      true,
		handlers.Transient:  false,
		handlers.Outage:     false,
		handlers.Canceled:   false,
		handlers.Unknown:    false,
		"":                  false,
	} {
		require.Equal(t, permanent, class.Permanent(), "class %q", class)
	}
}

func TestClassOf(t *testing.T) {
	t.Parallel()
	cause := errors.New("deadlock detected")
	failure := handlers.Fail(handlers.Transient, cause)
	for name, test := range map[string]struct {
		err  error
		want handlers.Class
	}{
		"no failure":                  {cause, handlers.Unknown},
		"nil":                         {nil, handlers.Unknown},
		"a failure":                   {failure, handlers.Transient},
		"a failure wrapped":           {fmt.Errorf("save: %w", failure), handlers.Transient},
		"a failure joined":            {errors.Join(cause, failure), handlers.Transient},
		"the outermost of two":        {handlers.Fail(handlers.Outage, failure), handlers.Outage},
		"cancelled":                   {fmt.Errorf("save: %w", context.Canceled), handlers.Canceled},
		"a failure by cancellation":   {handlers.Fail(handlers.Outage, context.Canceled), handlers.Outage},
		"a deadline is no stop":       {context.DeadlineExceeded, handlers.Unknown},
		"what Check says of no order": {checkError(), handlers.Decode},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, test.want, handlers.ClassOf(test.err))
		})
	}
}

func checkError() error {
	_, err := handlers.Check(nil, nil)
	return err
}

func TestFailKeepsTheError(t *testing.T) {
	t.Parallel()
	cause := errors.New("deadlock detected")
	err := handlers.Fail(handlers.Transient, cause)
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, "deadlock detected")
}

func TestFailOfNothingIsNoError(t *testing.T) {
	t.Parallel()
	require.NoError(t, handlers.Fail(handlers.Outage, nil))
}
