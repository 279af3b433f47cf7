package scale

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/lambda/messages"

	"zenstop/internal/asl"
	"zenstop/internal/fault"
	"zenstop/internal/handler"
	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
	"zenstop/statemachine"
)

// The parts of a large run know nothing of each other, and share one rate. The time
// depends on chance, so it is shown and not held to a bound.
func TestTheLargestRunMakesFewCallsInVainUnderTheRate(t *testing.T) {
	const n, most = 10_000, 240
	synctest.Test(t, func(t *testing.T) {
		p := carryOut(t, n)
		t.Logf("%d calls until the last stop is accepted, %d of them throttled, in %.2f of the ideal time; %d calls in all", p.Calls, p.Throttled, p.Ratio(), p.AllCalls)
		if p.Calls > most {
			t.Errorf("%d calls until the last stop is accepted, %d of them throttled, want %d at most", p.Calls, p.Throttled, most)
		}
	})
}

// cloud is what a run needs in virtual time: its functions, and executions of the workflow.
type cloud struct {
	t       *testing.T
	machine *asl.Machine
	account *account

	mu   sync.Mutex
	warm map[string][]shutdown.Runner // copies of each function that wait for work
}

// carryOut carries out a run for n instances.
func carryOut(t *testing.T, n int) Point {
	t.Helper()
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{t: t, machine: machine, account: new(account), warm: map[string][]shutdown.Runner{}}
	if err := c.account.populate(n); err != nil {
		t.Fatal(err)
	}
	doc, err := json.Marshal(shutdown.New(shutdown.Request{
		Run: "schedule-1", MaxInstances: n, Timeout: 30 * time.Minute,
		Target: shutdown.Target{Filter: &zenlayer.Filter{TagKeys: []string{tag}}},
	}, time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	if end := c.execute(t.Context(), "schedule-1", doc); end.Status != asl.Succeeded {
		t.Fatalf("%s: %s %s", end.Status, end.Error, end.Cause)
	}
	p, err := c.account.point(n)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (c *cloud) execute(ctx context.Context, name string, input []byte) asl.End {
	end, err := c.machine.Run(ctx, asl.Env{Task: c.task}, asl.Execution{Name: name, ID: name, Machine: "machine", Input: input})
	if err != nil {
		c.t.Error(err)
	}
	return end
}

func (c *cloud) task(ctx context.Context, resource string, arguments asl.Arguments) ([]byte, *asl.Failure) {
	switch resource {
	case "arn:aws:states:::lambda:invoke":
		return c.invoke(ctx, arguments.Text("FunctionName"), []byte(arguments["Payload"]))
	case "arn:aws:states:::states:startExecution.sync:2":
		end := c.execute(ctx, arguments.Text("Name"), arguments["Input"])
		if end.Status != asl.Succeeded {
			return nil, &asl.Failure{Error: "States.TaskFailed", Cause: end.Cause}
		}
		return slices.Concat([]byte(`{"Output":`), end.Output, []byte(`}`)), nil
	}
	return []byte(`{}`), nil
}

// invoke calls a function. As Lambda does, it has a copy of the function for each call under
// way, and a copy that is free works on with what its client has learned of the pace.
func (c *cloud) invoke(ctx context.Context, function string, payload json.RawMessage) (out []byte, failure *asl.Failure) {
	runner := c.take(function)
	defer c.giveBack(function, runner)
	ctx, cancel := context.WithTimeout(ctx, time.Minute) // Timeout of template.yaml
	defer cancel()
	var answer any
	var err error
	if function == "StatusFunctionArn" {
		answer, err = fault.Handler(handler.Status{Runner: runner}.Handle)(ctx, payload)
	} else {
		stop := handler.Stop{Runner: runner, Trigger: trigger.Settings{MaxInstances: 10_000}}
		answer, err = fault.Handler(stop.Handle)(ctx, payload)
	}
	if e, ok := errors.AsType[messages.InvokeResponse_Error](err); ok {
		return nil, &asl.Failure{Error: e.Type, Cause: e.Message}
	}
	if out, err = json.Marshal(answer); err != nil {
		c.t.Error(err)
	}
	return out, nil
}

func (c *cloud) take(function string) shutdown.Runner {
	c.mu.Lock()
	defer c.mu.Unlock()
	if free := c.warm[function]; len(free) > 0 {
		c.warm[function] = free[1:]
		return free[0]
	}
	client, err := zenlayer.New(zenlayer.Config{Endpoint: "http://127.0.0.1", Source: key{}, Transport: c.account.simulator.Load()})
	if err != nil {
		c.t.Error(err)
	}
	return shutdown.Runner{API: client, Now: time.Now, Parallel: shutdown.SideBySide}
}

func (c *cloud) giveBack(function string, runner shutdown.Runner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.warm[function] = append(c.warm[function], runner)
}
