package middleware_test

import (
	"context"
	"errors"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	wm "github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/stretchr/testify/require"

	"orderflow/middleware"
)

// Retry looks at the context before it calls: the error would be the context's.
func TestOnFailureKeepsTheErrorOfAMessageThatHasEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	msg := message.NewMessageWithContext(ctx, "uuid", nil)
	handle := middleware.OnFailure(wm.Retry{MaxRetries: 3}.Middleware)(func(*message.Message) ([]*message.Message, error) {
		cancel()
		return nil, invalid
	})
	_, err := handle(msg)
	require.ErrorIs(t, err, invalid)
}

func TestOnFailureCallsTheHandlerAsOftenAsTheLayerDoes(t *testing.T) {
	t.Parallel()
	errNo := errors.New("no")
	for name, test := range map[string]struct {
		answers []error
		entered bool
	}{
		"success":             {answers: []error{nil}},
		"failure":             {answers: []error{errNo, errNo, errNo}, entered: true},
		"success, the second": {answers: []error{errNo, nil}, entered: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls, entered := 0, false
			threeTimes := func(next message.HandlerFunc) message.HandlerFunc {
				return func(msg *message.Message) (produced []*message.Message, err error) {
					entered = true
					for range 3 {
						if produced, err = next(msg); err == nil {
							break
						}
					}
					return produced, err
				}
			}
			want := []*message.Message{message.NewMessage("produced", nil)}
			handle := middleware.OnFailure(threeTimes)(func(*message.Message) ([]*message.Message, error) {
				calls++
				return want, test.answers[calls-1]
			})
			produced, err := handle(message.NewMessage("uuid", nil))
			require.Equal(t, test.answers[len(test.answers)-1], err)
			require.Equal(t, want, produced)
			require.Len(t, test.answers, calls)
			require.Equal(t, test.entered, entered)
		})
	}
}
