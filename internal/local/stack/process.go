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

// start starts a command that Close ends.
func (s *Stack) start(cmd *exec.Cmd) error {
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, cmd)
	return nil
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
		ours := slices.ContainsFunc(s.processes, func(p *exec.Cmd) bool { return p.Process.Pid == group })
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
		return fmt.Errorf("%w\n%s", err, tail(all.String(), 3000))
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

func tail(s string, n int) string {
	if len(s) > n {
		return "…" + s[len(s)-n:]
	}
	return s
}
