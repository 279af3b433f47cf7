package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"syscall"
)

// process is a command that Close ends.
type process struct {
	*exec.Cmd

	ended chan struct{} // closed once it has ended
}

// start starts a command that Close ends.
func (s *Stack) start(cmd *exec.Cmd) (process, error) {
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return process{}, err
	}
	p := process{cmd, make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.ended)
	}()
	s.processes = append(s.processes, p)
	return p, nil
}

// hasEnded reports whether the process has ended by itself.
func (p process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Crash kills the running processes of a function, as a crash would, and returns
// how many there were. It looks only at processes that the local AWS of this stack
// started; the function's name stands in their environment.
func (s *Stack) Crash(function string) (killed int, err error) {
	out, err := exec.Command("ps", "axeww", "-o", "pid=", "-o", "pgid=", "-o", "command=").Output() //nolint:noctx // ends at once
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(out)) {
		var pid, group int
		if _, err := fmt.Sscan(line, &pid, &group); err != nil {
			return killed, err
		}
		ours := slices.ContainsFunc(s.processes, func(p process) bool { return p.Process.Pid == group })
		if !ours || !slices.Contains(strings.Fields(line), "AWS_LAMBDA_FUNCTION_NAME="+function) {
			continue
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return killed, err
		}
		killed++
	}
	return killed, nil
}

// run runs a command to its end, in this process's environment where env is
// nil. An error holds the end of its output. A cancelled context ends the command
// and everything that it started.
func run(ctx context.Context, dir string, env []string, out io.Writer, name string, args ...string) error {
	var all strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, env
	cmd.Stdout, cmd.Stderr = io.MultiWriter(out, &all), io.MultiWriter(out, &all)
	ownGroup(cmd)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(all.String()))
	}
	return nil
}

// ownGroup puts the command into a process group of its own. So it can be ended
// with all that it starts, and Ctrl-C reaches only this process.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return endGroup(cmd) }
}

func endGroup(cmd *exec.Cmd) error {
	err := syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	if errors.Is(err, syscall.ESRCH) {
		return nil
	}
	return err
}

// tail returns the last lines of an output, without those that are empty.
func tail(s string) string {
	const most = 15
	lines := slices.DeleteFunc(strings.Split(s, "\n"), func(line string) bool { return strings.TrimSpace(line) == "" })
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}
