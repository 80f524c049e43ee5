package middleware_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	wm "github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/ThreeDotsLabs/watermill/pubsub/gochannel"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

// layers are those of doc.go in their order, without metrics.
func layers(t *testing.T, to message.Publisher) []message.HandlerMiddleware {
	t.Helper()
	outage := &middleware.Outage{InitialInterval: time.Second, MaxInterval: 5 * time.Second}
	retry := wm.Retry{
		MaxRetries: 3, InitialInterval: time.Second, MaxInterval: 5 * time.Second, Multiplier: 2,
		ShouldRetry: func(attempt wm.RetryParams) bool {
			return handlers.ClassOf(attempt.Err) == handlers.Transient
		},
	}
	return []message.HandlerMiddleware{
		layerOf(t, onto(to)), outage.Middleware, middleware.OnFailure(retry.Middleware), middleware.Attempts, middleware.Recover,
	}
}

var (
	deadlock = handlers.Fail(handlers.Transient, errors.New("deadlock"))
	outage   = handlers.Fail(handlers.Outage, errRefused)
	invalid  = handlers.Fail(handlers.Validation, errors.New("amount: must be greater than 0"))
)

func TestLayersTogether(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answers  []error // of the handler, call by call; the last for all that follow
		calls    int
		class    handlers.Class // of the dead letter, "" if there is none
		attempts string
	}{
		"success":                         {[]error{nil}, 1, "", ""},
		"invalid is not tried again":      {[]error{invalid}, 1, handlers.Validation, "1"},
		"transient passes":                {[]error{deadlock, deadlock, nil}, 3, "", ""},
		"transient does not pass":         {[]error{deadlock}, 4, handlers.Transient, "4"},
		"an outage passes":                {[]error{outage, outage, outage, outage, outage, outage, nil}, 7, "", ""},
		"an outage costs no retry":        {[]error{deadlock, outage, outage, deadlock, deadlock, deadlock, nil}, 7, "", ""},
		"a panic is not tried again":      {[]error{errPanic}, 1, handlers.Panic, "1"},
		"a panic after an outage":         {[]error{outage, errPanic}, 2, handlers.Panic, "2"},
		"invalid after transient, outage": {[]error{deadlock, outage, invalid}, 3, handlers.Validation, "3"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				to, calls := &recorder{}, 0
				handle := chain(func(*message.Message) ([]*message.Message, error) {
					answer := test.answers[min(calls, len(test.answers)-1)]
					calls++
					if answer == errPanic { //nolint:errorlint // this very one
						panic(answer)
					}
					return nil, answer
				}, layers(t, to)...)
				_, err := handle(record(t, source))
				require.NoError(t, err)
				require.Equal(t, test.calls, calls)
				if test.class == "" {
					require.Empty(t, to.published)
					return
				}
				require.Len(t, to.published, 1)
				require.Equal(t, string(test.class), to.published[0].Metadata[middleware.ErrorClassKey])
				require.Equal(t, test.attempts, to.published[0].Metadata[middleware.AttemptsKey])
			})
		})
	}
}

var errPanic = errors.New("panic instead")

func TestStoppingDeadLettersNothingThatWaits(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]error{"retry": deadlock, "outage": outage} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				to := &recorder{}
				msg := record(t, source)
				ctx, stop := context.WithCancelCause(msg.Context())
				msg.SetContext(ctx)
				handle := chain(failing(answer), layers(t, to)...)
				result := make(chan error)
				go func() {
					_, err := handle(msg)
					result <- err
				}()
				synctest.Wait()
				stop(errors.New("too many dead letters"))
				require.Equal(t, handlers.Canceled, handlers.ClassOf(<-result))
				require.Empty(t, to.published)
			})
		})
	}
}

func TestLayersInARouter(t *testing.T) {
	t.Parallel()
	to := &recorder{}
	broker := gochannel.NewGoChannel(gochannel.Config{Persistent: true, BlockPublishUntilSubscriberAck: true}, watermill.NopLogger{})
	router, err := message.NewRouter(message.RouterConfig{}, watermill.NopLogger{})
	require.NoError(t, err)
	router.AddMiddleware(layers(t, to)...)
	var calls atomic.Int32
	router.AddConsumerHandler("persist", "orders", broker, func(msg *message.Message) error {
		calls.Add(1)
		if slices.Equal(msg.Payload, []byte("invalid")) {
			return invalid
		}
		return nil
	})
	ended := make(chan error)
	go func() { ended <- router.Run(t.Context()) }()
	<-router.Running()
	for _, payload := range []string{"valid", "invalid", "valid"} {
		// It returns when the message is acked.
		require.NoError(t, broker.Publish("orders", message.NewMessage(payload, []byte(payload))))
	}
	require.NoError(t, router.Close())
	require.NoError(t, <-ended)

	require.Equal(t, int32(3), calls.Load())
	require.Len(t, to.published, 1)
	metadata := to.published[0].Metadata
	require.Equal(t, "amount: must be greater than 0", metadata[wm.ReasonForPoisonedKey])
	require.Equal(t, "orders", metadata[wm.PoisonedTopicKey])
	require.Equal(t, "persist", metadata[wm.PoisonedHandlerKey])
	require.Equal(t, "gochannel.GoChannel", metadata[wm.PoisonedSubscriberKey])
}
