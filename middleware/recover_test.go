package middleware_test

import (
	"errors"
	"runtime"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/handlers"
	"orderflow/middleware"
)

func TestRecoverMakesAnErrorOfAPanic(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		panics func()
		text   string
	}{
		"a text":        {func() { panic("index 7 of nothing") }, "panic: index 7 of nothing\n"},
		"an error":      {func() { panic(errors.New("of the driver")) }, "panic: of the driver\n"},
		"a runtime one": {func() { _ = []int{}[len(t.Name())] }, "panic: runtime error: index out of range"},
		"nil":           {func() { panic(nil) }, "panic: panic called with nil argument"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handle := middleware.Recover(func(*message.Message) ([]*message.Message, error) {
				test.panics()
				return nil, nil
			})
			_, err := handle(message.NewMessage("uuid", nil))
			require.Equal(t, handlers.Panic, handlers.ClassOf(err))
			require.ErrorContains(t, err, test.text)
			require.ErrorContains(t, err, "recover_test.go", "where it happened")
		})
	}
}

func TestRecoverPassesOnWhatIsNoPanic(t *testing.T) {
	t.Parallel()
	failure := handlers.Fail(handlers.Outage, errRefused)
	_, err := middleware.Recover(failing(failure))(message.NewMessage("uuid", nil))
	require.Equal(t, failure, err)

	produced := message.Messages{message.NewMessage("produced", nil)}
	got, err := middleware.Recover(func(*message.Message) ([]*message.Message, error) { return produced, nil })(message.NewMessage("uuid", nil))
	require.NoError(t, err)
	require.Equal(t, []*message.Message(produced), got)
}

// Goexit runs deferred calls, but is no panic: whoever waits for the handler
// must not wait for ever.
func TestRecoverLetsGoexitPass(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = middleware.Recover(func(*message.Message) ([]*message.Message, error) {
			runtime.Goexit()
			return nil, nil
		})(message.NewMessage("uuid", nil))
		t.Error("Goexit came back")
	}()
	<-ended
}
