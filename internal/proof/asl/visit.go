package asl

import (
	"fmt"
	"maps"
	"math"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// visit is one stay in a state.
type visit struct {
	*walk
	state   *State
	scope   *scope
	entered time.Time
	caught  *Failure
}

// leave works out what the state hands on and goes to the next. An expression
// that fails ends the execution: only a Task and a Map can catch.
func (v *visit) leave(output *Value, assign Assign, next string) {
	if failure := v.pass(output, assign, next); failure != nil {
		v.fail(failure)
	}
}

// pass is leave for a state that can catch: it changes nothing where it fails.
func (v *visit) pass(output *Value, assign Assign, next string) *Failure {
	out, failure := v.output(output)
	if failure != nil {
		return failure
	}
	variables := v.variables
	if len(assign) > 0 {
		variables = maps.Clone(v.variables)
		for name, value := range assign {
			given, err := value.decoded(v.scope)
			if err != nil {
				return queryFailure("Assign "+name, err)
			}
			variables[name] = given
		}
	}
	v.variables = variables
	v.told(out.text, next)
	v.input, v.name = out, next
	return nil
}

// output is the state's Output, by default the result of a Task, the error that
// was caught, or the input.
func (v *visit) output(output *Value) (out *document, failure *Failure) {
	var err error
	switch {
	case !output.absent():
		out, err = output.document(v.scope)
	case v.scope.failure != nil:
		out = new(document)
		out.text, err = encode(v.scope.failure)
	case v.scope.result != nil:
		out = v.scope.result
	default:
		out = v.input
	}
	if err != nil {
		return nil, queryFailure("Output", err)
	}
	return out, tooLarge("the output", len(out.text))
}

func (v *visit) told(out jsontext.Value, next string) {
	v.env.Left(Step{State: v.name, Entered: v.entered, Input: v.input.text, Output: out, Next: next, Caught: v.caught})
}

func (v *visit) choose() {
	var absent Value
	for i := range v.state.Choices {
		c := &v.state.Choices[i]
		yes, failure := v.holds(&c.Condition)
		if failure != nil {
			v.fail(failure)
			return
		}
		if yes {
			v.leave(&absent, c.Assign, c.Next)
			return
		}
	}
	v.leave(&v.state.Output, v.state.Assign, v.state.Default)
}

func (v *visit) holds(condition *Value) (bool, *Failure) {
	value, err := condition.decoded(v.scope)
	if err != nil {
		return false, queryFailure("Condition", err)
	}
	yes, ok := value.(bool)
	if !ok {
		return false, &Failure{errQuery, fmt.Sprintf("Condition: %s is %v, neither true nor false", condition.Text(), value)}
	}
	return yes, nil
}

func (v *visit) wait() {
	d, failure := v.length()
	if failure != nil {
		v.fail(failure)
		return
	}
	v.pause(d)
	v.scope.now = v.env.Now()
	v.leave(&v.state.Output, v.state.Assign, v.state.Next)
}

// length is how long a Wait lasts from now on.
func (v *visit) length() (time.Duration, *Failure) {
	if !v.state.Timestamp.absent() {
		return v.until()
	}
	value, err := v.state.Seconds.decoded(v.scope)
	if err != nil {
		return 0, queryFailure("Seconds", err)
	}
	seconds, ok := number(value)
	if !ok || seconds < 0 || seconds != math.Trunc(seconds) {
		return 0, &Failure{errQuery, fmt.Sprintf("Seconds: %s is %v, no whole number from 0", v.state.Seconds.Text(), value)}
	}
	return time.Duration(seconds) * time.Second, nil
}

func (v *visit) until() (time.Duration, *Failure) {
	value, err := v.state.Timestamp.decoded(v.scope)
	if err != nil {
		return 0, queryFailure("Timestamp", err)
	}
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return 0, &Failure{errQuery, fmt.Sprintf("Timestamp: %s is %v, no time as in RFC 3339", v.state.Timestamp.Text(), value)}
	}
	return at.Sub(v.env.Now()), nil
}

// pause lets time pass, but not beyond the end of the execution's time.
func (v *visit) pause(d time.Duration) {
	if d = min(d, v.deadline.Sub(v.env.Now())); d > 0 {
		v.env.Wait(d)
	}
}

// number reads the kinds of number that the JSONata library yields.
func number(value any) (float64, bool) {
	switch n := value.(type) {
	case float64:
		return n, true
	case int:
		return float64(n), true
	case int64:
		return float64(n), true
	}
	return 0, false
}

func (v *visit) succeed() {
	out, failure := v.output(&v.state.Output)
	if failure != nil {
		v.fail(failure)
		return
	}
	v.told(out.text, "")
	v.ended = &End{Status: Succeeded, Output: out.text}
}

func (v *visit) failed() {
	var texts [2]string
	for i, field := range []*Value{&v.state.Error, &v.state.Cause} {
		if field.absent() {
			continue
		}
		value, err := field.decoded(v.scope)
		if err != nil {
			v.fail(queryFailure("Error and Cause", err))
			return
		}
		texts[i] = fmt.Sprint(value)
	}
	v.told(nil, "")
	v.fail(&Failure{texts[0], texts[1]})
}
