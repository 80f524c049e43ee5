package middleware_test

import (
	"errors"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/stretchr/testify/require"

	"orderflow/middleware"
)

func TestAttemptsCountsFailures(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("uuid", nil)
	var counts []string
	handle := middleware.Attempts(failing(errors.New("no")))
	for range 11 {
		_, err := handle(msg)
		require.Error(t, err)
		counts = append(counts, msg.Metadata[middleware.AttemptsKey])
	}
	require.Equal(t, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}, counts)
}

func TestAttemptsLeavesASuccessAsItIs(t *testing.T) {
	t.Parallel()
	msg := message.NewMessage("uuid", nil)
	_, err := middleware.Attempts(failing(nil))(msg)
	require.NoError(t, err)
	require.Empty(t, msg.Metadata)
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
			_, err := middleware.Attempts(failing(errors.New("no")))(msg)
			require.Error(t, err)
			require.Equal(t, want, msg.Metadata[middleware.AttemptsKey])
		})
	}
}
