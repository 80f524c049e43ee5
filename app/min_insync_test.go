//go:build apache

package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/apache"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
)

// With fewer replicas in sync than min.insync.replicas nothing is taken, and so
// nothing is lost: an order is not sent, and a dead letter waits.
func TestMinInsyncReplicasNotMet(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cluster, err := apache.Start(ctx, apache.Options{Brokers: 3})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Close()) })
	brokers := cluster.Bootstrap()
	on := func(args ...string) (code int, stdout, stderr string) {
		var out, errs bytes.Buffer
		code = run(append(args, "--kafka-bootstrap", strings.Join(brokers, ",")), &out, &errs)
		return code, out.String(), errs.String()
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(brokers...), kgo.DefaultProduceTopic("orders"),
		kgo.RecordPartitioner(kgo.ManualPartitioner()))
	require.NoError(t, err)
	defer client.Close()
	for topic, replicas := range map[string]string{"orders": "2", "orders.dlq": "3", "strict": "3"} {
		_, err := kadm.NewClient(client).CreateTopic(ctx, 1, 3, map[string]*string{kafka.MinInsyncReplicas: &replicas}, topic)
		require.NoError(t, err)
	}
	flags := parseDefaults(t, "processor").Processor.handlingFlags
	log := &logBuffer{}
	carrier := &kafkaTransport{kafka.Config{Brokers: brokers}, log.logger()}
	processor := startOn(t, carrier, flags, servertest.Database(t), log)
	require.NoError(t, client.ProduceSync(ctx, &kgo.Record{Key: []byte("user-1"), Value: validRecord(0).Value}).FirstErr())
	processor.finish(t, 1)
	// Each time by a new client: one that knows a coordinator which is dead stays with it.
	firstAloneCommitted := func() bool {
		admin, err := kafka.NewAdmin(ctx, kafka.Config{Brokers: brokers})
		if err != nil {
			return false
		}
		defer admin.Close()
		offsets, err := admin.CommittedOffsets(ctx, flags.Group, "orders")
		return err == nil && offsets[0] == 1
	}
	require.Eventually(t, firstAloneCommitted, time.Minute, 100*time.Millisecond)

	cluster.Broker(3).Kill()
	require.Eventually(t, func() bool {
		_, stdout, _ := on("topics", "describe", "--topic", "strict")
		return strings.Contains(stdout, "warning: partition 0 has 2 replicas in sync, fewer than min.insync.replicas=3")
	}, time.Minute, 100*time.Millisecond)
	code, _, stderr := on("generator", "--topic", "strict", "--count", "1")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, "1 orders failed")
	require.Contains(t, stderr, "a broker is down or behind: `go run ./app topics describe --topic strict`")

	bad := &kgo.Record{Key: []byte("user-1"), Value: []byte("broken")}
	require.NoError(t, client.ProduceSync(ctx, bad).FirstErr())
	require.Eventually(t, func() bool {
		return strings.Contains(processor.log.String(), "publish the dead letter of orders/0/1 to orders.dlq")
	}, time.Minute, 100*time.Millisecond)
	require.Eventually(t, firstAloneCommitted, time.Minute, 100*time.Millisecond, "it is not acked")

	require.NoError(t, cluster.Broker(3).Start(ctx))
	processor.finish(t, 2)
	ends, err := kadm.NewClient(client).ListEndOffsets(ctx, "orders.dlq")
	require.NoError(t, err)
	require.EqualValues(t, 1, ends["orders.dlq"][0].Offset, "one dead letter, however often it was tried")
	code, _, stderr = on("generator", "--topic", "strict", "--count", "1")
	require.Equal(t, exitOK, code, stderr)
	require.Equal(t, "1", processor.rows(t))
}
