package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/local/stack"
)

// address is what make local leaves behind for the commands of another terminal.
type address struct {
	Name      string            `json:"name"` // of the stack: its rules begin with it
	Endpoint  string            `json:"endpoint"`
	Simulator string            `json:"simulator"`
	Outputs   map[string]string `json:"outputs"`
}

var (
	addressFile = filepath.Join(stack.Dir, "stack.json")
	envFile     = filepath.Join(stack.Dir, "env.json")
)

// up is make local.
func up(ctx context.Context, o stack.Options, out io.Writer) error {
	if s, err := attach(ctx); err == nil {
		return fmt.Errorf("a stack of this folder is up already, at %s: make send uses it, and Ctrl-C in its terminal ends it", s.Endpoint)
	}
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := writeJSON(addressFile, address{s.Name, s.Endpoint, s.Simulator, s.Outputs}); err != nil {
		return err
	}
	defer func() { _ = os.Remove(addressFile) }()
	if err := writeEnv(s); err != nil {
		return err
	}
	fmt.Fprintf(out, opening, s.Endpoint, s.Simulator, envFile)
	<-ctx.Done()
	fmt.Fprintln(out, "\nThe stack is being ended.")
	return nil
}

// opening is what make local says when the stack is up.
const opening = `
The stack is up until Ctrl-C. In another terminal, in this folder:

  make send EVENT=events/request-ids.json   # send an event and follow its run
  make runs                                 # list the runs
  make show                                 # report the newest run; RUN=<name> reports another one
  make doctor                               # say whether the stack is set up right

The local AWS is          %s   (credentials test/test, region us-east-1)
The simulated Zenlayer is %s   (open it to see the instances)
sam local invoke takes    %s   (docs/local.md shows how)
`

// attached carries out a command on the stack that is up.
func attached(ctx context.Context, command, argument string, out *screen) error {
	s, err := attach(ctx)
	if err != nil {
		return err
	}
	switch command {
	case "send":
		return send(ctx, s, argument, out, true)
	case "show":
		return show(ctx, s, argument, out)
	default:
		return list(ctx, s, out)
	}
}

// attach returns the stack that make local keeps up in another terminal.
func attach(ctx context.Context) (*stack.Stack, error) {
	raw, err := os.ReadFile(addressFile)
	if err != nil {
		return nil, errors.New("no stack is up in this folder; start one in another terminal with make local")
	}
	var a address
	if err := json.Unmarshal(raw, &a); err != nil || !stack.Healthy(ctx, a.Endpoint) {
		return nil, fmt.Errorf("the stack that was up in this folder no longer answers at %s; start it again in another terminal with make local", a.Endpoint)
	}
	return &stack.Stack{Name: a.Name, AWS: stack.Local(a.Endpoint), Endpoint: a.Endpoint, Simulator: a.Simulator, Outputs: a.Outputs}, nil
}

// errNoRun says that the stack has no run yet.
var errNoRun = errors.New("there is no run yet; make send EVENT=events/request-ids.json sends an event")

// newest is the name of the newest run.
func newest(ctx context.Context, s *stack.Stack) (run string, err error) {
	runs, err := s.Runs(ctx)
	if err != nil {
		return "", err
	}
	if len(runs) == 0 {
		return "", errNoRun
	}
	return runs[0].Name, nil
}

// show reports a run, the newest one where none is named.
func show(ctx context.Context, s *stack.Stack, run string, out *screen) error {
	if run == "" {
		var err error
		if run, err = newest(ctx, s); err != nil {
			return err
		}
	}
	e, err := s.Look(ctx, run)
	if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
		return fmt.Errorf("there is no run %s; make runs lists them", run)
	}
	if err != nil {
		return fmt.Errorf("show the run %s: %w", run, err)
	}
	report(out, e, true)
	fmt.Fprintln(out, "Next: "+next(e, true))
	return nil
}

func list(ctx context.Context, s *stack.Stack, out io.Writer) error {
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	if len(runs) == 0 {
		fmt.Fprintln(out, errNoRun)
		return nil
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "RUN\tEXECUTION\tSTARTED\tPARTS\tWAITS")
	for _, r := range runs {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", r.Name, r.Status, r.Started.Local().Format(time.DateTime), r.Parts, r.Waits)
	}
	return t.Flush()
}

// writeEnv writes the variables for `sam local invoke --env-vars`.
func writeEnv(s *stack.Stack) error {
	common := map[string]string{
		"AWS_ENDPOINT_URL": s.Endpoint, "ZENLAYER_ENDPOINT": s.Simulator, "CREDENTIALS_SECRET_ARN": s.Outputs["CredentialsSecretArn"],
	}
	stop := map[string]string{
		"STOP_WORKFLOW_ARN": s.Outputs["StopWorkflowArn"], "SKIP_DATES": stack.SkipDates, "ALARM_TARGET": stack.AlarmTarget,
	}
	maps.Copy(stop, common)
	return writeJSON(envFile, map[string]any{"StopFunction": stop, "StatusFunction": common})
}

func writeJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(raw, '\n'), 0o600)
}
