package campaign

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/statemachine"
)

// maxSteps is far more states than any execution enters.
const maxSteps = 20_000

// execution interprets the definition for one run document.
type execution struct {
	machine statemachine.Machine
	chance  *rand.Rand
	invoke  func(function string, payload any) (shutdown.Run, *statemachine.ErrorOutput)
	deliver func(resource string) *statemachine.ErrorOutput // a notification
	watch   func(before, after shutdown.Run, from time.Time)

	variables map[string]any
}

// end is how an execution ended.
type end struct {
	succeeded    bool
	name, cause  string // of a failure
	document     shutdown.Run
	rounds       int
	invoked      map[string]int // attempts of each function
	decided, at  time.Time      // when the outcome was final; when it had been told
	notification string         // detail type of the event sent
}

// run carries an execution from its start to its end.
func (x *execution) run(doc shutdown.Run) (end, error) {
	x.variables = map[string]any{}
	name := x.machine.StartAt
	began := time.Now()
	e := end{invoked: map[string]int{}}
	for range maxSteps {
		s, ok := x.machine.States[name]
		if !ok {
			return e, fmt.Errorf("no state %q", name)
		}
		if time.Since(began) > time.Duration(x.machine.TimeoutSeconds)*time.Second {
			return e, fmt.Errorf("the workflow timed out in %s", name)
		}
		next, after, err := x.step(s, doc, &e)
		if err != nil {
			return e, fmt.Errorf("state %s: %w", name, err)
		}
		doc = after
		if s.End() {
			e.document, e.at = doc, time.Now()
			e.rounds, _ = x.variables["rounds"].(int)
			return e, nil
		}
		name = next
	}
	return e, fmt.Errorf("more than %d states", maxSteps)
}

func (x *execution) scope(doc shutdown.Run) statemachine.Scope {
	return statemachine.Scope{Input: doc, Variables: x.variables, Now: time.Now()}
}

// step enters one state and returns the next.
func (x *execution) step(s statemachine.State, doc shutdown.Run, e *end) (next string, after shutdown.Run, err error) {
	scope := x.scope(doc)
	switch s.Type {
	case "Choice":
		next, err = x.choose(s, scope)
		return next, doc, err
	case "Wait":
		return s.Next, doc, x.wait(s, scope)
	case "Task":
		return x.task(s, scope, e)
	case "Pass":
		from := time.Now()
		after, err = output(s.Output, scope, doc)
		if err == nil {
			x.watch(doc, after, from)
			err = x.assign(s.Assign, scope)
		}
		return s.Next, after, err
	case "Succeed":
		e.succeeded = true
		return "", doc, nil
	case "Fail":
		e.name, err = text(s.Error, scope)
		if err == nil {
			e.cause, err = text(s.Cause, scope)
		}
		return "", doc, err
	}
	return "", doc, fmt.Errorf("type %s is not simulated", s.Type)
}

func (x *execution) choose(s statemachine.State, scope statemachine.Scope) (string, error) {
	for _, c := range s.Choices {
		yes, err := statemachine.Condition(c.Condition, scope)
		if err != nil {
			return "", err
		}
		if yes {
			return c.Next, x.assign(c.Assign, scope)
		}
	}
	return s.Default, nil
}

func (x *execution) wait(s statemachine.State, scope statemachine.Scope) error {
	v, err := statemachine.Evaluate(s.Seconds, scope)
	if err != nil {
		return err
	}
	seconds, ok := v.(int)
	if !ok || seconds < 0 {
		return fmt.Errorf("waits for %v seconds", v)
	}
	pause(time.Duration(seconds) * time.Second)
	return x.assign(s.Assign, scope)
}

// task calls a function or sends a notification, with the retries and catchers
// of the state.
func (x *execution) task(s statemachine.State, scope statemachine.Scope, e *end) (string, shutdown.Run, error) {
	used := make([]int, len(s.Retry))
	for {
		from := time.Now()
		scope.Now = from
		result, failure, err := x.call(s, scope, e)
		if err != nil {
			return "", scope.Input, err
		}
		if failure == nil {
			scope.Result = result
			after, err := output(s.Output, scope, scope.Input)
			if err == nil {
				x.watch(scope.Input, after, from)
				err = x.assign(s.Assign, scope)
			}
			return s.Next, after, err
		}
		scope.Error = *failure
		if r := slices.IndexFunc(s.Retry, func(r statemachine.Retrier) bool { return covers(r.ErrorEquals, failure.Error) }); r >= 0 && used[r] < s.Retry[r].MaxAttempts {
			pause(x.delay(s.Retry[r], used[r]))
			used[r]++
			continue
		}
		return x.caught(s, scope)
	}
}

func (x *execution) caught(s statemachine.State, scope statemachine.Scope) (string, shutdown.Run, error) {
	for _, c := range s.Catch {
		if !covers(c.ErrorEquals, scope.Error.Error) {
			continue
		}
		after, err := output(c.Output, scope, scope.Input)
		if err == nil {
			err = x.assign(c.Assign, scope)
		}
		return c.Next, after, err
	}
	return "", scope.Input, fmt.Errorf("nothing catches %s", scope.Error.Error)
}

// covers reports whether a list of error names includes this one. Source: the
// Amazon States Language, on States.ALL.
func covers(names []string, name string) bool {
	return slices.Contains(names, name) || slices.Contains(names, "States.ALL")
}

// delay is the wait before the next attempt, n were made before.
func (x *execution) delay(r statemachine.Retrier, n int) time.Duration {
	d := r.Delay(n)
	if r.JitterStrategy == "FULL" {
		d = time.Duration(float64(d) * x.chance.Float64())
	}
	return d
}

// call makes one attempt of a Task.
func (x *execution) call(s statemachine.State, scope statemachine.Scope, e *end) (any, *statemachine.ErrorOutput, error) {
	v, err := statemachine.Evaluate(s.Arguments, scope)
	if err != nil {
		return nil, nil, err
	}
	arguments, ok := v.(map[string]any)
	if !ok {
		return nil, nil, fmt.Errorf("arguments are %v", v)
	}
	if !s.InvokesFunction() {
		if e.decided.IsZero() {
			e.decided = time.Now()
		}
		if entries, ok := arguments["Entries"].([]any); ok {
			e.notification = fmt.Sprint(entries[0].(map[string]any)["DetailType"]) //nolint:errcheck // a definition without it must fail loudly
		}
		return nil, x.deliver(s.Resource), nil
	}
	function := strings.Trim(fmt.Sprint(arguments["FunctionName"]), "${}")
	e.invoked[function]++
	result, failure := x.invoke(function, arguments["Payload"])
	return result, failure, nil
}

func (x *execution) assign(a statemachine.Assign, scope statemachine.Scope) error {
	next := make(map[string]any, len(x.variables))
	maps.Copy(next, x.variables)
	for name, value := range a {
		v, err := statemachine.Evaluate(value, scope)
		if err != nil {
			return err
		}
		next[name] = v
	}
	x.variables = next
	return nil
}

// output is what a state hands on: a run document, the input where it names none.
func output(value []byte, scope statemachine.Scope, input shutdown.Run) (shutdown.Run, error) {
	v, err := statemachine.Evaluate(value, scope)
	if err != nil || v == nil {
		return input, err
	}
	run, ok := v.(shutdown.Run)
	if !ok {
		return input, fmt.Errorf("the output is no run document: %v", v)
	}
	return run, nil
}

func text(value []byte, scope statemachine.Scope) (string, error) {
	v, err := statemachine.Evaluate(value, scope)
	s, ok := v.(string)
	if err == nil && !ok {
		err = fmt.Errorf("%v is no text", v)
	}
	return s, err
}

// pause lets virtual time pass.
func pause(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}
