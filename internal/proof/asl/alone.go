package asl

import (
	"context"
	"time"
)

// Tested is what became of a state that was carried out alone.
type Tested struct {
	Step

	Arguments Arguments      // of a Task
	Attempts  int            // of a Task or a Map
	Variables map[string]any // when the state is left
	Ended     *End           // nil: the state leads to another one
}

// Test carries out one state, without those that follow it. The call of a Task, and the
// iterations of a Map, are not carried out: they fail with the failure, or yield the
// result that the scope has.
func (s *State) Test(ctx context.Context, given Scope, failure *Failure) (Tested, error) {
	is, err := given.scope()
	if err != nil {
		return Tested{}, err
	}
	var t Tested
	env := Env{Now: func() time.Time { return given.Now }, Wait: func(time.Duration) {}, Left: func(left Step) { t.Step = left }}
	w := &walk{
		execution: &execution{env: env.withDefaults(), deadline: given.Now.Add(noLimit)},
		flow:      &Flow{States: map[string]*State{"": s}}, context: is.context, variables: is.variables, input: is.input,
	}
	if s.Type != "Task" && s.Type != "Map" {
		w.step(ctx)
	} else {
		v := w.enter(s)
		v.try(func() *Failure {
			t.Attempts++
			var wrong *Failure
			if t.Arguments, wrong = v.arguments(); wrong != nil {
				return wrong
			}
			v.scope.result = is.result
			return failure
		})
	}
	t.Variables, t.Ended = w.variables, w.ended
	return t, nil
}
