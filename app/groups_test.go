package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/servertest"
	"orderflow/infra/kafka"
)

// command runs a command to its end in this process.
func command(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(append(args, "--kafka-bootstrap", strings.Join(servertest.Kafka(t), ",")), &out, &errs)
	return code, out.String(), errs.String()
}

// groupNow is what `groups --json` says of a group.
func groupNow(t *testing.T, group string) (report groupReport) {
	t.Helper()
	code, stdout, stderr := command(t, "groups", "--group-id", group, "--json")
	require.Equal(t, exitOK, code, stderr)
	decoder := json.NewDecoder(strings.NewReader(stdout))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(&report))
	return report
}

func TestGroupsShowsWhoHasWhatAndHowFarBehindTheyAre(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	processor := start(t, flags, database)
	servertest.Produce(t, flags.Topic, validRecords(0, 30)...)
	processor.finish(t, 30)
	require.Eventually(t, func() bool { return groupNow(t, flags.Group).Lag == 0 }, time.Minute, 10*time.Millisecond)
	busy := groupNow(t, flags.Group)
	require.Equal(t, "Stable", busy.State)
	require.NotEmpty(t, busy.Assignor)
	require.Nil(t, busy.Oldest, "nothing waits")
	require.Len(t, busy.Members, 1)
	require.Equal(t, kafka.ClientID, busy.Members[0].Client)
	require.Equal(t, map[string][]int32{flags.Topic: {0, 1, 2}}, busy.Members[0].Partitions)
	require.Len(t, busy.Partitions, partitions)
	for i, partition := range busy.Partitions {
		require.Equal(t, partitionReport{
			Topic: flags.Topic, Partition: int32(i), Committed: new(int64(10)), End: 10, Member: &busy.Members[0].Member,
		}, partition)
	}
	processor.end(t)

	old := validRecord(31) // of partition 1
	old.Timestamp = time.Now().Add(-time.Hour)
	servertest.Produce(t, flags.Topic, old, validRecord(30))
	idle := groupNow(t, flags.Group)
	require.Equal(t, "Empty", idle.State)
	require.Empty(t, idle.Members)
	require.EqualValues(t, 2, idle.Lag)
	require.InDelta(t, 3600, *idle.Oldest, 60)
	require.InDelta(t, 3600, *idle.Partitions[1].Oldest, 60)
	require.InDelta(t, 0, *idle.Partitions[0].Oldest, 60)
	require.Nil(t, idle.Partitions[2].Oldest)
	require.Nil(t, idle.Partitions[0].Member)

	_, listed, _ := command(t, "groups", "list", "--json")
	require.Contains(t, listed, `{"group":"`+flags.Group+`","state":"Empty","members":0,"lag":2}`)
}

func TestGroupsNamesTheGroupsThereAre(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	start(t, flags, database).end(t)
	servertest.Produce(t, flags.Topic, validRecord(0))
	processor := start(t, flags, database)
	processor.finish(t, 1)
	processor.end(t)
	code, _, stderr := command(t, "groups", "--group-id", "no-such-group")
	require.Equal(t, exitFailure, code)
	require.Contains(t, stderr, `there is no consumer group "no-such-group"; there are `)
	require.Contains(t, stderr, flags.Group)
}

var update = flag.Bool("update", false, "write the golden files anew")

func TestGroupReportForPeople(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 15, 4, 5, 0, time.UTC)
	member := kafka.Member{ID: "orderflow-1", ClientID: "orderflow", Host: "10.0.0.7", Partitions: map[string][]int32{"orders": {0, 1, 2, 3}}}
	spare := kafka.Member{ID: "orderflow-2", ClientID: "orderflow", Host: "10.0.0.8"}
	report := newGroupReport(kafka.Group{Name: "order-processor", State: "Stable", Members: []kafka.Member{member, spare}}, []kafka.PartitionLag{
		{Topic: "orders", Partition: 0, Committed: 10, Extent: kafka.Extent{End: 10}, Member: member.ID},
		{Topic: "orders", Partition: 1, Committed: 10, Extent: kafka.Extent{End: 15}, Member: member.ID, Oldest: now.Add(-12345 * time.Millisecond)},
		{Topic: "orders", Partition: 2, Committed: -1, Extent: kafka.Extent{Start: 3, End: 5}, Member: member.ID, Oldest: now.Add(26 * time.Hour)},
		{Topic: "orders", Partition: 3, Committed: 0, Extent: kafka.Extent{End: 1}, Member: member.ID},
		{Topic: "returns", Partition: 0, Committed: 1, Extent: kafka.Extent{End: 2}, Oldest: now.Add(-3 * time.Hour)},
	}, now)
	var text bytes.Buffer
	report.writeText(&text)
	golden := filepath.Join("testdata", "groups.golden")
	if *update {
		require.NoError(t, os.WriteFile(golden, text.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), text.String())
}

// watched is a writer that tells of each block it is given.
type watched chan string

func (w watched) Write(p []byte) (int, error) {
	w <- string(p)
	return len(p), nil
}

func TestWatchGoesOnUntilItIsStopped(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	blocks, log := make(watched), &logBuffer{}
	s := surroundings{ctx: ctx, stdout: blocks, logger: slog.New(slog.NewTextHandler(log, nil))}
	looks := 0
	ended := make(chan error, 1)
	go func() {
		ended <- watch(s, time.Millisecond, true, func() (textWriter, error) {
			if looks++; looks == 2 {
				return nil, errors.New("no broker")
			}
			return listedGroups{Groups: []listedGroup{{Group: "g", Lag: int64(looks)}}}, nil
		})
	}()
	require.Contains(t, <-blocks, `"lag":1}]}`+"\n")
	require.Contains(t, <-blocks, `"lag":3}]}`+"\n", "a broker that went comes back")
	require.Contains(t, log.String(), "no broker")
	stop()
	for ended != nil {
		select {
		case <-blocks:
		case err := <-ended:
			require.NoError(t, err)
			ended = nil
		}
	}
}

func TestALookIsDrawnInPlaceOnATerminalOnly(t *testing.T) {
	t.Parallel()
	result := listedGroups{Groups: []listedGroup{{Group: "g"}}}
	var plain, terminal bytes.Buffer
	require.NoError(t, showLook(&plain, result, false, false))
	require.NoError(t, showLook(&terminal, result, false, true))
	require.NotContains(t, plain.String(), "\x1b")
	require.True(t, strings.HasSuffix(plain.String(), "\n\n"), "blocks are set apart")
	require.True(t, strings.HasPrefix(terminal.String(), "\x1b[H\x1b[J"))
	require.Contains(t, terminal.String(), "│ g ")
}
