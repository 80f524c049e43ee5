package middleware

import (
	"errors"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"

	"orderflow/handlers"
)

// Recover makes an error of class Panic of a panic in the handler, by Watermill's
// Recoverer.
func Recover(next message.HandlerFunc) message.HandlerFunc {
	recovered := middleware.Recoverer(next)
	return func(msg *message.Message) ([]*message.Message, error) {
		produced, err := recovered(msg)
		if _, panicked := errors.AsType[middleware.RecoveredPanicError](err); panicked {
			err = handlers.Fail(handlers.Panic, err)
		}
		return produced, err
	}
}
