package lab

import (
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
	ended   chan struct{} // closed when it has ended
	err     error         // how; set before ended is closed
}

// start runs the program with its log in a file. The process ends with the round
// at the latest.
func (r *round) start(name string, args ...string) (*child, error) {
	r.mu.Lock()
	r.children++
	path := filepath.Join(r.dir, fmt.Sprintf("%03d-%s.log", r.children, name))
	r.mu.Unlock()
	log, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	defer log.Close() // the child has it
	command := exec.CommandContext(r.life, r.config.Program, args...)
	command.Env = append(os.Environ(), r.servers.environment...)
	command.Stdout, command.Stderr = log, log
	// Ctrl+C in the terminal is for the lab, which ends its children itself.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	c := &child{name: name, log: path, command: command, ended: make(chan struct{})}
	go func() {
		c.err = command.Wait()
		close(c.ended)
	}()
	return c, nil
}

// signal sends a signal, if the process is still there.
func (c *child) signal(signal syscall.Signal) error {
	err := c.command.Process.Signal(signal)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// kill ends the process as a crash would.
func (c *child) kill() error {
	err := c.signal(syscall.SIGKILL)
	<-c.ended
	return err
}

// stop has the process finish what it is doing. A process that fails instead is
// an error: the log says why.
func (c *child) stop() error {
	if err := c.signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-c.ended
	if c.err != nil {
		return fmt.Errorf("%s failed when it was stopped: %w", c.name, c.err)
	}
	return nil
}
