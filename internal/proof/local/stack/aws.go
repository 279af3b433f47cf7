package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// Account is that of the local AWS.
const Account = "000000000000"

const (
	region   = "us-east-1" // of the local AWS
	loopback = "127.0.0.1"
)

// Local is the AWS at endpoint. It has nothing of the user's own AWS settings, so
// it never reaches the user's account.
func Local(endpoint string) aws.Config {
	return aws.Config{Region: region, BaseEndpoint: &endpoint, Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

// startAWS starts the local AWS on a free port and waits until it is healthy.
func (s *Stack) startAWS(ctx context.Context, o Options) error {
	port, err := freePort(ctx, o.Host)
	if err != nil {
		return err
	}
	s.Endpoint = "http://" + net.JoinHostPort(o.Host, strconv.Itoa(port))
	s.AWS = Local(s.Endpoint)
	if s.scratch, err = os.MkdirTemp(filepath.Join(o.Root, Dir), "aws-"); err != nil {
		return err
	}
	logs, err := os.Create(filepath.Join(o.Root, Dir, "ministack.log"))
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, inVenv(o.Root, "python3"), filepath.Join(o.Root, "internal", "proof", "local", "stack", "localaws.py"))
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.scratch, logs, logs
	cmd.Env = append(Environ(s.Endpoint), "BIND_HOST="+o.Host, "GATEWAY_PORT="+strconv.Itoa(port), "IOT_MTLS_ENABLED=0",
		"TMPDIR="+s.scratch, "STATE_DIR="+s.scratch, "S3_DATA_DIR="+s.scratch)
	started, err := s.start(cmd)
	_ = logs.Close()
	if err != nil {
		return err
	}
	return explainAWS(o.Root, poll(ctx, time.Minute, func() (bool, error) {
		if started.hasEnded() {
			return false, errEnded
		}
		return Healthy(ctx, s.Endpoint), nil
	}))
}

// errEnded says that the local AWS ended while it was starting.
var errEnded = errors.New("it ended while it was starting")

// explainAWS adds to an error of the start what the local AWS wrote.
func explainAWS(root string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	log := filepath.Join(Dir, "ministack.log")
	written, _ := os.ReadFile(filepath.Join(root, log)) // what cannot be read adds nothing
	return fmt.Errorf("%w; the end of %s:\n%s\nIf its port was taken meanwhile by another program, run the command again: each start takes a free port", err, log, tail(string(written)))
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

// Healthy reports whether a local AWS answers at the endpoint.
func Healthy(ctx context.Context, endpoint string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/_ministack/health", nil)
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

// Environ is this process's environment, but the local AWS is AWS in it and the
// user's own AWS settings are left out.
func Environ(endpoint string) []string {
	host, _, _ := strings.Cut(strings.TrimPrefix(endpoint, "http://"), ":")
	return append(withoutAWS(), "AWS_ENDPOINT_URL="+endpoint, "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test",
		"AWS_DEFAULT_REGION="+region, "AWS_REGION="+region,
		"NO_PROXY=127.0.0.1,localhost,"+host, "no_proxy=127.0.0.1,localhost,"+host)
}

// withoutAWS is this process's environment without the user's own AWS settings.
func withoutAWS() []string {
	others := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "AWS_") })
	return append(others, "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "SAM_CLI_TELEMETRY=0")
}
