package middleware_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

// bundleMessage is a message of so many records.
func bundleMessage(t *testing.T, records int) (*message.Message, *handlers.Bundle) {
	t.Helper()
	bundle := &handlers.Bundle{Records: make([]handlers.Record, records)}
	msg := message.NewMessage("uuid", nil)
	msg.SetContext(handlers.WithBundle(t.Context(), bundle))
	return msg, bundle
}

func TestTogetherPassesOnMessagesOfOneRecord(t *testing.T) {
	t.Parallel()
	errNo := errors.New("no")
	layer := middleware.Together{Handle: func(context.Context, *handlers.Bundle) error { panic("it is no bundle") }}
	_, err := layer.Middleware(failing(errNo))(record(t, source))
	require.Equal(t, errNo, err)
}

func TestTogetherSetsApartWhatFails(t *testing.T) {
	t.Parallel()
	outage := handlers.Fail(handlers.Outage, errors.New("connection refused"))
	for name, test := range map[string]struct {
		handle func(*handlers.Bundle) error
		hold   bool
		err    error
		apart  []bool
	}{
		"none":                  {handle: func(*handlers.Bundle) error { return nil }, apart: []bool{false, false}},
		"one":                   {handle: func(b *handlers.Bundle) error { b.SetApart(1); return nil }, apart: []bool{false, true}},
		"all, of an error":      {handle: func(*handlers.Bundle) error { return errors.New("no") }, hold: true, apart: []bool{true, true}},
		"all, of a panic":       {handle: func(*handlers.Bundle) error { panic("no") }, hold: true, apart: []bool{true, true}},
		"an outage that passes": {handle: func(*handlers.Bundle) error { return outage }, hold: true, err: outage, apart: []bool{false, false}},
		"an outage that does not": {
			handle: func(*handlers.Bundle) error { return outage }, apart: []bool{true, true},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			layer := middleware.Together{
				Handle: func(_ context.Context, bundle *handlers.Bundle) error { return test.handle(bundle) },
				Hold:   test.hold, Logger: slog.New(slog.DiscardHandler),
			}
			msg, bundle := bundleMessage(t, 2)
			_, err := layer.Middleware(func(*message.Message) ([]*message.Message, error) { panic("it is a bundle") })(msg)
			require.Equal(t, test.err, err)
			for i, apart := range test.apart {
				require.Equal(t, apart, bundle.Apart(i), "record %d", i)
			}
		})
	}
}

// A limit to dead letters counts the records that pass together, each.
func TestRecordsThatPassTogetherCountAgainstTheLimit(t *testing.T) {
	t.Parallel()
	var exceeded error
	deadLetter := onto(&recorder{})
	deadLetter.Limit = middleware.Limit{Percent: 50, Window: 10}
	deadLetter.Exceeded = func(err error) { exceeded = err }
	layer := layerOf(t, deadLetter)
	msg, _ := bundleMessage(t, 5)
	_, err := layer(failing(nil))(msg)
	require.NoError(t, err)
	for range 5 {
		_, err := layer(failing(invalid))(record(t, source))
		require.NoError(t, err)
	}
	require.NoError(t, exceeded)
	_, err = layer(failing(invalid))(record(t, source))
	require.ErrorIs(t, err, middleware.ErrLimit)
	require.ErrorIs(t, exceeded, middleware.ErrLimit)
}
