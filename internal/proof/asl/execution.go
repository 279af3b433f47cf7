package asl

import (
	"cmp"
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// execution is what the states of one execution share, those inside a Map too.
type execution struct {
	env      Env
	machine  *Machine
	context  map[string]any // $states.context
	deadline time.Time
	events   atomic.Int64
}

// walk goes through the states of one flow: the execution itself, or one
// iteration of a Map.
type walk struct {
	*execution
	flow      *Flow
	context   map[string]any
	variables map[string]any
	name      string // of the state that it is in
	input     *document
	ended     *End // set in the last state
}

// Run carries an execution from its start to its end. A failed execution is no
// error; an error means that ctx was done before the end.
func (m *Machine) Run(ctx context.Context, env Env, start Execution) (End, error) {
	x := &execution{env: env.withDefaults(), machine: m}
	x.deadline = x.env.Now().Add(noLimit)
	if m.TimeoutSeconds > 0 {
		x.deadline = x.env.Now().Add(time.Duration(m.TimeoutSeconds) * time.Second)
	}
	x.context = map[string]any{
		"Execution":    map[string]any{"Id": start.ID, "Name": start.Name},
		"StateMachine": map[string]any{"Id": start.Machine},
	}
	x.events.Add(2) // the start and the end
	w := &walk{execution: x, flow: &m.Flow, context: x.context, variables: map[string]any{}, name: cmp.Or(start.From, m.StartAt), input: &document{text: start.Input}}
	if start.From != "" {
		w.variables = start.Variables
	}
	end := w.run(ctx)
	end.Events = int(x.events.Load())
	return end, ctx.Err()
}

// run goes from state to state until one ends the walk.
func (w *walk) run(ctx context.Context) End {
	if failure := tooLarge("the input", len(w.input.text)); failure != nil {
		w.fail(failure)
	}
	for w.ended == nil {
		w.step(ctx)
		w.checkLimits(ctx)
	}
	w.ended.State, w.ended.Input, w.ended.Variables = w.name, w.input.text, w.variables
	return *w.ended
}

// checkLimits ends a walk that is out of time or of history.
func (w *walk) checkLimits(ctx context.Context) {
	switch {
	case !w.env.Now().Before(w.deadline): // also where the time ran out inside a Map
		w.ended = &End{Status: TimedOut, Error: errTimeout}
	case w.ended != nil:
	case ctx.Err() != nil:
		w.fail(&Failure{errRuntime, ctx.Err().Error()})
	case w.events.Load() > MaxEvents:
		w.fail(&Failure{errRuntime, fmt.Sprintf("the execution reached the maximum of %d history events", MaxEvents)})
	}
}

func (w *walk) fail(f *Failure) {
	w.ended = &End{Status: Failed, Error: f.Error, Cause: f.Cause}
}

// step enters the state, does what it says and goes on to the next one.
func (w *walk) step(ctx context.Context) {
	s := w.flow.States[w.name]
	if s == nil {
		w.fail(&Failure{errRuntime, "there is no state " + w.name})
		return
	}
	v := w.enter(s)
	switch s.Type {
	case "Pass":
		v.leave(&s.Output, s.Assign, s.Next)
	case "Choice":
		v.choose()
	case "Wait":
		v.wait()
	case "Task":
		v.try(func() *Failure { return v.task(ctx) })
	case "Map":
		v.try(func() *Failure { return v.iterate(ctx) })
	case "Succeed":
		v.succeed()
	case "Fail":
		v.failed()
	default:
		w.fail(&Failure{errRuntime, "the type " + s.Type + " is not known"})
	}
}

func (w *walk) enter(s *State) *visit {
	w.events.Add(2) // entered and exited
	now := w.env.Now()
	return &visit{walk: w, state: s, entered: now, scope: &scope{input: w.input, context: w.context, variables: w.variables, now: now, worked: w.env.Worked}}
}
