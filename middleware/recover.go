package middleware

import (
	"errors"
	"fmt"

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
		if cause, panicked := errors.AsType[middleware.RecoveredPanicError](err); panicked {
			// Watermill's own text shows the memory of an error, not what it says.
			err = handlers.Fail(handlers.Panic, fmt.Errorf("panic: %v\n%s", cause.V, cause.Stacktrace))
		}
		return produced, err
	}
}
