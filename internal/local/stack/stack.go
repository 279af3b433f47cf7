// Package stack runs zenstop's own template on a local AWS, against the
// simulated Zenlayer: for `make run`, `make local` and the end-to-end tests.
package stack

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// The key pair that the simulator knows. It opens nothing else.
const (
	SimKeyID    = "sim-key-id"
	SimPassword = "sim-key-password"
)

// What the local stack sets for the samples in events/.
const (
	SkipDates   = "2026-12-25"
	AlarmTarget = `{"instanceIds":["bmc-web-01","bmc-web-02"]}`
)

// Options say what to start.
type Options struct {
	Root      string            // of the checkout
	Name      string            // of the stack; default zenstop
	Scenario  string            // of the simulator; default good-night
	Host      string            // address to listen on; default 127.0.0.1
	Overrides map[string]string // parameters of the template
	Log       io.Writer         // what is going on, in plain lines
}

// Stack is a deployed stack with all that it runs on.
type Stack struct {
	AWS       aws.Config
	Endpoint  string // of the local AWS
	Simulator string // of the simulated Zenlayer
	Name      string
	Outputs   map[string]string

	processes []*exec.Cmd
	scratch   string // directory of the local AWS, removed by Close
}

// Up sets up, builds, starts and deploys. The caller must Close the stack; on
// an error nothing is left behind.
func Up(ctx context.Context, o Options) (_ *Stack, err error) {
	o.Name, o.Scenario, o.Host = or(o.Name, "zenstop"), or(o.Scenario, "good-night"), or(o.Host, "127.0.0.1")
	if err := Setup(ctx, o.Root, o.Log); err != nil {
		return nil, err
	}
	if err := Build(ctx, o.Root, o.Log); err != nil {
		return nil, err
	}
	s := &Stack{Name: o.Name}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	if err := s.startSimulator(ctx, o); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	if err := s.startAWS(ctx, o); err != nil {
		return nil, fmt.Errorf("local AWS: %w", err)
	}
	if err := s.Deploy(ctx, o); err != nil {
		return nil, err
	}
	return s, s.FillSecret(ctx, fmt.Sprintf(`{"accessKeyId":%q,"accessKeyPassword":%q}`, SimKeyID, SimPassword))
}

// Beside deploys another stack to the same local AWS, with a simulator of its
// own. Its secret is not filled in yet.
func (s *Stack) Beside(ctx context.Context, o Options) (_ *Stack, err error) {
	o.Host = or(o.Host, "127.0.0.1")
	b := &Stack{AWS: s.AWS, Endpoint: s.Endpoint, Name: o.Name}
	defer func() {
		if err != nil {
			b.Close()
		}
	}()
	if err := b.startSimulator(ctx, o); err != nil {
		return nil, fmt.Errorf("simulator: %w", err)
	}
	return b, b.Deploy(ctx, o)
}

// Crash kills the running processes of a function, as a crash would, and
// reports how many there were. Only processes that this stack's local AWS
// started are looked at.
func (s *Stack) Crash() (int, error) {
	killed := 0
	for _, p := range s.processes {
		out, err := exec.Command("pgrep", "-g", strconv.Itoa(p.Process.Pid), "bootstrap").Output() //nolint:noctx // ends at once
		if err != nil {
			continue // pgrep says that there is none
		}
		for pid := range strings.FieldsSeq(string(out)) {
			n, err := strconv.Atoi(pid)
			if err != nil {
				return killed, err
			}
			if err := syscall.Kill(n, syscall.SIGKILL); err != nil {
				return killed, err
			}
			killed++
		}
	}
	return killed, nil
}

// Close ends every process that Up started, with all that they started.
func (s *Stack) Close() {
	for _, p := range slices.Backward(s.processes) {
		_ = endGroup(p)
		_ = p.Wait()
	}
	s.processes = nil
	if s.scratch != "" {
		_ = os.RemoveAll(s.scratch)
	}
}

func (s *Stack) startSimulator(ctx context.Context, o Options) error {
	cmd := exec.CommandContext(ctx, simulator(o.Root), "-listen", net.JoinHostPort(o.Host, "0"), "-scenario", o.Scenario)
	cmd.Dir = o.Root
	cmd.Stderr = o.Log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.start(cmd); err != nil {
		return err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("did not say where it listens: %w", err)
	}
	s.Simulator = strings.TrimSpace(strings.TrimPrefix(line, "listening on "))
	return nil
}

func (s *Stack) start(cmd *exec.Cmd) error {
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	s.processes = append(s.processes, cmd)
	return nil
}

// Deploy deploys the built template, which is the repository's own, with
// parameters only.
func (s *Stack) Deploy(ctx context.Context, o Options) error {
	fmt.Fprintln(o.Log, "deploy: sam deploy to the local AWS at "+s.Endpoint)
	parameters := map[string]string{
		"Architecture": Architecture(), "AwsEndpointUrl": s.Endpoint, "ZenlayerEndpoint": s.Simulator,
		"SkipDates": SkipDates, "AlarmTarget": AlarmTarget,
	}
	maps.Copy(parameters, o.Overrides)
	args := []string{
		"deploy", "--template-file", filepath.Join(buildDir(o.Root), "template.yaml"), "--stack-name", o.Name,
		"--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar",
		"--region", region, "--parameter-overrides",
	}
	for _, name := range slices.Sorted(maps.Keys(parameters)) {
		args = append(args, name+"="+strconv.Quote(parameters[name]))
	}
	if err := run(ctx, o.Root, Environ(s.Endpoint), io.Discard, samCLI(o.Root), args...); err != nil {
		return fmt.Errorf("sam deploy: %w", err)
	}
	out, err := cloudformation.NewFromConfig(s.AWS).DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &o.Name})
	if err != nil || len(out.Stacks) != 1 {
		return fmt.Errorf("describe stack: %w", err)
	}
	s.Outputs = map[string]string{}
	for _, output := range out.Stacks[0].Outputs {
		s.Outputs[aws.ToString(output.OutputKey)] = aws.ToString(output.OutputValue)
	}
	return nil
}

// FillSecret puts the credentials where the stack's user would.
func (s *Stack) FillSecret(ctx context.Context, value string) error {
	id := s.Outputs["CredentialsSecretArn"]
	_, err := secretsmanager.NewFromConfig(s.AWS).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &id, SecretString: &value})
	return err
}

// Simulated reads one of the simulator's admin views, such as /state, into v.
func (s *Stack) Simulated(ctx context.Context, path string, v any) error {
	return s.simulator(ctx, http.MethodGet, path, v)
}

// ResetSimulator starts the simulator's scenario afresh.
func (s *Stack) ResetSimulator(ctx context.Context) error {
	return s.simulator(ctx, http.MethodPost, "/reset", nil)
}

func (s *Stack) simulator(ctx context.Context, method, path string, v any) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.Simulator+path, nil)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s of the simulator: %s", path, resp.Status)
	}
	if v == nil {
		return nil
	}
	return json.NewDecoder(resp.Body).Decode(v)
}

func healthy(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := (&http.Client{}).Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freePort(ctx context.Context, host string) (int, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// poll asks four times a second until done, an error, or the limit.
func poll(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
