// Command local runs zenstop on this machine, on a local AWS and against a
// simulated Zenlayer. The Makefile calls it; `go run ./internal/local` lists what it can do.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"zenstop/internal/local/stack"
)

const usage = `usage: go run ./internal/local COMMAND

  run [-event FILE] [-scenario NAME]   the main job: stack up, one event, report
  up [-scenario NAME] [-host ADDRESS]  the same stack, up until Ctrl-C
  send FILE                            send an event to the stack that is up
  runs                                 list its runs
  show RUN                             report one of them
  event FILE                           print an event with a fresh id and time
  sam-local [-host ADDRESS]            run every sample through sam local invoke, where Docker is there
  setup                                only install what the others need
`

// address is what `up` leaves for the other commands.
type address struct {
	Endpoint  string            `json:"endpoint"`
	Simulator string            `json:"simulator"`
	Outputs   map[string]string `json:"outputs"`
}

var (
	addressFile = filepath.Join(stack.Dir, "stack.json")
	envFile     = filepath.Join(stack.Dir, "env.json")
)

func main() {
	os.Exit(exitCode(os.Args[1:]))
}

// exitCode is 0 on a good outcome, 1 on another one, and 2 where there is none.
func exitCode(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(ctx, args, os.Stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNotGood):
		return 1
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "zenstop: interrupted; what was started has ended")
	default:
		fmt.Fprintln(os.Stderr, "zenstop:", err)
	}
	return 2
}

// errNotGood says that the report has told already what went wrong.
var errNotGood = errors.New("the outcome is not good")

func command(ctx context.Context, args []string, out io.Writer) error {
	if len(args) == 0 {
		_, err := io.WriteString(out, usage)
		return err
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	event := flags.String("event", "events/request-ids.json", "event to send")
	scenario := flags.String("scenario", "good-night", "scenario of the simulator")
	host := flags.String("host", "", "address to listen on (default 127.0.0.1)")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	options := stack.Options{Root: ".", Scenario: *scenario, Host: *host, Log: out}
	if root, err := filepath.Abs("."); err == nil {
		options.Root = root
	}
	switch args[0] {
	case "setup":
		return stack.Setup(ctx, options.Root, out)
	case "run":
		return runOnce(ctx, options, *event, out)
	case "up":
		return up(ctx, options, out)
	case "sam-local":
		return samLocal(ctx, options, out)
	case "event":
		sample, err := stack.Sample(flags.Arg(0), time.Now())
		if err != nil {
			return err
		}
		return json.NewEncoder(out).Encode(sample)
	case "send", "runs", "show":
		s, err := attach()
		if err != nil {
			return err
		}
		return withStack(ctx, s, args[0], flags.Arg(0), out)
	}
	return fmt.Errorf("no command %q\n\n%s", args[0], usage)
}

func runOnce(ctx context.Context, o stack.Options, event string, out io.Writer) error {
	if _, err := stack.Sample(event, time.Now()); err != nil {
		return err
	}
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	return send(ctx, s, event, out)
}

// send delivers an event, follows its runs and reports them.
func send(ctx context.Context, s *stack.Stack, path string, out io.Writer) error {
	event, err := stack.Sample(path, time.Now())
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "event: %s (%v)\n", path, event["detail-type"])
	run, err := s.Send(ctx, event)
	if err != nil {
		return err
	}
	show, begun := newDisplay(out), time.Now()
	runs, err := s.Follow(ctx, run, 13*time.Hour, func(runs []stack.Execution) { show.line(stack.Progress(runs, time.Since(begun))) })
	show.end()
	if err != nil {
		return err
	}
	for _, run := range runs {
		stack.Report(out, run)
		if !run.Run.Outcome.Good() {
			err = errNotGood
		}
	}
	return err
}

func up(ctx context.Context, o stack.Options, out io.Writer) error {
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := writeJSON(addressFile, address{s.Endpoint, s.Simulator, s.Outputs}); err != nil {
		return err
	}
	defer func() { _ = os.Remove(addressFile) }()
	if err := writeEnv(s); err != nil {
		return err
	}
	fmt.Fprintf(out, `
up until Ctrl-C
  local AWS            %s   (credentials test/test, region us-east-1)
  simulated Zenlayer   %s   (open it to see the instances)
  send an event        go run ./internal/local send events/request-ids.json
  list and show runs   go run ./internal/local runs; go run ./internal/local show RUN
  sam local invoke     variables are in %s
`, s.Endpoint, s.Simulator, envFile)
	<-ctx.Done()
	fmt.Fprintln(out, "\nending")
	return nil
}

func attach() (*stack.Stack, error) {
	raw, err := os.ReadFile(addressFile)
	if err != nil {
		return nil, errors.New("no stack is up: start one with make local")
	}
	var a address
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, err
	}
	return &stack.Stack{AWS: stack.Local(a.Endpoint), Endpoint: a.Endpoint, Simulator: a.Simulator, Outputs: a.Outputs}, nil
}

func withStack(ctx context.Context, s *stack.Stack, verb, arg string, out io.Writer) error {
	switch verb {
	case "send":
		return send(ctx, s, arg, out)
	case "show":
		e, err := s.Look(ctx, arg)
		if err == nil {
			stack.Report(out, e)
		}
		return err
	}
	names, err := s.Executions(ctx)
	for _, name := range names {
		fmt.Fprintln(out, name)
	}
	return err
}

func writeJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}

// display redraws one line on a terminal, and prints a line for each change elsewhere.
type display struct {
	out      io.Writer
	terminal bool
	last     string
}

func newDisplay(out io.Writer) *display {
	file, ok := out.(*os.File)
	if !ok {
		return &display{out: out}
	}
	info, err := file.Stat()
	return &display{out: out, terminal: err == nil && info.Mode()&os.ModeCharDevice != 0}
}

func (d *display) line(s string) {
	const clock = 7 // the elapsed time alone is no change
	switch {
	case d.terminal:
		fmt.Fprintf(d.out, "\r\x1b[K%s", s)
	case len(s) > clock && s[clock:] != d.last:
		fmt.Fprintln(d.out, s)
		d.last = s[clock:]
	}
}

func (d *display) end() {
	if d.terminal {
		fmt.Fprintln(d.out)
	}
}
