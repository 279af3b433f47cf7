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
	"path/filepath"
	"time"

	"zenstop/internal/proof/local/stack"
)

// lambdaImage is what `sam local invoke` runs the functions in.
const lambdaImage = "public.ecr.aws/lambda/provided:al2023"

var envFile = filepath.Join(stack.Dir, "env.json")

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
