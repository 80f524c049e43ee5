package kafka

import (
	"errors"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/ThreeDotsLabs/watermill"
	"github.com/stretchr/testify/require"
)

func TestTheSameIsNotSaidAllTheTime(t *testing.T) {
	t.Parallel()
	r, now := &reminder{}, time.Now()
	require.True(t, r.due("a", now))
	require.True(t, r.due("b", now), "something else is")
	require.False(t, r.due("a", now.Add(remindEvery-1)))
	require.True(t, r.due("a", now.Add(remindEvery)))
	require.Len(t, r.next, 1, "what is due again is not kept")
}

func TestWatermillsSubscriberLogsAnErrorThatLastsOnce(t *testing.T) {
	t.Parallel()
	raw := watermill.NewCaptureLogger()
	config := windowConfig(t, "group")
	config.Watermill, config.Logger = raw, slog.New(slog.DiscardHandler)
	log := newSubscriberLog(config).With(watermill.LogFields{"topic": "orders"})
	broker := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9092}
	for i := range 100 { // of many partitions, and from many ports
		reset := &net.OpError{Op: "read", Net: "tcp", Source: &net.TCPAddr{Port: 50_000 + i}, Addr: broker, Err: syscall.ECONNRESET}
		log.Error("Sarama internal error", &sarama.ConsumerError{Topic: "orders", Partition: int32(i % 10), Err: reset}, nil)
		log.Error("Group consume error", errors.New("EOF"), nil)
	}
	other := &net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{Port: 9093}, Err: syscall.ECONNRESET}
	log.Error("Sarama internal error", &sarama.ConsumerError{Topic: "orders", Err: other}, nil)
	said := raw.Captured()[watermill.ErrorLogLevel]
	require.Len(t, said, 3)
	require.ErrorIs(t, said[0].Err, syscall.ECONNRESET)
	require.Equal(t, "orders", said[0].Fields["topic"])
	require.EqualError(t, said[1].Err, "EOF")
	require.ErrorContains(t, said[2].Err, ":9093", "another broker is something else")
}
