package embedded

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// A client gets over both failures, and a record whose acknowledgement was cut is
// in the topic once: the producer is idempotent.
func TestNetworkFails(t *testing.T) {
	t.Parallel()
	network := &Network{}
	kafka, err := StartKafka(KafkaOptions{Network: network})
	require.NoError(t, err)
	t.Cleanup(kafka.Close)
	client, err := kgo.NewClient(kgo.SeedBrokers(kafka.Addr()), kgo.DefaultProduceTopic("t"))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	admin := kadm.NewClient(client)
	_, err = admin.CreateTopic(t.Context(), 1, -1, nil, "t")
	require.NoError(t, err)

	produce := func() { require.NoError(t, client.ProduceSync(t.Context(), kgo.StringRecord("r")).FirstErr()) }
	produce()
	network.CutAll()
	produce()
	network.DropReplies(1)
	produce()
	require.Zero(t, network.toDrop.Load(), "no reply was cut")

	ends, err := admin.ListEndOffsets(t.Context(), "t")
	require.NoError(t, err)
	end, _ := ends.Lookup("t", 0)
	require.EqualValues(t, 3, end.Offset)
}
