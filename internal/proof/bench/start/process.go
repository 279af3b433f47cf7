package start

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"
)

// process is a function that runs against a runtime API.
type process struct {
	cmd    *exec.Cmd
	api    *runtimeAPI
	server *server
	began  time.Time
	output bytes.Buffer  // to be read once it has ended
	ended  chan struct{} // closed then
	kill   context.CancelFunc
}

// launch starts a program as Lambda does, with these endpoints of Zenlayer and AWS.
// The caller ends it.
func launch(ctx context.Context, program, zenlayer, aws string) (*process, error) {
	ctx, cancel := context.WithCancel(ctx)
	p := &process{api: newRuntimeAPI(), ended: make(chan struct{}), kill: cancel}
	var err error
	if p.server, err = serve(ctx, p.api, nil); err != nil {
		cancel()
		return nil, err
	}
	p.cmd = exec.CommandContext(ctx, program)
	p.cmd.Env = append(environment(), "LAMBDA_TASK_ROOT="+filepath.Dir(program), "AWS_LAMBDA_RUNTIME_API="+p.server.address, "ZENLAYER_ENDPOINT="+zenlayer, "AWS_ENDPOINT_URL="+aws)
	p.cmd.Stdout, p.cmd.Stderr = &p.output, &p.output
	p.began = time.Now()
	if err := p.cmd.Start(); err != nil {
		cancel()
		_ = p.server.Close()
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
		fmt.Sprintf("MAX_INSTANCES=%d", PlannedInstances), "STOP_TIMEOUT_MINUTES=30", "WARN_MINUTES=0", "MAX_EVENT_AGE_MINUTES=60",
		"SKIP_DATES=2026-12-25", "SCHEDULE_TIMEZONE=Europe/Berlin", "ALARM_NAME_PREFIX=zenstop-", "ALARM_TARGET=",
	}
}

// end kills the process and waits until it has ended.
func (p *process) end() {
	p.kill()
	<-p.ended
	_ = p.server.Close() // nobody is connected any more
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

// invoke hands the function an event, as soon as it asks for work, and returns its
// answer, which may be an error's.
func (p *process) invoke(ctx context.Context, event []byte) ([]byte, error) {
	if _, err := wait(ctx, p, p.api.asked); err != nil {
		return nil, err
	}
	select {
	case p.api.events <- event:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return wait(ctx, p, p.api.answers)
}

// startOnce is the time from the start of the process to its first request for work.
func startOnce(ctx context.Context, program string) (time.Duration, error) {
	p, err := launch(ctx, program, "https://zenlayer.invalid", "") // neither is asked before there is work
	if err != nil {
		return 0, err
	}
	defer p.end()
	asked, err := wait(ctx, p, p.api.asked)
	return asked.Sub(p.began), err
}
