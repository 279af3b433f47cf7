package virtual

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/statemachine"
)

// Workflow is the deployed definition of StopWorkflow, ready to be carried out. It is
// safe for concurrent use.
type Workflow struct{ machine *asl.Machine }

// Load reads the definition.
func Load() (Workflow, error) {
	machine, err := asl.Parse(statemachine.Fill(nil))
	return Workflow{machine}, err
}

// Watch is a [Watcher]: it carries out a run whose instances a filter finds, from the
// plan to the outcome. It is an error where the outcome is not STOPPED.
func (w Workflow) Watch(ctx context.Context, stops []time.Duration) (Watch, error) {
	x := newExecution(w.machine, stops)
	doc, err := json.Marshal(runs.New(x.account.request(), began))
	if err != nil {
		return Watch{}, err
	}
	out, err := x.carryOut(ctx, "schedule-1", doc)
	if err != nil {
		return Watch{}, err
	}
	var run runs.Run
	if err := json.Unmarshal(out, &run); err != nil {
		return Watch{}, err
	}
	if run.Outcome != runs.OutcomeStopped {
		return Watch{}, fmt.Errorf("the outcome is %s: %s", run.Outcome, run.Summary)
	}
	x.watch.Late, err = x.account.late()
	x.watch.Besides = x.account.calls - x.watch.Calls
	return x.watch, err
}

// WithoutFeedback looks when zenstop does while no instance has stopped: it is
// zenstop's rule without what those that stopped tell of the others. It looks for an hour.
func (w Workflow) WithoutFeedback(ctx context.Context) (Rule, error) {
	watch, err := w.Watch(ctx, []time.Duration{time.Hour})
	return at("zenstop, blind to who has stopped", watch.Looks), err
}

// Transitions are how many state transitions a look takes, and how many a run takes
// besides, from two runs that differ in how often they look.
func (w Workflow) Transitions(ctx context.Context) (perLook, fixed float64, err error) {
	short, err := w.Watch(ctx, []time.Duration{time.Minute})
	if err != nil {
		return 0, 0, err
	}
	long, err := w.Watch(ctx, []time.Duration{10 * time.Minute})
	if err != nil {
		return 0, 0, err
	}
	perLook = float64(long.Transitions-short.Transitions) / float64(len(long.Looks)-len(short.Looks))
	return perLook, float64(short.Transitions) - perLook*float64(len(short.Looks)), nil
}
