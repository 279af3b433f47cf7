package asl

import (
	"context"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Env is the world of an execution. Only Task is required.
type Env struct {
	// Task makes one attempt of a Task state. For a function (resource
	// arn:…:states:::lambda:invoke) it returns what the function returned,
	// for other services the whole result, as JSON. The context ends when the
	// state's TimeoutSeconds are over; Task then returns, and its result counts
	// as States.Timeout.
	Task func(ctx context.Context, resource string, arguments Arguments) (result []byte, failure *Failure)

	Now      func() time.Time           // default: time.Now
	Wait     func(d time.Duration)      // lets this much of Now's time pass; default: a timer
	Chance   func() float64             // from 0 to below 1, for JitterStrategy FULL; default: always 1, the longest delay
	Parallel func(n int, f func(i int)) // calls f with 0 to n-1 and waits; default: a goroutine for each

	// Left is told each transition, also of the states inside a Map, whose
	// iterations may call it at the same time. Default: nobody is told.
	Left func(Step)

	// Worked is told each expression that was worked out, and what it has yielded. What
	// hands a whole document on is not worked out. Default: nobody is told.
	Worked func(Evaluation)
}

// Evaluation is one expression that was worked out.
type Evaluation struct {
	Text      string         `json:"text"`   // without {% and %}
	States    map[string]any `json:"states"` // as far as the expression looks at it
	Variables map[string]any `json:"variables"`
	Millis    int64          `json:"millis"`
	Value     any            `json:"value"` // nil where it failed, and for null
	Failed    bool           `json:"failed"`
}

// Arguments are the Arguments of a Task, each worked out to JSON.
type Arguments map[string]jsontext.Value

// Text is the argument of this name where it is a string, else empty.
func (a Arguments) Text(name string) string {
	s, _ := text(a[name])
	return s
}

// Failure is the error that a Task ended with. The Cause of a function's error
// is JSON with errorType and errorMessage.
type Failure struct{ Error, Cause string }

// Step is one transition.
type Step struct {
	State   string
	Entered time.Time
	Input   []byte
	Output  []byte
	Next    string   // empty where the state ends the execution or the iteration
	Caught  *Failure // the error that a catcher led away
}

// The ends of an execution.
const (
	Succeeded = "SUCCEEDED"
	Failed    = "FAILED"
	TimedOut  = "TIMED_OUT"
)

// Execution is what an execution starts with.
type Execution struct {
	Name    string
	ID      string // its ARN; $states.context.Execution.Id
	Machine string // the ARN of its machine; $states.context.StateMachine.Id
	Input   []byte

	// From is the state with which it goes on, with these variables: the State, Input and Variables
	// of an [End] make an execution go on where that one was broken off. Empty: it begins.
	From      string
	Variables map[string]any
}

// End is how an execution ended.
type End struct {
	Status       string         // Succeeded, Failed or TimedOut
	Error, Cause string         // of a failure
	Output       []byte         // of a success
	State        string         // the last one
	Input        []byte         // of the last state
	Variables    map[string]any // as JSON is decoded
	Events       int            // of the history, estimated from above
}

func (e Env) withDefaults() Env {
	if e.Now == nil {
		e.Now = time.Now
	}
	if e.Wait == nil {
		e.Wait = func(d time.Duration) { <-time.After(d) }
	}
	if e.Chance == nil {
		e.Chance = func() float64 { return 1 }
	}
	if e.Parallel == nil {
		e.Parallel = parallel
	}
	if e.Left == nil {
		e.Left = func(Step) {}
	}
	return e
}

func parallel(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}
