//go:build apache

package main

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/apache"
	"orderflow/infra/embedded/servertest"
	"orderflow/infra/postgres"
)

// recovery is how long after a broker is gone orders of all partitions must be in
// the table again. The cluster takes 9 s to believe that it is
// (broker.session.timeout.ms). Where it was the coordinator, members with one in
// flight join anew (sarama forgets who it was), and the group waits for what they
// were until the session timeout.
const recovery = 30 * time.Second

// Brokers are killed and come back while orders are sent and processed, by members
// of both kinds: the leader of a partition, and the coordinator of each group.
// Nothing is lost, nothing is there twice.
func TestFailover(t *testing.T) { //nolint:paralleltest // it takes times
	f := newFailover(t)
	f.awaitProgress(t, "the start", time.Minute)
	for _, victim := range []struct {
		what string
		find func(*testing.T) int32
	}{
		{"leader of partition 0", f.leader},
		{"coordinator of the group with one in flight", func(t *testing.T) int32 { t.Helper(); return f.coordinator(t, f.groups[0]) }},
		{"coordinator of the group with many in flight", func(t *testing.T) int32 { t.Helper(); return f.coordinator(t, f.groups[1]) }},
	} {
		broker := f.cluster.Broker(int(victim.find(t)))
		broker.Kill()
		killed := time.Now()
		f.awaitProgress(t, victim.what, recovery)
		t.Logf("%s, broker %d, killed: all partitions go on after %s", victim.what, broker.ID(), time.Since(killed).Round(100*time.Millisecond))
		require.NoError(t, broker.Start(t.Context()))
		f.awaitInSync(t)
	}
	interrupt(t, f.generator)
	for _, member := range f.members {
		member.leave(t)
	}
	for i, group := range f.groups {
		output(t, programOn(t, f.cluster.Bootstrap(), f.processing(group, f.inFlight[i], "--until-idle", "2s")...))
		report := output(t, programOn(t, f.cluster.Bootstrap(), "verify", "--group-id", group, "--database-url", f.database, "--ledger", f.book, "--dlq-topic", group+".dlq"))
		t.Logf("group %s:\n%s", group, report)
	}
}

// failover is a cluster of its own, with load on it.
type failover struct {
	cluster        *apache.Cluster
	admin          *kadm.Client
	database, book string
	groups         []string
	inFlight       []string // of the members of each group
	generator      *exec.Cmd
	members        []*member
}

func newFailover(t *testing.T) *failover {
	t.Helper()
	cluster, err := apache.Start(t.Context(), apache.Options{Brokers: 3})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Close()) })
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Bootstrap()...), kgo.MetadataMinAge(100*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	f := &failover{
		cluster: cluster, admin: kadm.NewClient(client), database: servertest.Database(t),
		book:   filepath.Join(t.TempDir(), "ledger.jsonl"),
		groups: []string{servertest.Name("one"), servertest.Name("many")}, inFlight: []string{"1", "100"},
	}
	f.generator = programOn(t, cluster.Bootstrap(), "generator", "--rate", "100", "--count", "1000000", "--users", "100", "--invalid", "2%", "--ledger", f.book)
	require.NoError(t, f.generator.Start())
	for i, group := range f.groups {
		for range 2 {
			command := programOn(t, cluster.Bootstrap(), f.processing(group, f.inFlight[i])...)
			require.NoError(t, command.Start())
			f.members = append(f.members, &member{Cmd: command})
		}
	}
	return f
}

func (f *failover) processing(group, inFlight string, args ...string) []string {
	return append([]string{"processor", "--group-id", group, "--in-flight", inFlight, "--session-timeout", "6s", "--database-url", f.database, "--dlq-topic", group + ".dlq"}, args...)
}

func (f *failover) leader(t *testing.T) int32 {
	t.Helper()
	topics, err := f.admin.ListTopics(t.Context(), "orders")
	require.NoError(t, err)
	return topics["orders"].Partitions[0].Leader
}

func (f *failover) coordinator(t *testing.T, group string) int32 {
	t.Helper()
	found := f.admin.FindGroupCoordinators(t.Context(), group)[group]
	require.NoError(t, found.Err)
	return found.NodeID
}

// awaitProgress waits until both groups have, of each partition, an order that was
// sent after the call.
func (f *failover) awaitProgress(t *testing.T, what string, within time.Duration) {
	t.Helper()
	deadline := time.Now().Add(within)
	soFar := map[int32]int64{}
	for len(soFar) < partitions {
		ends, err := f.admin.ListEndOffsets(t.Context(), "orders")
		for partition, end := range ends["orders"] {
			if err == nil && end.Err == nil && soFar[partition] == 0 {
				soFar[partition] = end.Offset
			}
		}
		require.True(t, time.Now().Before(deadline), "%s: no leader of each partition after %s", what, within)
	}
	for _, group := range f.groups {
		behind := "SELECT count(*) FROM (VALUES (0, $1::bigint), (1, $2), (2, $3)) AS goal (p, o) WHERE NOT EXISTS (SELECT FROM " +
			postgres.Schema(group) + ".orders WHERE kafka_partition = p AND kafka_offset > o)"
		require.Eventually(t, func() bool {
			return tableExists(t, f.database, group) && servertest.Query(t, f.database, behind, soFar[0], soFar[1], soFar[2])[0] == "0"
		}, time.Until(deadline), 50*time.Millisecond, "%s: group %s does not go on", what, group)
	}
}

func tableExists(t *testing.T, database, group string) bool {
	t.Helper()
	return servertest.Query(t, database, `SELECT to_regclass('`+postgres.Schema(group)+`.orders') IS NOT NULL`)[0] == "true"
}

// awaitInSync waits until all replicas of all partitions are in sync, also those
// of the groups' offsets: only then may another broker go.
func (f *failover) awaitInSync(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		topics, err := f.admin.ListTopicsWithInternal(t.Context())
		if err != nil || len(topics["orders"].Partitions) != partitions {
			return false
		}
		for _, topic := range topics {
			for _, partition := range topic.Partitions {
				if partition.Leader < 0 || len(partition.ISR) < len(partition.Replicas) {
					return false
				}
			}
		}
		return true
	}, 2*time.Minute, 100*time.Millisecond)
}
