package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/local/stack"
)

// address is what make local leaves behind for the commands of another terminal.
type address struct {
	Endpoint  string            `json:"endpoint"`
	Simulator string            `json:"simulator"`
	Outputs   map[string]string `json:"outputs"`
}

var addressFile = filepath.Join(stack.Dir, "stack.json")

// up is make local.
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
The stack is up until Ctrl-C. In another terminal:
  make send EVENT=events/request-ids.json   send an event and follow its run
  make runs                                 list the runs
  make show RUN=…                           report one of them
  sam local invoke                          the README shows how; its variables are in %s

local AWS            %s   (credentials test/test, region us-east-1)
simulated Zenlayer   %s   (open it to see the instances)
`, envFile, s.Endpoint, s.Simulator)
	<-ctx.Done()
	fmt.Fprintln(out, "\nending")
	return nil
}

// attached carries out a command on the stack that is up.
func attached(ctx context.Context, command, argument string, out io.Writer) error {
	s, err := attach()
	if err != nil {
		return err
	}
	switch command {
	case "send":
		return send(ctx, s, argument, out)
	case "show":
		return show(ctx, s, argument, out)
	default:
		return list(ctx, s, out)
	}
}

func attach() (*stack.Stack, error) {
	raw, err := os.ReadFile(addressFile)
	if err != nil {
		return nil, errors.New("no stack is up; start one with make local, in another terminal")
	}
	var a address
	if err := json.Unmarshal(raw, &a); err != nil {
		return nil, err
	}
	return &stack.Stack{AWS: stack.Local(a.Endpoint), Endpoint: a.Endpoint, Simulator: a.Simulator, Outputs: a.Outputs}, nil
}

func show(ctx context.Context, s *stack.Stack, run string, out io.Writer) error {
	if run == "" {
		return errors.New("which run? make show RUN=…; make runs lists them")
	}
	e, err := s.Look(ctx, run)
	if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
		return fmt.Errorf("there is no run %s; make runs lists them", run)
	}
	if err != nil {
		return fmt.Errorf("show the run %s: %w", run, err)
	}
	stack.Report(out, e)
	return nil
}

func list(ctx context.Context, s *stack.Stack, out io.Writer) error {
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "RUN\tEXECUTION\tSTARTED\tPARTS")
	for _, r := range runs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\n", r.Name, r.Status, r.Started.Local().Format(time.DateTime), r.Parts)
	}
	return t.Flush()
}

func writeJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}
