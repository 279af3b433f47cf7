package start

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// process is a function that runs, and Lambda's side of the runtime API for it: it hands out events
// and takes the answers. Source: the AWS page "Using the Lambda runtime API for custom runtimes".
type process struct {
	cmd     *exec.Cmd
	api     *httptest.Server
	began   time.Time
	asked   chan time.Time // when each request for work arrived
	events  chan []byte
	answers chan []byte   // what the function makes of each event: its result, or its error
	output  bytes.Buffer  // to be read once it has ended
	ended   chan struct{} // closed then
	kill    context.CancelFunc
}

// launch starts a program as Lambda does, with these endpoints of Zenlayer and AWS.
// The caller ends it.
func launch(ctx context.Context, program, zenlayer, aws string) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{asked: make(chan time.Time, 1), events: make(chan []byte), answers: make(chan []byte, 1), ended: make(chan struct{}), kill: cancel}
	p.api = httptest.NewServer(p)
	p.cmd = exec.CommandContext(ctx, program)
	p.cmd.Env = append(environment(), "LAMBDA_TASK_ROOT="+filepath.Dir(program), "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(p.api.URL, "http://"), "ZENLAYER_ENDPOINT="+zenlayer, "AWS_ENDPOINT_URL="+aws)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		cancel()
		p.api.Close()
		return nil, err
	}
	go func() { _ = p.cmd.Wait(); close(p.ended) }() // it is killed, so it ends with an error
	return p, nil
}

// environment is what Lambda and template.yaml put there for a function, besides
// the endpoints. Nobody checks these keys.
func environment() []string {
	return []string{
		"PATH=/usr/local/bin:/usr/bin:/bin", "TZ=:UTC", "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_SESSION_TOKEN=test",
		"AWS_LAMBDA_LOG_FORMAT=JSON", "CREDENTIALS_SECRET_ARN=arn:aws:secretsmanager:us-east-1:123456789012:secret:zenlayer-AbCdEf",
		"PROTECT_TAG_KEY=keep", "STACK_NAME=zenstop", "STOP_WORKFLOW_ARN=arn:aws:states:us-east-1:123456789012:stateMachine:zenstop-StopWorkflow",
		"MAX_INSTANCES=10000", "STOP_TIMEOUT_MINUTES=30", "WARN_MINUTES=0", "MAX_EVENT_AGE_MINUTES=60",
		"SKIP_DATES=2026-12-25", "SCHEDULE_TIMEZONE=Europe/Berlin", "ALARM_NAME_PREFIX=zenstop-", "ALARM_TARGET=",
	}
}

// ServeHTTP implements [http.Handler].
func (p *process) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	if r.Method == http.MethodPost {
		body, _ := io.ReadAll(r.Body) // where the process is gone, that is noticed elsewhere
		w.WriteHeader(http.StatusAccepted)
		p.answers <- body
		return
	}
	p.asked <- now
	select {
	case event := <-p.events:
		w.Header().Set("Lambda-Runtime-Aws-Request-Id", "1")
		w.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(now.Add(time.Minute).UnixMilli(), 10))
		_, _ = w.Write(event)
	case <-r.Context().Done():
	}
}

// end kills the process and waits until it has ended.
func (p *process) end() {
	p.kill()
	<-p.ended
	p.api.Close()
}

// wait returns what comes next from the channel, or why nothing will come.
func wait[T any](ctx context.Context, p *process, c <-chan T) (next T, err error) {
	select {
	case next = <-c:
		return next, nil
	case <-p.ended:
		return next, fmt.Errorf("%s ended with %v: %s", p.cmd.Path, p.cmd.ProcessState, p.output.Bytes())
	case <-ctx.Done():
		return next, ctx.Err()
	}
}
