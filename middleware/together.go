package middleware

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// Together handles messages that are bundles, past the layers inside of it, which are
// about single records: what fails is set apart and comes to them alone. It passes on
// other messages.
type Together struct {
	// Handle handles the records of a bundle. It sets apart those that fail, or returns
	// an error when the cause concerns them all and lasts.
	Handle func(ctx context.Context, bundle *handlers.Bundle) error
	// Hold says that a layer outside holds messages back for as long as such a cause
	// lasts. Else the records are set apart.
	Hold   bool
	Logger *slog.Logger
}

// Middleware is the layer.
func (t Together) Middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		bundle, ok := handlers.BundleOf(msg.Context())
		if !ok {
			return next(msg)
		}
		err := t.handle(msg.Context(), bundle)
		if err == nil || t.Hold && handlers.ClassOf(err).Lasts() {
			return nil, err
		}
		for i := range bundle.Records {
			bundle.SetApart(i)
		}
		return nil, nil
	}
}

// handle makes an error of a panic. It will happen again to the one record that is to
// blame for it, and be told with it.
func (t Together) handle(ctx context.Context, bundle *handlers.Bundle) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			t.Logger.Warn("handling records together panicked; each is handled alone",
				slog.Int("records", len(bundle.Records)), slog.Any("panic", cause))
			err = handlers.Fail(handlers.Panic, fmt.Errorf("panic: %v", cause))
		}
	}()
	return t.Handle(ctx, bundle)
}
