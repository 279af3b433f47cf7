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

	"zenstop/local/stack"
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
		answer, err := invokeLocally(ctx, path)
		if err != nil {
			failed++
			answer = err.Error()
		}
		fmt.Fprintf(out, "%-36s %s\n", path, answer)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d samples failed", failed, len(samples))
	}
	fmt.Fprintf(out, "%d passed, 0 failed\n", len(samples))
	return nil
}

// invokeLocally runs one sample and returns the function's answer, which must
// not be an error.
func invokeLocally(ctx context.Context, path string) (string, error) {
	function := "StopFunction"
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(filepath.Base(path), "status-") {
		function = "StatusFunction"
	} else {
		sample, err := stack.Sample(path, time.Now())
		if err != nil {
			return "", err
		}
		if raw, err = json.Marshal(sample); err != nil {
			return "", err
		}
	}
	args := []string{
		"local", "invoke", function, "--event", "-", "--template", filepath.Join(stack.Dir, "build", "template.yaml"), "--env-vars", envFile,
		"--parameter-overrides", "Architecture=" + stack.Architecture(),
	}
	if exec.CommandContext(ctx, "docker", "image", "inspect", lambdaImage).Run() == nil {
		args = append(args, "--skip-pull-image")
	}
	var answer, log bytes.Buffer
	cmd := exec.CommandContext(ctx, filepath.Join(stack.Dir, "venv", "bin", "sam"), args...)
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_REGION=us-east-1", "AWS_DEFAULT_REGION=us-east-1", "SAM_CLI_TELEMETRY=0")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(raw), &answer, &log
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%w: %s", err, log.String())
	}
	text := strings.TrimSpace(answer.String())
	if text == "" || strings.Contains(text, `"errorType"`) {
		return "", fmt.Errorf("answer %q; %s", text, log.String())
	}
	if runes := []rune(text); len(runes) > 160 {
		text = string(runes[:160]) + "…"
	}
	return text, nil
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
