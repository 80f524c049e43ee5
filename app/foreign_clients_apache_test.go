//go:build apache

package main

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"orderflow/infra/embedded/apache"
	"orderflow/infra/embedded/servertest"
)

// foreignClient is a Kafka client of others as a command: it sends lines
// "key<TAB>value" of its stdin, and prints what it reads in that form.
type foreignClient struct {
	name     string
	produce  func(t *testing.T, topic, codec, header string) *exec.Cmd
	transact func(t *testing.T, topic, codec, end string) *exec.Cmd // nil if it has no transactions
	consume  func(t *testing.T, topic string, n int) *exec.Cmd
}

// foreignHeader is what records with a header have, name and value.
const foreignHeader = "trace"

var foreignClients = []foreignClient{
	{name: "kcat", produce: kcatProduce, consume: kcatConsume},
	pythonClient("aiokafka"),
	pythonClient("confluent"),
	{name: "java-console", produce: javaProduce, consume: javaConsume},
}

func brokersOf(t *testing.T) string {
	t.Helper()
	return strings.Join(servertest.Kafka(t), ",")
}

func kcatProduce(t *testing.T, topic, codec, header string) *exec.Cmd {
	t.Helper()
	args := []string{"-P", "-b", brokersOf(t), "-t", topic, "-K", "\t", "-z", codec, "-X", "linger.ms=100"}
	if header != "" {
		args = append(args, "-H", foreignHeader+"="+header)
	}
	return exec.CommandContext(t.Context(), "kcat", args...)
}

func kcatConsume(t *testing.T, topic string, _ int) *exec.Cmd {
	t.Helper()
	return exec.CommandContext(t.Context(), "kcat", "-C", "-b", brokersOf(t), "-t", topic, "-o", "beginning", "-e", "-q", "-f", "%k\t%s\n")
}

// pythonClient is testdata/foreign/NAME_client.py, run by the Python that
// ORDERFLOW_TEST_PYTHON names; .ci/real prepares one.
func pythonClient(name string) foreignClient {
	script := func(ctx context.Context, args ...string) *exec.Cmd {
		python := cmp.Or(os.Getenv("ORDERFLOW_TEST_PYTHON"), "python3")
		return exec.CommandContext(ctx, python, append([]string{"testdata/foreign/" + name + "_client.py"}, args...)...)
	}
	return foreignClient{
		name: name,
		produce: func(t *testing.T, topic, codec, header string) *exec.Cmd {
			t.Helper()
			args := []string{"produce", brokersOf(t), topic, codec}
			if header != "" {
				args = append(args, foreignHeader+"="+header)
			}
			return script(t.Context(), args...)
		},
		transact: func(t *testing.T, topic, codec, end string) *exec.Cmd {
			t.Helper()
			return script(t.Context(), "transact", brokersOf(t), topic, codec, end)
		},
		consume: func(t *testing.T, topic string, n int) *exec.Cmd {
			t.Helper()
			return script(t.Context(), "consume", brokersOf(t), topic, strconv.Itoa(n))
		},
	}
}

func javaProduce(t *testing.T, topic, codec, header string) *exec.Cmd {
	t.Helper()
	args := []string{
		"--bootstrap-server", brokersOf(t), "--topic", topic, "--compression-codec", codec,
		"--command-property", "linger.ms=100", "--reader-property", "parse.key=true",
	}
	if header != "" {
		args = append(args, "--reader-property", "parse.headers=true")
	}
	return javaTool(t, "org.apache.kafka.tools.ConsoleProducer", args...)
}

func javaConsume(t *testing.T, topic string, n int) *exec.Cmd {
	t.Helper()
	return javaTool(t, "org.apache.kafka.tools.consumer.ConsoleConsumer", "--bootstrap-server", brokersOf(t), "--topic", topic,
		"--from-beginning", "--max-messages", strconv.Itoa(n), "--formatter-property", "print.key=true")
}

func javaTool(t *testing.T, class string, args ...string) *exec.Cmd {
	t.Helper()
	tool, err := apache.Tool(t.Context(), class, args...)
	require.NoError(t, err)
	return tool
}

// lines returns what to write to the client's stdin for these records.
func (c foreignClient) lines(records [][2]string, header string) string {
	var text strings.Builder
	for _, record := range records {
		if c.name == "java-console" && header != "" {
			text.WriteString(foreignHeader + ":" + header + "\t")
		}
		text.WriteString(record[0] + "\t" + record[1] + "\n")
	}
	return text.String()
}

// runClient runs a client to its end, which must be a good one.
func runClient(t *testing.T, client *exec.Cmd, stdin string) (stdout string) {
	t.Helper()
	var out, log strings.Builder
	client.Stdin, client.Stdout, client.Stderr = strings.NewReader(stdin), &out, &log
	require.NoError(t, client.Run(), "%v: %s", client.Args, &log)
	return out.String()
}
