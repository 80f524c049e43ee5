package lab

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What concerns brokers only is refused, or never drawn, where there are none.
func TestFaultsOfBrokersNeedKafka(t *testing.T) {
	t.Parallel()
	require.Contains(t, FaultsOn("kafka"), "broker")
	require.NotContains(t, FaultsOn("postgres"), "broker")
	require.Contains(t, FaultsOn("postgres"), "database")

	_, err := Config{Transport: "postgres", Faults: []string{"broker"}, Injections: 1}.rounds()
	require.ErrorContains(t, err, `the fault "broker" cuts Kafka's connections, and --transport postgres has none`)
	plans, err := Config{Transport: "postgres", Faults: FaultsOn("postgres"), Injections: 1}.rounds()
	require.NoError(t, err)
	require.Len(t, plans, len(faults)-1)
	for _, drawn := range (Config{Transport: "postgres", Seed: 7}).draw(200) {
		require.NotEqual(t, "broker", drawn.name)
	}
}
