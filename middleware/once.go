package middleware

import (
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// Once gives up on an order whose row may have been written already: handling it
// again could write a second one. It belongs to at-most-once, and stands inside
// of everything that tries again.
type Once struct {
	Logger *slog.Logger
	// GivenUp, if not nil, is told of every such order. It must not block.
	GivenUp func(source handlers.Source)
}

// Middleware is the layer.
func (o Once) Middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		produced, err := next(msg)
		if handlers.ClassOf(err) != handlers.Unconfirmed {
			return produced, err
		}
		source, _ := handlers.SourceOf(msg.Context())
		o.Logger.Warn("given up: its row may be written or not", slog.String("record", source.String()), slog.Any("error", err))
		if o.GivenUp != nil {
			o.GivenUp(source)
		}
		return nil, nil
	}
}
