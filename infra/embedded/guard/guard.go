// Package guard runs commands that cannot outlive this process, whatever ends it.
package guard

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
var script string

// Patience is how long Stop lets a command end by itself. The guard kills it
// after 10 s; the rest is for a guard that is stuck.
const Patience = 15 * time.Second

// Command is what to run, and what becomes of it when this process dies.
type Command struct {
	Args []string
	// Output gets what it prints on both streams.
	Output *os.File
	// Attributes say as whom it runs; nil is as this process.
	Attributes *syscall.SysProcAttr
	// Abrupt commands are ended by SIGKILL, others by SIGINT first.
	Abrupt bool
	// Remove is a directory that goes with the command when this process dies or
	// Stop is called; "" is none.
	Remove string
}

// Process is a running command that cannot outlive this process. A pipe does
// what is left to signals and parent death notifications elsewhere: it works
// on every Unix, for every thread, and when this process is killed. Its methods
// may be called concurrently.
type Process struct {
	group    int           // process group of the guard and its command
	lifeline *os.File      // closing it ends the command
	done     chan struct{} // closed when the command and all its descendants are gone
	err      error         // how the command failed; set before done is closed
}

// Start runs a command.
func Start(command Command) (*Process, error) {
	lifelineEnd, lifeline, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("run %s: %w", command.Args[0], err)
	}
	defer lifelineEnd.Close()
	// Every descendant inherits alive, so its other end tells when the last of
	// them is gone. PostgreSQL's sessions outlive a killed server for a moment.
	aliveEnd, alive, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("run %s: %w", command.Args[0], err), lifeline.Close())
	}
	defer alive.Close()

	guard := exec.Command("/bin/sh", command.underGuard()...)
	guard.Dir = "/" // the current directory may be closed to the other user
	guard.Env = append(os.Environ(), "LC_ALL=C")
	guard.Stdout, guard.Stderr = command.Output, command.Output
	guard.ExtraFiles = []*os.File{lifelineEnd, alive}
	guard.SysProcAttr = command.attributes()
	if err := guard.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("run %s: %w", command.Args[0], err), lifeline.Close(), aliveEnd.Close())
	}
	p := &Process{group: guard.Process.Pid, lifeline: lifeline, done: make(chan struct{})}
	go p.wait(guard, aliveEnd)
	return p, nil
}

func (c Command) underGuard() []string {
	signal := "INT"
	if c.Abrupt {
		signal = "KILL"
	}
	return append([]string{"-c", script, "guard", signal, c.Remove}, c.Args...)
}

func (c Command) attributes() *syscall.SysProcAttr {
	var attributes syscall.SysProcAttr
	if c.Attributes != nil {
		attributes = *c.Attributes
	}
	// In a group of its own it gets no Ctrl+C from the terminal: the server has
	// to be there until this process has written what is in flight.
	attributes.Setpgid = true
	return &attributes
}

func (p *Process) wait(guard *exec.Cmd, aliveEnd *os.File) {
	defer close(p.done)
	p.err = guard.Wait()
	p.Kill() // nothing is left of the group, unless someone killed the guard alone
	_, _ = aliveEnd.Read(make([]byte, 1))
	_ = aliveEnd.Close()
	_ = p.lifeline.Close()
}

// Group returns the number of the process group of the guard and its command.
func (p *Process) Group() int { return p.group }

// Done is closed when the command and all its descendants are gone.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err returns how the command failed, nil for exit status 0. It may be called
// after Done is closed.
func (p *Process) Err() error { return p.err }

// Ending is Err for a command that should not have ended: never nil.
func (p *Process) Ending() error {
	if p.err == nil {
		return errors.New("exit status 0")
	}
	return p.err
}

// Stop ends the command and waits until it is gone. It reports whether the
// command ended without being killed by this call.
func (p *Process) Stop() bool {
	_ = p.lifeline.Close()
	select {
	case <-p.done:
		return true
	case <-time.After(Patience):
		p.Kill()
		<-p.done
		return false
	}
}

// Terminate asks the command to end by SIGTERM, without waiting. What Remove
// names stays.
func (p *Process) Terminate() { p.signal(syscall.SIGTERM) }

// Kill ends the guard and its command with SIGKILL, without waiting. What Remove
// names stays.
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

func (p *Process) signal(signal syscall.Signal) {
	select {
	case <-p.done: // the number of the group may be another's by now
	default:
		_ = syscall.Kill(-p.group, signal)
	}
}
