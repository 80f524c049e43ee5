package embedded

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

//go:embed guard.sh
var guardScript string

// stopPatience is how long a guarded command may take to end. The guard itself
// kills it after 10 s; the rest is for a guard that is stuck.
const stopPatience = 15 * time.Second

// guarded is a running command that cannot outlive this process. A pipe does
// what is left to signals and parent death notifications elsewhere: it works
// on every Unix, for every thread, and when this process is killed.
type guarded struct {
	group    int           // process group of the guard and its command
	lifeline *os.File      // closing it ends the command
	done     chan struct{} // closed when the command and all its descendants are gone
	err      error         // how the command failed; set before done is closed
}

// startGuarded runs the command as the given user with its output in a file.
// When this process dies, or stop is called, remove is deleted unless empty.
func startGuarded(as identity, output *os.File, remove string, command ...string) (*guarded, error) {
	lifelineEnd, lifeline, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", command[0], err)
	}
	defer lifelineEnd.Close()
	// Every descendant inherits alive, so its other end tells when the last of
	// them is gone. PostgreSQL's sessions outlive a killed server for a moment.
	aliveEnd, alive, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run %s: %w", command[0], err), lifeline.Close())
	}
	defer alive.Close()

	guard := exec.Command("/bin/sh", append([]string{"-c", guardScript, "guard", remove}, command...)...)
	guard.Dir = "/" // the current directory may be closed to the other user
	guard.Env = append(os.Environ(), "LC_ALL=C")
	guard.Stdout, guard.Stderr = output, output
	guard.ExtraFiles = []*os.File{lifelineEnd, alive}
	guard.SysProcAttr = as.attributes()
	// In a group of its own it gets no Ctrl+C from the terminal: the database
	// has to be there until this process has written what is in flight.
	guard.SysProcAttr.Setpgid = true
	if err := guard.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("run %s: %w", command[0], err), lifeline.Close(), aliveEnd.Close())
	}
	g := &guarded{group: guard.Process.Pid, lifeline: lifeline, done: make(chan struct{})}
	go g.wait(guard, aliveEnd)
	return g, nil
}

func (g *guarded) wait(guard *exec.Cmd, aliveEnd *os.File) {
	defer close(g.done)
	g.err = guard.Wait()
	g.kill() // nothing is left of the group, unless someone killed the guard alone
	_, _ = aliveEnd.Read(make([]byte, 1))
	_ = aliveEnd.Close()
	_ = g.lifeline.Close()
}

// stop interrupts the command and waits until it is gone. It reports whether
// the command ended without being killed by this call.
func (g *guarded) stop() bool {
	_ = g.lifeline.Close()
	select {
	case <-g.done:
		return true
	case <-time.After(stopPatience):
		g.kill()
		<-g.done
		return false
	}
}

// ending tells how the command ended, after done, when it should not have.
func (g *guarded) ending() error {
	if g.err == nil {
		return errors.New("exit status 0")
	}
	return g.err
}

// kill ends the guard and its command with SIGKILL, without waiting.
func (g *guarded) kill() {
	select {
	case <-g.done: // the number of the group may be another's by now
	default:
		_ = syscall.Kill(-g.group, syscall.SIGKILL)
	}
}
