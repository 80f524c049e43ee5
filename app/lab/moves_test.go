package lab

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/kafka"
)

func TestPartitionsMoveWhenTheirOwnerChanges(t *testing.T) {
	t.Parallel()
	before := ownersOf(kafka.Group{Members: []kafka.Member{
		{ID: "a", Partitions: map[string][]int32{"t": {0, 1}, "other": {7}}}, {ID: "b", Partitions: map[string][]int32{"t": {2}}},
	}}, "t")
	require.Equal(t, map[int32]string{0: "a", 1: "a", 2: "b"}, before)
	after := map[int32]string{0: "a", 1: "c", 2: "b"}
	require.Equal(t, map[int32]bool{1: true}, movedBetween(before, after))
	require.Equal(t, map[int32]bool{1: true}, movedBetween(before, map[int32]string{0: "a", 2: "b"}), "nobody has it yet")
	require.Equal(t, map[int32]bool{1: true}, movedBetween(map[int32]string{0: "a", 2: "b"}, after))
}

func TestPausesAreThoseAroundTheRebalance(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(seconds ...float64) []time.Time { return after(start, seconds) }
	measured := times{after: map[int32][]time.Time{
		0: at(1, 9, 9.5, 11, 12, 20), // 8 s long before, 8 s long after
		1: at(1, 9, 12, 15),
		2: at(1, 2),
	}}
	stayed, moved := measured.pauses([]move{{from: at(9.6)[0], until: at(11.5)[0], moved: map[int32]bool{1: true}}})
	require.Equal(t, 1500*time.Millisecond, stayed)
	require.Equal(t, 3*time.Second, moved)
	stayed, moved = measured.pauses(nil)
	require.Zero(t, stayed)
	require.Zero(t, moved)
}
