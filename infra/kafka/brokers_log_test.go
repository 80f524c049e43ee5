package kafka

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"
)

func TestABrokerThatIsAwayIsReportedOnce(t *testing.T) {
	t.Parallel()
	log := make(recordLog, 10)
	brokers, refused := brokersLog{logger: slog.New(log)}, errors.New("connection refused")
	one, other := kgo.BrokerMetadata{Host: "::1", Port: 1}, kgo.BrokerMetadata{Host: "::1", Port: 2}
	try := func(broker kgo.BrokerMetadata, err error) { brokers.OnBrokerConnect(broker, 0, nil, err) }
	try(one, nil)
	try(other, context.Canceled)
	require.Empty(t, log)
	for range 3 {
		try(one, refused)
	}
	try(other, nil)
	require.Equal(t, "[::1]:1", log.await(t, slog.LevelWarn)["broker"])
	require.Empty(t, log)
	try(one, nil)
	try(one, nil)
	require.Equal(t, "[::1]:1", log.await(t, slog.LevelInfo)["broker"])
	require.Empty(t, log)
	try(one, refused)
	log.await(t, slog.LevelWarn)
}
