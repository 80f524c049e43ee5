package middleware

import (
	"context"

	"github.com/ThreeDotsLabs/watermill/message"

	"orderflow/handlers"
)

// CommitFirst has the offset of a message committed before it is handled, so
// that it is handled at most once. It stands outside of everything that may call
// the handler again. When the commit fails the message is not handled: it comes
// again, here or to the new owner of its partition.
func CommitFirst(commit func(ctx context.Context, source handlers.Source) error) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			source, _ := handlers.SourceOf(msg.Context())
			if err := commit(msg.Context(), source); err != nil {
				return nil, err
			}
			return next(msg)
		}
	}
}
