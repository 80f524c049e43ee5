package apache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"

	"orderflow/infra/embedded/guard"
)

// Broker is one broker of a cluster. Its methods may be called concurrently.
type Broker struct {
	id      int
	dir     string
	cluster *Cluster
	ports   map[string]int // by listener

	mu      sync.Mutex
	process *guard.Process // nil before the first start
}

func (b *Broker) name() string     { return strconv.Itoa(b.id) }
func (b *Broker) data() string     { return filepath.Join(b.dir, "data") }
func (b *Broker) settings() string { return filepath.Join(b.dir, "server.properties") }
func (b *Broker) log() string      { return filepath.Join(b.dir, "kafka.log") }

// ID returns the broker's id, as Kafka's metadata have it.
func (b *Broker) ID() int32 { return int32(b.id) }

func (b *Broker) address(listener string) string { return address(b.ports[listener]) }

func (b *Broker) listeners(names ...string) string {
	var listeners []string
	for _, name := range names {
		listeners = append(listeners, name+"://"+b.address(name))
	}
	return strings.Join(listeners, ",")
}

// format writes the settings and prepares the data directory.
func (b *Broker) format(ctx context.Context) error {
	if err := os.MkdirAll(b.dir, 0o755); err != nil {
		return fmt.Errorf("create the directory of broker %d: %w", b.id, err)
	}
	properties := b.cluster.properties(b)
	var text bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		// A properties file takes a backslash and the end of a line for its own.
		value := strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(properties[name])
		fmt.Fprintf(&text, "%s=%s\n", name, value)
	}
	if err := os.WriteFile(b.settings(), text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("write the settings of broker %d: %w", b.id, err)
	}
	format := tool(b.cluster.jars, "kafka.tools.StorageTool", "format", "--cluster-id", clusterID, "--config", b.settings())
	if output, err := exec.CommandContext(ctx, format[0], format[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("format the storage of broker %d: %w\n%s", b.id, err, output)
	}
	return nil
}

// launch starts the process.
func (b *Broker) launch() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.process != nil {
		select {
		case <-b.process.Done():
		default:
			return fmt.Errorf("broker %d runs already", b.id)
		}
	}
	log, err := os.OpenFile(b.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("open the log of broker %d: %w", b.id, err)
	}
	defer log.Close()
	b.process, err = guard.Start(guard.Command{
		Args:   java(b.cluster.jars, b.cluster.options.jvm(), "kafka.Kafka", b.settings()),
		Output: log,
		Abrupt: true,
		// When this process dies, all go at once, those that are stopped too.
		Remove: b.cluster.dir,
	})
	return err
}

// Start runs a broker that was stopped or killed, on its data and its ports, and
// waits until it answers.
func (b *Broker) Start(ctx context.Context) error {
	if err := b.launch(); err != nil {
		return err
	}
	return b.awaitReady(ctx, 1)
}

// Stop has the broker hand over what it leads and end, and waits for that.
func (b *Broker) Stop(ctx context.Context) error {
	process := b.running()
	if process == nil {
		return nil
	}
	process.Terminate()
	select {
	case <-process.Done():
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop broker %d: %w", b.id, errors.Join(ctx.Err(), errors.New(b.Log())))
	}
}

// Kill ends the broker by SIGKILL, as a crash would, and waits until it is gone.
func (b *Broker) Kill() {
	if process := b.running(); process != nil {
		process.Kill()
		<-process.Done()
	}
}

func (b *Broker) running() *guard.Process {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.process
}

// Log returns the last lines of what the broker has logged.
func (b *Broker) Log() string {
	const lines = 20
	content, err := os.ReadFile(b.log())
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
