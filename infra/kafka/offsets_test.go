package kafka

import (
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
)

func TestOffsets(t *testing.T) {
	t.Parallel()
	admin, topic, group := newAdmin(t), servertest.Topic(t, 2), servertest.Name("group")
	committed, err := admin.CommittedOffsets(t.Context(), group, topic)
	require.NoError(t, err)
	require.Empty(t, committed)

	servertest.Produce(t, topic, numbered(1, 3)...)
	ends, err := admin.EndOffsets(t.Context(), topic)
	require.NoError(t, err)
	require.Equal(t, Offsets{0: 0, 1: 3}, ends)
	require.False(t, committed.Reached(ends))

	m := join(t, group, topic)
	for range 3 {
		m.next(t).Ack()
	}
	require.NoError(t, m.Close())
	committed, err = admin.CommittedOffsets(t.Context(), group, topic)
	require.NoError(t, err)
	require.Equal(t, Offsets{1: 3}, committed)
	require.True(t, committed.Reached(ends))
}

func TestEndOffsetsOfAnUnknownTopic(t *testing.T) {
	t.Parallel()
	_, err := newAdmin(t).EndOffsets(t.Context(), "no-such-topic")
	require.ErrorContains(t, err, `"no-such-topic"`)
}

func TestReached(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		committed, ends Offsets
		want            bool
	}{
		"nothing to reach":          {nil, nil, true},
		"an empty partition":        {nil, Offsets{0: 0}, true},
		"not committed":             {Offsets{1: 5}, Offsets{0: 1}, false},
		"behind in one":             {Offsets{0: 2, 1: 4}, Offsets{0: 2, 1: 5}, false},
		"there":                     {Offsets{0: 2, 1: 5}, Offsets{0: 2, 1: 5}, true},
		"past, for it was produced": {Offsets{0: 9}, Offsets{0: 2}, true},
	} {
		require.Equal(t, c.want, c.committed.Reached(c.ends), name)
	}
}
