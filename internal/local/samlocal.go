package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/local/stack"
)

// lambdaImage is what `sam local invoke` runs the functions in.
const lambdaImage = "public.ecr.aws/lambda/provided:al2023"

// samLocal runs every sample through `sam local invoke`, against a stack that
// listens where containers reach it. Without Docker it says so and is no failure.
func samLocal(ctx context.Context, o stack.Options, out io.Writer) error {
	if err := exec.CommandContext(ctx, "docker", "info").Run(); err != nil {
		fmt.Fprintln(out, "not run: sam local invoke needs Docker, and `docker info` does not answer here")
		return nil
	}
	if o.Host == "" {
		host, err := bridgeAddress()
		if err != nil {
			return err
		}
		o.Host = host
	}
	s, err := stack.Up(ctx, o)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := writeEnv(s); err != nil {
		return err
	}
	samples, err := filepath.Glob("events/*.json")
	if err != nil || len(samples) == 0 {
		return fmt.Errorf("no samples in events/: %w", err)
	}
	failed := 0
	for _, path := range samples {
		says := "ok"
		if err := trySample(ctx, s, path); err != nil {
			failed++
			says = err.Error()
		}
		fmt.Fprintf(out, "%-36s %s\n", path, says)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d samples failed", failed, len(samples))
	}
	fmt.Fprintf(out, "%d passed, 0 failed\n", len(samples))
	return nil
}

// answers says how the run of each sample begins. A sample that is not in it fails.
var answers = map[string]shutdown.Outcome{
	"alarm-instance.json":       shutdown.OutcomeWaiting,
	"alarm-not-new.json":        shutdown.OutcomeRefused,
	"alarm-target.json":         shutdown.OutcomeWaiting,
	"fixed-time-skip-date.json": shutdown.OutcomeSkipped,
	"fixed-time-stale.json":     shutdown.OutcomeRefused,
	"request-dry-run.json":      shutdown.OutcomePlanned,
	"request-filter.json":       shutdown.OutcomeWaiting,
	"request-ids.json":          shutdown.OutcomeWaiting,
	"request-misspelt.json":     shutdown.OutcomeRefused,
	"request-too-many.json":     shutdown.OutcomeRefused,
	"schedule.json":             shutdown.OutcomeWaiting,
	"status-run.json":           shutdown.OutcomeWaiting,
}

// trySample runs one sample on a fresh scenario and compares the function's
// answer: the runs that StopFunction started, or StatusFunction's run document.
func trySample(ctx context.Context, s *stack.Stack, path string) error {
	sample, err := stack.Sample(path, time.Now())
	if err != nil {
		return err
	}
	if err := s.ResetSimulator(ctx); err != nil {
		return err
	}
	type answer struct {
		Outcome shutdown.Outcome `json:"outcome"`
		Summary string           `json:"summary"`
	}
	var got answer
	if strings.HasPrefix(filepath.Base(path), "status-") {
		err = invokeLocally(ctx, s, "StatusFunction", sample, &got)
	} else {
		var runs []answer
		if err = invokeLocally(ctx, s, "StopFunction", sample, &runs); err == nil && len(runs) != 1 {
			return fmt.Errorf("%d runs, want 1", len(runs))
		}
		got = append(runs, answer{})[0]
	}
	if want := answers[filepath.Base(path)]; err == nil && (got.Outcome != want || got.Outcome == "") {
		return fmt.Errorf("outcome %q, want %q: %s", got.Outcome, want, got.Summary)
	}
	return err
}

// invokeLocally hands a payload to a function with `sam local invoke` and
// decodes its answer.
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
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its container then
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
		return "", errors.New("no interface docker0: give the address that containers reach with HOST=…")
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
	return "", errors.New("docker0 has no address: give one with HOST=…")
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
