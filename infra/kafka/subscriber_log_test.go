package kafka

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"
)

func TestTheSameIsNotSaidAllTheTime(t *testing.T) {
	t.Parallel()
	r, now := &reminder{}, time.Now()
	require.True(t, r.due("a", time.Minute, now))
	require.True(t, r.due("b", time.Second, now), "something else is")
	require.False(t, r.due("a", time.Minute, now.Add(time.Minute-1)))
	require.True(t, r.due("a", time.Minute, now.Add(time.Minute)))
	require.Len(t, r.next, 1, "what is due again is not kept")
}

func TestWatermillsSubscriberLogsAnErrorThatLastsOnce(t *testing.T) {
	t.Parallel()
	raw := watermill.NewCaptureLogger()
	config := windowConfig(t, "group")
	config.Watermill, config.Logger = raw, slog.New(slog.DiscardHandler)
	log := newSubscriberLog(config).With(watermill.LogFields{"topic": "orders"})
	for range 100 {
		log.Error("Group consume error", errors.New("connection refused"), nil)
	}
	log.Error("Group consume error", errors.New("EOF"), nil)
	said := raw.Captured()[watermill.ErrorLogLevel]
	require.Len(t, said, 2)
	require.EqualError(t, said[0].Err, "connection refused")
	require.Equal(t, "orders", said[0].Fields["topic"])
	require.EqualError(t, said[1].Err, "EOF")
}
