package kafka_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
)

func TestADeletedTopicIsGone(t *testing.T) {
	t.Parallel()
	admin, err := kafka.NewAdmin(t.Context(), kafka.Config{Brokers: servertest.Kafka(t)})
	require.NoError(t, err)
	defer admin.Close()
	topic := servertest.Topic(t, 2)
	require.NoError(t, admin.DeleteTopic(t.Context(), topic))
	err = admin.DeleteTopic(t.Context(), topic)
	require.True(t, kafka.NoTopic(err), "%v", err)
	require.ErrorContains(t, err, topic)
}
