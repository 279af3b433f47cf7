package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
)

// reserve is kept of the function's time for what follows the calls of Zenlayer.
const reserve = 8 * time.Second

// planTime bounds the first try to plan a run. The workflow tries again.
const planTime = 25 * time.Second

// starter is the part of Step Functions that the function needs.
type starter interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
}

type function struct {
	runner   shutdown.Runner
	starter  starter
	workflow string // ARN
	trigger  trigger.Settings
	now      func() time.Time
}

// started is what an event came to: the answer to a direct invocation. Delivered
// again, an event starts nothing.
type started struct {
	Run     string           `json:"run"`
	Started bool             `json:"started"`
	Outcome shutdown.Outcome `json:"outcome"`
	Summary string           `json:"summary"`
}

// Handle takes an event, or from the workflow {"stop": run document}. The first
// starts the workflow and stops nothing, the second stops what is due.
func (f *function) Handle(ctx context.Context, payload json.RawMessage) (any, error) {
	var call struct {
		Stop json.RawMessage `json:"stop"`
	}
	if bytes.HasPrefix(bytes.TrimSpace(payload), []byte("{")) && json.Unmarshal(payload, &call) == nil && call.Stop != nil {
		return f.stop(ctx, call.Stop)
	}
	return f.start(ctx, payload)
}

// stop carries out one stop round of a run.
func (f *function) stop(ctx context.Context, doc []byte) (shutdown.Run, error) {
	run, err := shutdown.Decode(doc)
	if err != nil {
		return run, err
	}
	if run.Outcome != shutdown.OutcomeWaiting {
		return run, fmt.Errorf("run %s has the outcome %s: nothing to stop", run.Run, run.Outcome)
	}
	work, cancel := budget(ctx)
	defer cancel()
	if err := f.runner.Stop(work, &run); err != nil {
		return run, err
	}
	parts := run.Split(f.now()) // more than one only where a filter could be resolved no sooner
	for _, part := range parts[1:] {
		if _, err := f.begin(ctx, part); err != nil {
			return run, err
		}
	}
	if len(parts) > 1 {
		parts[0].Run = run.Run
	}
	slog.InfoContext(ctx, "stop round", "run", run.Run, "outcome", parts[0].Outcome, "summary", parts[0].Summary)
	return parts[0], nil
}

// budget is the time for calls of Zenlayer.
func budget(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, deadline.Add(-reserve))
}

// start makes an event an execution. The execution's name is the claim: of ten
// deliveries at the same moment one starts it, and only the workflow stops.
func (f *function) start(ctx context.Context, payload []byte) ([]started, error) {
	run := f.document(ctx, trigger.Decode(payload, f.trigger, f.now()))
	var all []started
	for _, part := range run.Split(f.now()) {
		fresh, err := f.begin(ctx, part)
		if err != nil {
			return nil, err
		}
		slog.InfoContext(ctx, "run", "run", part.Run, "started", fresh, "outcome", part.Outcome, "summary", part.Summary)
		all = append(all, started{part.Run, fresh, part.Outcome, part.Summary})
	}
	return all, nil
}

// document makes the run document of an event. Where Zenlayer cannot be asked
// now the run starts unplanned: the workflow plans it, or says why it cannot.
func (f *function) document(ctx context.Context, ev trigger.Event) shutdown.Run {
	switch {
	case ev.Refused != "":
		return shutdown.Refused(ev.Request, ev.Refused, f.now())
	case ev.Skipped != "":
		return shutdown.Skipped(ev.Request, ev.Skipped, f.now())
	}
	run := shutdown.New(ev.Request, f.now())
	ctx, cancel := context.WithTimeout(ctx, planTime)
	defer cancel()
	if err := f.runner.Plan(ctx, &run); err != nil {
		slog.WarnContext(ctx, "not planned yet", "run", run.Run, "error", err)
		run.Notes = append(run.Notes, shutdown.Note("Could not be planned at once: "+err.Error()))
	}
	return run
}

// begin starts the execution of a run, and reports whether it is a new one.
func (f *function) begin(ctx context.Context, run shutdown.Run) (fresh bool, err error) {
	doc, err := json.Marshal(run)
	if err != nil {
		return false, fmt.Errorf("encode run document: %w", err)
	}
	input := string(doc)
	_, err = f.starter.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &f.workflow, Name: &run.Run, Input: &input})
	if _, again := errors.AsType[*types.ExecutionAlreadyExists](err); again {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("start execution %s: %w", run.Run, err)
	}
	return true, nil
}
