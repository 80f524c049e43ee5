package lab

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPartitionsAreThoseOfTheLastAssignment(t *testing.T) {
	t.Parallel()
	const (
		two     = `level=INFO msg="partitions assigned" group=g member=m compare-kill="[0 2]"` + "\n"
		one     = `level=INFO msg="partitions assigned" group=g member=m compare-kill=[1]` + "\n"
		revoked = `level=INFO msg="partitions revoked" group=g member=m compare-kill=[1]` + "\n"
		other   = `level=WARN msg="dead letter" reason="[7]"` + "\n"
	)
	for name, test := range map[string]struct {
		log  string
		want []int32
	}{
		"nothing":   {"", nil},
		"two":       {two + other, []int32{0, 2}},
		"then one":  {two + revoked + one, []int32{1}},
		"then none": {two + other + revoked + other, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &child{log: filepath.Join(t.TempDir(), "log")}
			require.NoError(t, os.WriteFile(c.log, []byte(test.log), 0o600))
			partitions, err := c.partitions()
			require.NoError(t, err)
			require.Equal(t, test.want, partitions)
		})
	}
}

func TestRecoveryIsTheLongestWaitOfAPartition(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(seconds ...float64) []time.Time { return after(start, seconds) }
	measured := times{after: map[int32][]time.Time{0: at(1, 2, 3), 1: at(1, 6), 2: at(1)}}
	require.Equal(t, 4*time.Second, measured.recovery(at(2)), "partition 1 moves again at 6")
	require.Equal(t, 4500*time.Millisecond, measured.recovery(at(0.5, 1.5)))
	require.Zero(t, measured.recovery(at(7)), "nothing was left to do")
	require.Zero(t, measured.recovery(nil))
}

func TestASeedDrawsTheSameFaults(t *testing.T) {
	t.Parallel()
	names := func(c Config) (names []string) {
		for _, f := range c.draw(200) {
			names = append(names, f.name)
		}
		return names
	}
	drawn := names(Config{Transport: "kafka", Seed: 7})
	require.Equal(t, drawn, names(Config{Transport: "kafka", Seed: 7}))
	require.NotEqual(t, drawn, names(Config{Transport: "kafka", Seed: 8}))
	for _, name := range []string{"kill", "zombie", "rebalance", "database", "broker"} {
		require.Contains(t, drawn, name)
	}
	require.NotContains(t, drawn, "none")
	require.NotContains(t, names(Config{Transport: "kafka", Seed: 7, External: &External{}}), "database")
}

func TestFaultsNeedTheirServers(t *testing.T) {
	t.Parallel()
	_, err := Config{Transport: "kafka", Faults: []string{"none", "kill", "database"}, External: &External{}, Injections: 1}.rounds()
	require.ErrorContains(t, err, `"database" stops servers`)
	require.ErrorContains(t, err, "unset KAFKA_BOOTSTRAP")
	plans, err := Config{Transport: "kafka", Faults: []string{"none", "kill"}, Injections: 3}.rounds()
	require.NoError(t, err)
	require.Empty(t, plans[0].strikes)
	require.Len(t, plans[1].strikes, 3)
	_, err = Config{Transport: "kafka", Faults: []string{"kil"}}.rounds()
	require.ErrorContains(t, err, "there are none, kill, zombie")
}

func TestSpaceIsLookedForFirst(t *testing.T) {
	t.Parallel()
	require.NoError(t, enough(1))
	err := enough(1 << 60)
	require.ErrorContains(t, err, "set TMPDIR")
	require.ErrorContains(t, err, "--orders")
	config := Config{Orders: 1000, Deliveries: make([]Delivery, 4)}
	require.Greater(t, config.needs(6), config.needs(1))
	_, err = Run(t.Context(), Config{Orders: 1 << 50, Faults: []string{"none"}, Deliveries: make([]Delivery, 4)})
	require.ErrorContains(t, err, "are free")
}

// after returns the times so many seconds after start.
func after(start time.Time, seconds []float64) (times []time.Time) {
	for _, s := range seconds {
		times = append(times, start.Add(time.Duration(s*float64(time.Second))))
	}
	return times
}
