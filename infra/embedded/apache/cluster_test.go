//go:build apache

package apache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"
)

// The test binary with this variable starts a broker, says where, and waits to be
// killed.
const parentVariable = "ORDERFLOW_APACHE_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) == "" {
		goleak.VerifyTestMain(m)
		return
	}
	cluster, err := Start(context.Background(), Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(cluster.dir)
	fmt.Println(cluster.Bootstrap()[0])
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func TestBrokerDiesWithItsParent(t *testing.T) {
	t.Parallel()
	parent := exec.CommandContext(t.Context(), os.Args[0])
	parent.Env = append(os.Environ(), parentVariable+"=yes")
	parent.Stderr = os.Stderr
	_, err := parent.StdinPipe() // it ends with its stdin, should this process be killed
	require.NoError(t, err)
	stdout, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	var dir, broker string
	_, err = fmt.Fscan(stdout, &dir, &broker)
	require.NoError(t, err)
	require.DirExists(t, dir)

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	require.Eventually(t, func() bool {
		_, statErr := os.Stat(dir)
		_, dialErr := net.Dial("tcp", broker)
		return errors.Is(statErr, fs.ErrNotExist) && errors.Is(dialErr, syscall.ECONNREFUSED)
	}, time.Minute, 10*time.Millisecond)
}

// What was acknowledged is there, whichever broker goes.
func TestClusterOutlivesItsBrokers(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cluster, err := Start(ctx, Options{Brokers: 3})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, cluster.Close())
		require.NoDirExists(t, cluster.dir)
	})
	client, err := kgo.NewClient(kgo.SeedBrokers(cluster.Bootstrap()...), kgo.DefaultProduceTopic("kept"), kgo.ConsumeTopics("kept"))
	require.NoError(t, err)
	defer client.Close()
	created, err := kadm.NewClient(client).CreateTopic(ctx, 3, -1, nil, "kept")
	require.NoError(t, err)
	require.EqualValues(t, 3, created.ReplicationFactor)
	require.Equal(t, "2", *created.Configs["min.insync.replicas"].Value)

	cluster.Broker(1).Kill()
	require.NoError(t, client.ProduceSync(ctx, kgo.StringRecord("after a crash")).FirstErr())
	require.NoError(t, cluster.Broker(1).Start(ctx))
	require.ErrorContains(t, cluster.Broker(1).Start(ctx), "runs already")
	require.NoError(t, cluster.Broker(2).Stop(ctx))
	require.NoError(t, client.ProduceSync(ctx, kgo.StringRecord("after a handover")).FirstErr())
	for held := 0; held < 2; {
		fetches := client.PollFetches(ctx)
		require.NoError(t, fetches.Err())
		held += fetches.NumRecords()
	}
}

func TestClusterSaysWhatIsWrongWithItsSettings(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Properties: func(int) map[string]string {
		return map[string]string{"num.network.threads": "many"}
	}})
	require.ErrorContains(t, err, "broker 1")
	require.ErrorContains(t, err, "num.network.threads")
}

func TestToolsRun(t *testing.T) {
	t.Parallel()
	tool, err := Tool(t.Context(), "org.apache.kafka.tools.TopicCommand", "--version")
	require.NoError(t, err)
	tool.Stderr = os.Stderr
	output, err := tool.Output()
	require.NoError(t, err)
	require.Contains(t, string(output), Version)
}
