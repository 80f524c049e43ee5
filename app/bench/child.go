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
	"time"
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

// stop has the process finish what it is doing.
func (c *child) stop() error {
	err := c.command.Process.Signal(syscall.SIGTERM)
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.name, err)
	}
	<-c.ended
	return c.err
}

// kill ends the process if it is still there.
func (c *child) kill() {
	_ = c.command.Process.Kill() // it can only be gone already
	<-c.ended
}

// often is the interval between two looks at what a child has done, patience how
// long it may do nothing.
const (
	often    = 50 * time.Millisecond
	patience = 2 * time.Minute
)

// until looks again and again until it is over, for as long as the progress grows. A
// child that ends before is an error.
func (c *child) until(ctx context.Context, what string, look func() (progress int64, over bool, err error)) error {
	again := time.NewTicker(often)
	defer again.Stop()
	var last int64
	moved := time.Now()
	for ended := false; ; {
		// Without an answer there is nothing to see: a new group has no coordinator yet.
		progress, over, err := look()
		switch {
		case over:
			return nil
		case ended:
			return errors.Join(fmt.Errorf("%s has ended while it was waited for %s; its log is %s", c.name, what, c.log), c.err, err)
		case progress > last:
			last, moved = progress, time.Now()
		case time.Since(moved) > patience:
			return errors.Join(fmt.Errorf("%s has not moved for %s while it was waited for %s; its log is %s", c.name, patience, what, c.log), err)
		}
		select {
		case <-again.C:
		case <-c.ended:
			ended = true // it may have done it just before
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
