//go:build apache

package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"

	"orderflow/infra/embedded/servertest"
)

// acl is a right on a topic or a group; a name such as bench-* is a prefix.
type acl struct {
	kind, name string
	operation  kadm.ACLOperation
}

func (a acl) builder(user string) *kadm.ACLBuilder {
	name, pattern := a.name, kadm.ACLPatternLiteral
	if strings.HasSuffix(name, "-*") {
		name, pattern = strings.TrimSuffix(name, "*"), kadm.ACLPatternPrefixed
	}
	b := kadm.NewACLs().Allow("User:" + user).AllowHosts("*").ResourcePatternType(pattern).Operations(a.operation)
	if a.kind == "group" {
		return b.Groups(name)
	}
	return b.Topics(name)
}

// lesser is what a right includes, if anything.
var lesser = map[kadm.ACLOperation]kadm.ACLOperation{
	kadm.OpRead: kadm.OpDescribe, kadm.OpWrite: kadm.OpDescribe, kadm.OpAlter: kadm.OpDescribe, kadm.OpDelete: kadm.OpDescribe,
	kadm.OpAlterConfigs: kadm.OpDescribeConfigs,
}

// securedCommand is a command that a user of the same name runs.
type securedCommand struct {
	name, args string
	rights     []acl // the least that it needs, as docs/security.md has them
	// want, a pattern, is in what it says. A command that only looks says less where it lacks a
	// right, all others fail.
	want  string
	looks bool
}

// secured are run in this order; LEDGER is a file.
var secured = []securedCommand{
	{name: "topics-ensure", args: "topics ensure", want: "topic orders", rights: ensureRights("orders")},
	{name: "ensure-dlq", args: "topics ensure --topic orders.dlq", want: "topic orders.dlq", rights: ensureRights("orders.dlq")},
	{name: "ensure-accepted", args: "topics ensure --topic orders.accepted", want: "topic orders.accepted", rights: ensureRights("orders.accepted")},
	{name: "topics-retention", args: "topics retention --ms 3600000", want: "is now 3600000", rights: []acl{
		{"topic", "orders", kadm.OpDescribe}, {"topic", "orders", kadm.OpAlterConfigs},
	}},
	{name: "topics-partitions", args: "topics partitions --count 4", want: "has 4 now", rights: []acl{
		{"topic", "orders", kadm.OpAlter}, {"topic", "orders", kadm.OpDescribeConfigs},
	}},
	{name: "topics-describe", args: "topics describe", want: "retention.ms", rights: []acl{
		{"topic", "orders", kadm.OpDescribe}, {"topic", "orders", kadm.OpDescribeConfigs},
	}},
	{name: "generator", args: "generator --count 50 --invalid 20% --ledger LEDGER --json", want: `"sent":50`, rights: []acl{
		{"topic", "orders", kadm.OpWrite}, {"topic", "orders", kadm.OpDescribeConfigs},
	}},
	{name: "processor", args: "processor --until-idle 3s --json", want: `"consumed":50`, rights: processorRights("order-processor")},
	{name: "many-in-flight", args: "processor --group-id many --in-flight 100 --until-idle 3s --json", want: `"consumed":50`,
		rights: processorRights("many")},
	{name: "outbox", args: "processor --group-id outbox --outbox --until-idle 3s --json", want: `"consumed":50`,
		rights: append(processorRights("outbox"), acl{"topic", "orders.accepted", kadm.OpWrite}, acl{"topic", "orders.accepted", kadm.OpDescribeConfigs})},
	{name: "verify", args: "verify --ledger LEDGER", want: "lost", rights: []acl{
		{"topic", "orders", kadm.OpRead}, {"topic", "orders.dlq", kadm.OpRead}, {"group", "order-processor", kadm.OpDescribe},
	}},
	{name: "verify-outbox", args: "verify --ledger LEDGER --group-id outbox --outbox-topic orders.accepted", want: "lost", rights: []acl{
		{"topic", "orders", kadm.OpRead}, {"topic", "orders.dlq", kadm.OpRead}, {"topic", "orders.accepted", kadm.OpRead},
		{"group", "outbox", kadm.OpDescribe},
	}},
	{name: "generator-again", args: "generator --count 50 --json", want: `"sent":50`, rights: []acl{
		{"topic", "orders", kadm.OpWrite}, {"topic", "orders", kadm.OpDescribeConfigs},
	}},
	{name: "groups", args: "groups --json", want: `"lag":50,"oldest_waiting_seconds":\d`, looks: true, rights: []acl{
		{"group", "order-processor", kadm.OpDescribe}, {"topic", "orders", kadm.OpRead},
	}},
	{name: "groups-list", args: "groups list --json", want: `"lag":50`, looks: true, rights: []acl{
		{"group", "*", kadm.OpDescribe}, {"topic", "orders", kadm.OpDescribe},
	}},
	{name: "compare", want: `"delivery":"exactly-once"`,
		args: "compare --orders 300 --deliveries at-most-once,exactly-once --faults kill --injections 1 --outbox --json",
		rights: []acl{
			{"topic", "compare-*", kadm.OpCreate}, {"topic", "compare-*", kadm.OpDescribeConfigs},
			{"topic", "compare-*", kadm.OpRead}, {"topic", "compare-*", kadm.OpWrite}, {"group", "compare-*", kadm.OpRead},
		}},
	{name: "bench", want: `"plain-watermill"`,
		args: "bench --orders 2000 --latency-orders 100 --rounds 1 --contestants orderflow-exactly-once,orderflow-outbox,hand-written,plain-watermill --json",
		rights: []acl{
			{"topic", "bench-*", kadm.OpCreate}, {"topic", "bench-*", kadm.OpDelete}, {"topic", "bench-*", kadm.OpDescribeConfigs},
			{"topic", "bench-*", kadm.OpRead}, {"topic", "bench-*", kadm.OpWrite}, {"group", "bench-*", kadm.OpRead},
		}},
}

func ensureRights(topic string) []acl {
	return []acl{{"topic", topic, kadm.OpCreate}, {"topic", topic, kadm.OpDescribe}, {"topic", topic, kadm.OpDescribeConfigs}}
}

func processorRights(group string) []acl {
	return []acl{
		{"topic", "orders", kadm.OpRead}, {"topic", "orders", kadm.OpDescribeConfigs},
		{"topic", "orders.dlq", kadm.OpWrite}, {"topic", "orders.dlq", kadm.OpDescribeConfigs},
		{"group", group, kadm.OpRead},
	}
}

// Each command has what it needs, and needs each of it.
func TestApacheKafkaWithTheLeastRights(t *testing.T) {
	t.Parallel()
	kafka, database := startSecureKafka(t), servertest.Database(t)
	ledger := filepath.Join(t.TempDir(), "run.ledger")
	for _, command := range secured {
		args := strings.Fields(strings.ReplaceAll(command.args, "LEDGER", ledger))
		for _, right := range command.rights {
			kafka.without(t, command, right, database, args)
		}
		said, err := kafka.as(t, command.name, database, nil, args...)
		require.NoError(t, err, said)
		require.Regexp(t, command.want, said)
	}
}

// without runs a command that has of one right only what it includes. It ends with
// an error that names the right, in its log if it is that of a child process.
func (s secureKafka) without(t *testing.T, command securedCommand, right acl, database string, args []string) {
	t.Helper()
	grant := func(acl acl) {
		_, err := s.admin.CreateACLs(t.Context(), acl.builder(command.name))
		require.NoError(t, err)
	}
	revoke := func(acl acl) {
		_, err := s.admin.DeleteACLs(t.Context(), acl.builder(command.name))
		require.NoError(t, err)
	}
	revoke(right)
	defer grant(right)
	if less, ok := lesser[right.operation]; ok {
		instead := acl{right.kind, right.name, less}
		grant(instead)
		defer revoke(instead)
	}
	logs := servertest.DataDir(t)
	said, err := s.as(t, command.name, database, map[string]string{"TMPDIR": logs}, args...)
	if command.looks {
		require.NotRegexp(t, command.want, said, "without %v", right)
		return
	}
	require.Error(t, err, "without %v", right)
	require.NoError(t, filepath.WalkDir(logs, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		log, err := os.ReadFile(path)
		said += string(log)
		return err
	}))
	operation := strings.ReplaceAll(right.operation.String(), "_", "")
	advice := "--operation " + operation + " --" + right.kind + " '" + strings.TrimSuffix(right.name, "*")
	require.Contains(t, strings.ToLower(said), strings.ToLower(advice))
}
