package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// child is this program as a process of its own.
type child struct {
	name    string
	log     string // path
	command *exec.Cmd
	stdout  bytes.Buffer
	ended   chan struct{} // closed when it has ended
	err     error         // how; set before ended is closed
}

// start runs the program with its log in a file. The process ends with ctx at the
// latest.
func (r *run) start(ctx context.Context, name string, args ...string) (*child, error) {
	c := &child{name: name, log: filepath.Join(r.dir, name+".log"), ended: make(chan struct{})}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	defer log.Close() // the child has it
	c.command = exec.CommandContext(ctx, r.Program, args...)
	c.command.Env = append(os.Environ(), r.Servers.Environment...)
	c.command.Stdout, c.command.Stderr = &c.stdout, log
	// Ctrl+C in the terminal is for this process, which ends its children itself.
	c.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		if err := c.command.Wait(); err != nil {
			c.err = fmt.Errorf("%s failed: %w; its log is %s", name, err, c.log)
		}
		close(c.ended)
	}()
	return c, nil
}

// wait returns when the process has ended by itself, well or with an error.
func (c *child) wait(ctx context.Context) error {
	select {
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// terminate has the process finish what it is doing and end.
func (c *child) terminate() error {
	err := c.command.Process.Signal(syscall.SIGTERM)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.name, err)
	}
	return nil
}

// kill ends the process if it is still there.
func (c *child) kill() {
	_ = c.command.Process.Kill() // it can only be gone already
	<-c.ended
}
