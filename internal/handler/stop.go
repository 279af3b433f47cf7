package handler

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/fault"
	"zenstop/internal/runlog"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// Starter is the part of Step Functions that StopFunction needs.
type Starter interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
}

// Stop is StopFunction.
type Stop struct {
	Runner   runs.Runner
	Starter  Starter
	Workflow string           // ARN of StopWorkflow
	Trigger  trigger.Settings // guards of the stack
}

// Claim is what an event came to: the answer to whoever invoked the function with it.
type Claim struct {
	Run     string       `json:"run"`     // name of the execution
	Started bool         `json:"started"` // false where an earlier delivery of the event has started it
	Outcome runs.Outcome `json:"outcome"` // WAITING, or REFUSED or SKIPPED where the event decides it
	Summary string       `json:"summary"`
}

// Handle takes an event, or one of the workflow's two calls: {"plan": run
// document} and {"stop": run document}. An event starts the workflow and stops
// nothing; its answer is a [Claim]. The others answer the document as it stands then.
func (s Stop) Handle(ctx context.Context, payload json.RawMessage) (any, error) {
	var call struct{ Plan, Stop json.RawMessage }
	if err := json.Unmarshal(payload, &call); err != nil {
		return s.claim(ctx, payload) // it is no object, and the execution's report says so
	}
	if call.Plan != nil {
		return carryOut(ctx, "plan", call.Plan, s.limited(s.Runner.Plan))
	}
	if call.Stop != nil {
		return carryOut(ctx, "round", call.Stop, s.limited(s.Runner.Stop))
	}
	return s.claim(ctx, payload)
}

// limited holds a document to the stack's MaxInstances, whoever sends it.
func (s Stop) limited(call func(context.Context, *runs.Run) error) func(context.Context, *runs.Run) error {
	return func(ctx context.Context, run *runs.Run) error {
		run.HoldTo(s.Trigger.MaxInstances)
		return call(ctx, run)
	}
}

// claim starts the execution of an event under a name that depends on the event
// alone. It asks Zenlayer nothing. Of several deliveries, at once or hours apart,
// one starts the execution, and only the workflow stops instances.
func (s Stop) claim(ctx context.Context, event []byte) (Claim, error) {
	run := s.document(event)
	ctx = runlog.With(ctx, run.Name)
	doc, err := json.Marshal(run)
	if err != nil {
		return Claim{}, fmt.Errorf("encode run document: %w", err)
	}
	input := string(doc)
	_, err = s.Starter.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &s.Workflow, Name: &run.Name, Input: &input})
	_, exists := errors.AsType[*types.ExecutionAlreadyExists](err)
	if err != nil && !exists {
		return Claim{}, fault.MayPass(fmt.Errorf("start execution %s: %w", run.Name, err))
	}
	slog.InfoContext(ctx, "event", "kind", run.Trigger.Kind, "started", !exists, "outcome", run.Outcome, "summary", run.Summary)
	return Claim{run.Name, !exists, run.Outcome, run.Summary}, nil
}

func (s Stop) document(event []byte) runs.Run {
	now := s.Runner.Now()
	ev := trigger.Decode(event, s.Trigger, now)
	if ev.Objection != "" {
		return runs.Refused(ev.Request, ev.Objection, now)
	}
	if ev.Skipped != "" {
		return runs.Skipped(ev.Request, ev.Skipped, now)
	}
	return s.Runner.New(ev.Request)
}
