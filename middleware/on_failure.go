package middleware

import "github.com/ThreeDotsLabs/watermill/message"

// OnFailure has a layer see only the messages that fail: it is entered with the
// outcome of the first call as if it had made that call itself. What such a layer
// prepares for each message is then paid for by those that need it: Watermill's
// Retry costs more than all other layers together.
func OnFailure(layer message.HandlerMiddleware) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			produced, err := next(msg)
			if err == nil || msg.Context().Err() != nil { // nothing is tried again then
				return produced, err
			}
			called := false
			return layer(func(msg *message.Message) ([]*message.Message, error) {
				if !called {
					called = true
					return produced, err
				}
				return next(msg)
			})(msg)
		}
	}
}
