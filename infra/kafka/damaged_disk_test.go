//go:build apache

package kafka

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/apache"
	"orderflow/infra/embedded/servertest"
)

// The same on a real broker whose disk has changed a word.
func TestADamagedBatchOnTheDiskOfARealBroker(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	dir := servertest.DataDir(t)
	cluster, err := apache.Start(ctx, apache.Options{Properties: func(int) map[string]string {
		return map[string]string{"log.dirs": dir}
	}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Close()) })
	config := windowConfig(t, "group")
	config.Config = Config{Brokers: cluster.Bootstrap()}
	admin, err := NewAdmin(ctx, config.Config)
	require.NoError(t, err)
	defer admin.Close()
	_, err = admin.EnsureTopic(ctx, "orders", 2, nil)
	require.NoError(t, err)
	fillDamaged(t, config.Config)

	segment := filepath.Join(dir, "orders-0", "00000000000000000000.log")
	swap := func(from, to string) {
		require.NoError(t, cluster.Broker(1).Stop(ctx))
		content, err := os.ReadFile(segment)
		require.NoError(t, err)
		require.Equal(t, 1, bytes.Count(content, []byte(from)))
		require.NoError(t, os.WriteFile(segment, bytes.Replace(content, []byte(from), []byte(to), 1), 0o600))
		require.NoError(t, cluster.Broker(1).Start(ctx))
	}
	swap(fragile, broken)

	log := make(recordLog, 1000)
	config.Logger = slog.New(log)
	config.StallAfter = time.Minute
	subscriber, err := NewWindowedSubscriber(config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, subscriber.Close()) })
	messages, err := subscriber.Subscribe(ctx, "orders")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"first", "other"}, []string{ackNext(t, messages), ackNext(t, messages)})
	told := log.await(t, slog.LevelError)
	require.ErrorContains(t, told["error"].(error), "crc")
	require.EqualValues(t, 0, told["partition"])
	require.EqualValues(t, 1, told["offset"])

	require.Eventually(t, func() bool { // or what was acked would come again
		committed, err := admin.CommittedOffsets(ctx, "group", "orders")
		return err == nil && committed[0] == 1 && committed[1] == 1
	}, patience, 10*time.Millisecond)

	swap(broken, fragile)
	require.Equal(t, fragile, ackNext(t, messages))
	require.Equal(t, "last", ackNext(t, messages))
	require.NoError(t, subscriber.Close())
	requireAllCommitted(t, config.Config)
}

// A record from a future that the topic does not take is refused when it is sent.
func TestARealBrokerRefusesAClockTooFarAhead(t *testing.T) {
	t.Parallel()
	topic := servertest.Topic(t, 1)
	client := servertest.Client(t, kgo.DefaultProduceTopic(topic))
	tomorrow := &kgo.Record{Timestamp: time.Now().Add(24 * time.Hour), Value: []byte("x")}
	require.ErrorContains(t, client.ProduceSync(t.Context(), tomorrow).FirstErr(), "INVALID_TIMESTAMP")
	require.Equal(t, map[int32]int64{0: 0}, servertest.Ends(t, topic))
}
