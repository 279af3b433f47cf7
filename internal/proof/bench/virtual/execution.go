package virtual

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// began is when each run starts.
var began = time.Date(2026, time.November, 22, 19, 0, 0, 0, time.UTC)

// execution is an execution of StopWorkflow under way, with those of its parts. These go one
// after another. Nothing but the waits of the workflow takes time.
type execution struct {
	machine *asl.Machine
	account *Account
	runner  runs.Runner
	now     time.Time
	watch   Watch
}

func newExecution(machine *asl.Machine, stops []time.Duration) *execution {
	x := &execution{machine: machine, now: began}
	now := func() time.Time { return x.now }
	x.account = newAccount(stops, now)
	x.runner = runs.Runner{API: x.account, Now: now}
	return x
}

// carryOut returns the output of an execution. It is an error where that fails.
func (x *execution) carryOut(ctx context.Context, name string, input []byte) ([]byte, error) {
	end, err := x.machine.Run(ctx, asl.Env{
		Task: x.task,
		Now:  x.runner.Now,
		Wait: func(d time.Duration) { x.now = x.now.Add(d) },
		Parallel: func(n int, f func(int)) {
			for i := range n {
				f(i)
			}
		},
		Left: func(asl.Step) { x.watch.Transitions++ },
	}, asl.Execution{Name: name, ID: "execution/" + name, Machine: "StopWorkflow", Input: input})
	if err == nil && end.Status != asl.Succeeded {
		err = fmt.Errorf("the execution %s ended as %s in the state %s: %s %s", name, end.Status, end.State, end.Error, end.Cause)
	}
	return end.Output, err
}

// task does what a Task state asks for. Metrics, events and messages go nowhere.
func (x *execution) task(ctx context.Context, resource string, arguments asl.Arguments) ([]byte, *asl.Failure) {
	out, err := []byte(`{}`), error(nil)
	switch resource {
	case "arn:aws:states:::lambda:invoke":
		out, err = x.invoke(ctx, arguments)
	case "arn:aws:states:::states:startExecution.sync:2":
		out, err = x.part(ctx, arguments)
	}
	if err != nil {
		return nil, &asl.Failure{Error: "Bench.Failed", Cause: err.Error()}
	}
	return out, nil
}

// invoke calls the function that the arguments name. A call of StatusFunction that reports
// is no look.
func (x *execution) invoke(ctx context.Context, arguments asl.Arguments) ([]byte, error) {
	payload := json.RawMessage(arguments["Payload"])
	if arguments.Text("FunctionName") == "StopFunctionArn" {
		answer, err := handler.Stop{Runner: x.runner, Trigger: trigger.Settings{MaxInstances: math.MaxInt}}.Handle(ctx, payload)
		return encoded(answer, err)
	}
	before := x.account.calls
	answer, err := handler.Status{Runner: x.runner}.Handle(ctx, payload)
	if _, look := answer.(runs.Run); look {
		x.watch.Calls += x.account.calls - before
		x.watch.Looks = append(x.watch.Looks, x.now.Sub(began))
	}
	return encoded(answer, err)
}

func encoded(answer any, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	return json.Marshal(answer)
}

// part runs a child execution, and answers as Step Functions does: with the child's
// input and its output. Source: the AWS page of startExecution.sync:2.
func (x *execution) part(ctx context.Context, arguments asl.Arguments) ([]byte, error) {
	out, err := x.carryOut(ctx, arguments.Text("Name"), arguments["Input"])
	if err != nil {
		return nil, err
	}
	return bytes.Join([][]byte{[]byte(`{"Status":"SUCCEEDED","Input":`), arguments["Input"], []byte(`,"Output":`), out, []byte(`}`)}, nil), nil
}
