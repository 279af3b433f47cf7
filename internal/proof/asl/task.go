package asl

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// invoke ends the resource of a Task that calls a Lambda function, in every partition.
const invoke = ":states:::lambda:invoke"

// Retrier repeats a failed Task. Fields that are left out have the defaults of the
// Amazon States Language.
type Retrier struct {
	ErrorEquals     []string
	IntervalSeconds int     // default 1
	BackoffRate     float64 // default 2; only the delays after the first depend on it
	MaxDelaySeconds int     // of one delay; default: no limit
	MaxAttempts     *int    // repetitions; 0: none; default 3
	JitterStrategy  string  // FULL: by chance between 0 and the delay
}

// Repetitions is how often the Task is tried again at most.
func (r Retrier) Repetitions() int {
	if r.MaxAttempts == nil {
		return 3
	}
	return *r.MaxAttempts
}

// Delay is the wait before the next attempt, n were repeated before; with jitter
// it is the longest.
func (r Retrier) Delay(n int) time.Duration {
	delay := float64(cmp.Or(r.IntervalSeconds, 1))
	for range n {
		delay *= cmp.Or(r.BackoffRate, 2)
	}
	if most := float64(r.MaxDelaySeconds); most > 0 {
		delay = min(delay, most)
	}
	return time.Duration(delay * float64(time.Second))
}

// try makes attempts until one works or no retrier wants another, and then
// leaves the state or hands the error to a catcher. An attempt that fails leaves
// no result behind.
func (v *visit) try(attempt func() *Failure) {
	repeated := make([]int, len(v.state.Retry))
	for {
		failure := attempt()
		if failure == nil {
			v.scope.now = v.env.Now()
			failure = v.pass(&v.state.Output, v.state.Assign, v.state.Next)
		}
		if failure == nil {
			return
		}
		v.scope.result, v.scope.payload = nil, nil
		if !v.again(failure, repeated) {
			v.catch(failure)
			return
		}
	}
}

// again waits for the next attempt where a retrier wants one.
func (v *visit) again(failure *Failure, repeated []int) bool {
	for i, r := range v.state.Retry {
		if !covers(r.ErrorEquals, failure.Error) {
			continue
		}
		if repeated[i] >= r.Repetitions() {
			return false
		}
		delay := r.Delay(repeated[i])
		if r.JitterStrategy == "FULL" {
			delay = time.Duration(float64(delay) * v.env.Chance())
		}
		repeated[i]++
		v.pause(delay)
		return v.env.Now().Before(v.deadline)
	}
	return false
}

// catch goes where the first catcher of the error leads; without one the
// execution ends with the error.
func (v *visit) catch(failure *Failure) {
	v.scope.failure, v.scope.now, v.caught = failure.output(), v.env.Now(), failure
	for i := range v.state.Catch {
		c := &v.state.Catch[i]
		if covers(c.ErrorEquals, failure.Error) {
			v.leave(&c.Output, c.Assign, c.Next)
			return
		}
	}
	v.fail(failure)
}

// task makes one attempt of a Task.
func (v *visit) task(ctx context.Context) *Failure {
	began := v.env.Now()
	v.scope.now = began
	arguments, failure := v.arguments()
	if failure != nil {
		return failure
	}
	v.events.Add(4) // scheduled, started, submitted, succeeded or failed
	limit := min(v.state.timeout(), v.deadline.Sub(began))
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	result, failure := v.env.Task(ctx, v.state.Resource, arguments)
	if v.env.Now().Sub(began) >= limit {
		return &Failure{errTimeout, fmt.Sprintf("the task took %s or more", limit)}
	}
	if failure != nil {
		return failure
	}
	v.scope.result = &document{text: result}
	if v.state.InvokesFunction() {
		v.scope.payload = v.scope.result
		v.scope.result = &document{text: slices.Concat([]byte(`{"Payload":`), result, []byte(`}`))}
	}
	return tooLarge("the result", len(result))
}

// arguments are those of a Task; a state without any has none.
func (v *visit) arguments() (Arguments, *Failure) {
	members, _ := v.state.Arguments.compiled.(map[string]any)
	arguments, size := make(Arguments, len(members)), 2
	for name, member := range members {
		value, err := workOut(member, v.scope)
		if err != nil {
			return nil, queryFailure("Arguments "+name, err)
		}
		arguments[name] = value
		size += len(name) + len(value) + 4
	}
	return arguments, tooLarge("what the task is given", size)
}
