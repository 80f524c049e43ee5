//go:build apache

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kgo"

	"orderflow/infra/embedded/apache"
	"orderflow/infra/embedded/servertest"
)

// What topics and groups say is what Kafka's own tools say.

const (
	topicsTool = "org.apache.kafka.tools.TopicCommand"                        // kafka-topics.sh
	groupsTool = "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand" // kafka-consumer-groups.sh
)

// tool runs one of Kafka's tools against the brokers of the tests, which must be
// real ones, and returns what it prints.
func tool(t *testing.T, class string, args ...string) string {
	t.Helper()
	require.NotEmpty(t, os.Getenv(servertest.KafkaVariable), "run this by `go run ./infra/embedded/realservers go test -tags apache ./app`")
	command, err := apache.Tool(t.Context(), class, append([]string{"--bootstrap-server", strings.Join(servertest.Kafka(t), ",")}, args...)...)
	require.NoError(t, err)
	var stderr strings.Builder
	command.Stderr = &stderr
	stdout, err := command.Output()
	require.NoError(t, err, "%s %v: %s%s", class, args, stdout, &stderr)
	var output strings.Builder
	for line := range strings.Lines(string(stdout)) {
		if !strings.HasPrefix(line, "[") { // else it is a line of the log
			output.WriteString(line)
		}
	}
	return output.String()
}

// rowsOf reads a table of a tool: a map by column for each line below the header.
func rowsOf(t *testing.T, output string) []map[string]string {
	t.Helper()
	var header []string
	var rows []map[string]string
	for line := range strings.Lines(output) {
		cells := strings.Fields(line)
		switch {
		case len(cells) == 0 || cells[0] != "GROUP" && header == nil:
			continue
		case cells[0] == "GROUP":
			header = cells
			continue
		}
		row := map[string]string{}
		for i, name := range header {
			row[name] = cells[min(i, len(cells)-1)]
		}
		rows = append(rows, row)
	}
	require.NotEmpty(t, rows, output)
	return rows
}

// field returns what follows "name: " in a line that kafka-topics.sh prints.
func field(line, name string) string {
	_, after, _ := strings.Cut(line, name+": ")
	value, _, _ := strings.Cut(after, "\t")
	return strings.TrimSpace(value)
}

func numbers(t *testing.T, list string) []int32 {
	t.Helper()
	var ns []int32
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.ParseInt(word, 10, 32)
		require.NoError(t, err)
		ns = append(ns, int32(n))
	}
	return ns
}

func TestTopicsAgreesWithKafkasOwnTool(t *testing.T) {
	t.Parallel()
	topic := servertest.Name("orders")
	for _, args := range [][]string{
		{"ensure", "--partitions", "2"}, {"partitions", "--count", "5"}, {"retention", "--ms", "60000"},
	} {
		code, _, stderr := command(t, append([]string{"topics", args[0], "--topic", topic}, args[1:]...)...)
		require.Equal(t, exitOK, code, stderr)
	}
	code, stdout, stderr := command(t, "topics", "describe", "--topic", topic, "--json")
	require.Equal(t, exitOK, code, stderr)
	var ours describedTopic
	require.NoError(t, json.Unmarshal([]byte(stdout), &ours))
	require.Empty(t, ours.Warnings)
	require.Equal(t, []string{"retention.ms"}, ours.Overrides)

	summary, partitions, _ := strings.Cut(tool(t, topicsTool, "--describe", "--topic", topic), "\n")
	require.Equal(t, topic, field(summary, "Topic"))
	require.Equal(t, "5", field(summary, "PartitionCount"))
	require.Equal(t, strconv.Itoa(ours.Replicas), field(summary, "ReplicationFactor"))
	theirs := map[string]string{}
	for setting := range strings.SplitSeq(field(summary, "Configs"), ",") {
		name, value, _ := strings.Cut(setting, "=")
		theirs[name] = value
		require.Equal(t, value, ours.Settings[name], name)
	}
	for _, name := range ours.Overrides {
		require.Contains(t, theirs, name)
	}
	lines := strings.Split(strings.TrimSpace(partitions), "\n")
	require.Len(t, ours.Partitions, len(lines))
	for i, line := range lines {
		require.Equal(t, strconv.Itoa(int(ours.Partitions[i].Partition)), field(line, "Partition"))
		require.Equal(t, strconv.Itoa(int(ours.Partitions[i].Leader)), field(line, "Leader"))
		require.Equal(t, ours.Partitions[i].Replicas, numbers(t, field(line, "Replicas")))
		require.ElementsMatch(t, ours.Partitions[i].InSync, numbers(t, field(line, "Isr")))
	}
}

func TestGroupsAgreesWithKafkasOwnTool(t *testing.T) {
	t.Parallel()
	flags, database := world(t)
	processors := []*running{start(t, flags, database)}
	<-processors[0].assigned
	processors = append(processors, start(t, flags, database))
	servertest.Produce(t, flags.Topic, validRecords(0, 30)...)
	require.Eventually(t, func() bool {
		now := groupNow(t, flags.Group)
		return now.Lag == 0 && now.State == "Stable" && len(now.Members) == 2
	}, time.Minute, 100*time.Millisecond)
	// From here on nothing is committed: what comes waits for a lock.
	unlock := lockTable(t, database, processors[0].store.Table())
	old := validRecord(31)
	old.Timestamp = time.Now().Add(-time.Hour)
	servertest.Produce(t, flags.Topic, append([]*kgo.Record{old}, validRecords(32, 40)...)...)
	requireSameGroup(t, flags.Group)
	require.InDelta(t, 3600, *groupNow(t, flags.Group).Oldest, 60)
	unlock()
	for _, processor := range processors {
		processor.end(t)
	}
	requireSameGroup(t, flags.Group)
}

// requireSameGroup compares all that both tell of a group that does not move.
func requireSameGroup(t *testing.T, group string) {
	t.Helper()
	ours := groupNow(t, group)
	rows := rowsOf(t, tool(t, groupsTool, "--describe", "--group", group))
	require.Len(t, rows, len(ours.Partitions))
	for _, row := range rows {
		at := slices.IndexFunc(ours.Partitions, func(p partitionReport) bool {
			return p.Topic == row["TOPIC"] && fmt.Sprint(p.Partition) == row["PARTITION"]
		})
		require.GreaterOrEqual(t, at, 0, row)
		p := ours.Partitions[at]
		require.Equal(t, row["CURRENT-OFFSET"], fmt.Sprint(*p.Committed))
		require.Equal(t, row["LOG-END-OFFSET"], fmt.Sprint(p.End))
		require.Equal(t, row["LAG"], fmt.Sprint(p.Lag))
		member := "-"
		if p.Member != nil {
			member = *p.Member
		}
		require.Equal(t, row["CONSUMER-ID"], member)
	}
	state := rowsOf(t, tool(t, groupsTool, "--describe", "--group", group, "--state"))[0]
	require.Equal(t, state["STATE"], ours.State)
	require.Equal(t, state["#MEMBERS"], fmt.Sprint(len(ours.Members)))
	if len(ours.Members) == 0 {
		return
	}
	for _, row := range rowsOf(t, tool(t, groupsTool, "--describe", "--group", group, "--members")) {
		at := slices.IndexFunc(ours.Members, func(m memberReport) bool { return m.Member == row["CONSUMER-ID"] })
		require.GreaterOrEqual(t, at, 0, row)
		m := ours.Members[at]
		require.Equal(t, row["HOST"], "/"+m.Host)
		require.Equal(t, row["CLIENT-ID"], m.Client)
		held := 0
		for _, partitions := range m.Partitions {
			held += len(partitions)
		}
		require.Equal(t, row["#PARTITIONS"], fmt.Sprint(held))
	}
}

// A group of the protocol of KIP-848, as foreign consumers may have it.
func TestGroupsShowsAGroupOfTheNewProtocol(t *testing.T) {
	t.Parallel()
	topic, group := servertest.Topic(t, 2), servertest.Name("group")
	servertest.Produce(t, topic, validRecords(0, 2)...)
	consumer, err := apache.Tool(t.Context(), "org.apache.kafka.tools.consumer.ConsoleConsumer",
		"--bootstrap-server", strings.Join(servertest.Kafka(t), ","), "--topic", topic, "--group", group,
		"--consumer-property", "group.protocol=consumer")
	require.NoError(t, err)
	require.NoError(t, consumer.Start())
	t.Cleanup(func() {
		require.NoError(t, consumer.Process.Kill())
		require.Error(t, consumer.Wait())
	})
	require.Eventually(t, func() bool {
		code, stdout, _ := command(t, "groups", "--group-id", group, "--json")
		if code != exitOK {
			return false
		}
		var now groupReport
		require.NoError(t, json.Unmarshal([]byte(stdout), &now))
		return now.State == "Stable" && len(now.Members) == 1 && len(now.Members[0].Partitions[topic]) == 2
	}, time.Minute, 100*time.Millisecond)
}
