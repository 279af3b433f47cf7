package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// expected is what a sample must lead to.
type expected struct {
	function string
	outcome  runs.Outcome
	verdicts map[string]power.Verdict // of a run document; nil for an event, whose answer has none
	stopped  []string                 // instances that the call itself asks Zenlayer to stop
	reports  bool                     // the answer has the run document under run, and the call asks Zenlayer nothing
}

// answers says what each sample leads to. For an event StopFunction starts an
// execution and asks Zenlayer nothing; its answer tells what the event alone decides.
func answers() map[string]expected {
	const stop, status = "StopFunction", "StatusFunction"
	begins := expected{function: stop, outcome: runs.OutcomeWaiting}
	refused := expected{function: stop, outcome: runs.OutcomeRefused}
	return map[string]expected{
		"alarm-instance.json":         begins,
		"alarm-muted.json":            refused,
		"alarm-not-new.json":          refused,
		"alarm-suppressed.json":       refused,
		"alarm-target.json":           begins,
		"fixed-time-skip-date.json":   {function: stop, outcome: runs.OutcomeSkipped},
		"fixed-time-stale.json":       refused,
		"request-check-only.json":     begins,
		"request-dry-run.json":        begins,
		"request-filter.json":         begins,
		"request-ids.json":            begins,
		"request-kept.json":           begins,
		"request-misspelt.json":       refused,
		"request-too-many.json":       begins,
		"request-start.json":          begins,
		"request-stop-and-start.json": begins,
		"request-warned.json":         begins,
		"schedule.json":               begins,
		"workflow-plan.json": {
			function: stop, outcome: runs.OutcomeWaiting,
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Open, "bmc-build-01": power.AlreadyStopped},
		},
		"workflow-stop.json": {
			function: stop, outcome: runs.OutcomeWaiting, stopped: []string{"bmc-web-01", "bmc-web-02"},
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Open, "bmc-web-02": power.Open, "bmc-build-01": power.AlreadyStopped},
		},
		"status-run.json": {
			function: status, outcome: runs.OutcomeWaiting,
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Open, "bmc-build-01": power.Stopped},
		},
		"status-report.json": {
			function: status, outcome: runs.OutcomeFailed, reports: true,
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Unverified, "bmc-build-01": power.Stopped},
		},
	}
}

// answer has the fields of a claim and of a run document that are compared.
type answer struct {
	Started   bool             `json:"started"`
	Outcome   runs.Outcome     `json:"outcome"`
	Summary   string           `json:"summary"`
	Instances []power.Instance `json:"instances"`
}

func (want expected) check(got answer) error {
	if got.Outcome != want.outcome {
		return fmt.Errorf("outcome %q, want %q: %s", got.Outcome, want.outcome, got.Summary)
	}
	if want.verdicts == nil {
		if !got.Started {
			return fmt.Errorf("the event started no execution: %s", got.Summary)
		}
		return nil
	}
	verdicts := map[string]power.Verdict{}
	for _, in := range got.Instances {
		verdicts[in.ID] = in.Verdict
	}
	if !maps.Equal(verdicts, want.verdicts) {
		return fmt.Errorf("verdicts %v, want %v", verdicts, want.verdicts)
	}
	return nil
}

// With ZENSTOP_SAM_LOCAL=1, as make test-sam-local sets it. The stack listens where
// containers reach it.
func TestEverySampleIsAnsweredThroughSAMLocalInvoke(t *testing.T) {
	if os.Getenv("ZENSTOP_SAM_LOCAL") == "" {
		t.Skip("not run: make test-sam-local runs it")
	}
	if err := exec.CommandContext(t.Context(), "docker", "info").Run(); err != nil {
		t.Skip("not run: sam local invoke needs Docker, and `docker info` does not answer here")
	}
	t.Chdir("../../..")
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	host := os.Getenv("ZENSTOP_HOST")
	if host == "" {
		if host, err = bridgeAddress(); err != nil {
			t.Fatal(err)
		}
	}
	samples := inOrder(t, "events/*.json")
	// Each process of the stack is in a process group of its own, which Ctrl-C does not reach.
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	s, err := stack.Up(ctx, stack.Options{Root: root, Host: host, Log: os.Stdout})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := writeEnv(s); err != nil {
		t.Fatal(err)
	}
	for _, path := range samples {
		t.Run(filepath.Base(path), func(t *testing.T) {
			if err := trySample(ctx, s, path); err != nil {
				t.Error(err)
			}
		})
	}
}

// inOrder lists the samples, those that start no execution first: so that what the
// simulator sees then is their work alone.
func inOrder(t *testing.T, pattern string) []string {
	t.Helper()
	all, err := filepath.Glob(pattern)
	if err != nil || len(all) == 0 {
		t.Fatalf("no samples in %s: %v", pattern, err)
	}
	rank := func(path string) int {
		if answers()[filepath.Base(path)].verdicts != nil {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b string) int { return rank(a) - rank(b) })
	return all
}

// trySample runs one sample on a fresh scenario and compares the function's answer
// and what the function asked of Zenlayer.
func trySample(ctx context.Context, s *stack.Stack, path string) error {
	want := answers()[filepath.Base(path)]
	sample, err := stack.Sample(path, time.Now())
	if err != nil {
		return err
	}
	if err := s.ResetSimulator(ctx); err != nil {
		return err
	}
	var got answer
	into := any(&got)
	if want.reports {
		into = &struct{ Run *answer }{&got}
	}
	if err := invokeLocally(ctx, s, want.function, sample, into); err != nil {
		return err
	}
	if err := want.check(got); err != nil || want.verdicts == nil {
		return err
	}
	return want.checkSimulator(ctx, s)
}

// checkSimulator compares what the call did at Zenlayer: its requests were let in,
// it looked at the instances unless it only reports, and it really stopped those that it
// had to.
func (want expected) checkSimulator(ctx context.Context, s *stack.Stack) error {
	var requests []sim.Request
	if err := s.Simulated(ctx, "/requests", &requests); err != nil {
		return err
	}
	looks := 0
	for _, r := range requests {
		if !r.Accepted {
			return fmt.Errorf("the simulator refused %s: %s", r.Action, r.Code)
		}
		if r.Action == sim.ActionDescribe {
			looks++
		}
	}
	if (looks == 0) != want.reports {
		return fmt.Errorf("%d of %d requests of the call ask for an instance's status, a report: %t", looks, len(requests), want.reports)
	}
	var state struct{ Instances []sim.Truth }
	if err := s.Simulated(ctx, "/state", &state); err != nil {
		return err
	}
	for _, truth := range state.Instances {
		if stopped := truth.AcceptedStops == 1 && truth.Status != sim.StatusRunning; stopped != slices.Contains(want.stopped, truth.ID) {
			return fmt.Errorf("%s is %s after %d accepted stops, want exactly %v to be stopped", truth.ID, truth.Status, truth.AcceptedStops, want.stopped)
		}
	}
	return nil
}

// lambdaImage is what `sam local invoke` runs the functions in.
const lambdaImage = "public.ecr.aws/lambda/provided:al2023"

// invokeLocally hands a payload to a function with `sam local invoke` and decodes
// its answer.
func invokeLocally(ctx context.Context, s *stack.Stack, function string, payload, answer any) error {
	raw, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	args := []string{
		"local", "invoke", function, "--event", "-", "--template", filepath.Join(stack.Dir, "build", "template.yaml"), "--env-vars", envFile,
		"--parameter-overrides", "Architecture=" + stack.Architecture(),
	}
	if exec.CommandContext(ctx, "docker", "image", "inspect", lambdaImage).Run() == nil {
		args = append(args, "--skip-pull-image")
	}
	var out, log bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(stack.Dir, "venv", "bin", "sam"), args...)
	cmd.Env = stack.Environ(s.Endpoint)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(raw), &out, &log
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it removes its container
	cmd.WaitDelay = 20 * time.Second
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s", err, log.String())
	}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		return fmt.Errorf("answer %q: %w; %s", out.String(), err, log.String())
	}
	return nil
}

// bridgeAddress is this machine's address as containers see it.
func bridgeAddress() (string, error) {
	bridge, err := net.InterfaceByName("docker0")
	if err != nil {
		return "", errors.New("there is no interface docker0; give the address that containers reach with HOST=…")
	}
	addresses, err := bridge.Addrs()
	if err != nil {
		return "", err
	}
	for _, a := range addresses {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil {
			return ip.IP.String(), nil
		}
	}
	return "", errors.New("docker0 has no address; give one with HOST=…")
}
