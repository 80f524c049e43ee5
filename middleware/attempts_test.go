package middleware_test

import (
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/middleware"
)

func TestAttemptsCountsCalls(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("uuid", nil)
	var counts []string
	handle := middleware.Attempts(func(msg *message.Message) ([]*message.Message, error) {
		counts = append(counts, msg.Metadata[middleware.AttemptsKey])
		return nil, nil
	})
	for range 11 {
		_, err := handle(msg)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}, counts)
}

func TestAttemptsGoesOnFromTheHeaderOfARedrivenRecord(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"3":                    "4",
		"0":                    "1",
		"":                     "1",
		"many":                 "1",
		"-7":                   "1",
		"+7":                   "1",
		"1e3":                  "1",
		"99999999999999999999": "1",
		"9223372036854775807":  "1",
	} {
		t.Run("header "+header, func(t *testing.T) {
			t.Parallel()
			msg := message.NewMessage("uuid", nil)
			msg.Metadata[middleware.AttemptsKey] = header
			_, err := middleware.Attempts(failing(nil))(msg)
			require.NoError(t, err)
			require.Equal(t, want, msg.Metadata[middleware.AttemptsKey])
		})
	}
}
