// Package statemachine reads the definition of StopWorkflow, so that tests and
// the campaign work on the very file that is deployed. Definition fields: the
// Amazon States Language, https://states-language.net/spec.html, and the AWS
// pages of JSONata in Step Functions.
package asl

import (
	"cmp"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

//go:embed stop-instances.asl.json
var definition []byte

// Machine is a definition.
type Machine struct {
	Comment        string
	QueryLanguage  string
	StartAt        string
	TimeoutSeconds int // of an execution
	States         map[string]State
}

// State is one state. Fields that its Type does not have are empty.
type State struct {
	Type           string // Pass, Choice, Task, Wait, Succeed or Fail
	Comment        string
	Resource       string         // of a Task
	TimeoutSeconds int            // of a Task
	Seconds        jsontext.Value // of a Wait: a number or an expression
	Choices        []Choice
	Default        string
	Retry          []Retrier
	Catch          []Catcher
	Assign         Assign
	Output         jsontext.Value
	Arguments      jsontext.Value
	Error, Cause   jsontext.Value // of a Fail
	Next           string
}

// Assign holds the new value of each variable that it names: JSON in which
// strings may be expressions.
type Assign map[string]jsontext.Value

// Choice is one rule; of several the first whose Condition is true counts.
type Choice struct {
	Condition string
	Assign    Assign
	Next      string
}

// Retrier repeats a failed Task.
type Retrier struct {
	ErrorEquals     []string
	IntervalSeconds int
	BackoffRate     float64 // 0: the default, 2; only the delays after the first depend on it
	MaxAttempts     int
	JitterStrategy  string // FULL: by chance between 0 and the delay
}

// Catcher goes on where retries have not helped.
type Catcher struct {
	ErrorEquals []string
	Output      jsontext.Value
	Assign      Assign
	Next        string
}

// Delay is the wait before the next attempt, n were repeated before; with jitter
// it is the longest.
func (r Retrier) Delay(n int) time.Duration {
	delay := float64(r.IntervalSeconds)
	for range n {
		delay *= cmp.Or(r.BackoffRate, 2)
	}
	return time.Duration(delay * float64(time.Second))
}

// Load parses the definition of StopWorkflow. A field that this package does not
// know is an error: nothing in the definition goes unread.
func Load() (Machine, error) { return parse(definition) }

func parse(text []byte) (Machine, error) {
	var m Machine
	if err := json.Unmarshal(text, &m, json.RejectUnknownMembers(true)); err != nil {
		return Machine{}, fmt.Errorf("definition: %w", err)
	}
	return m, nil
}

// End reports whether an execution ends here.
func (s State) End() bool { return s.Type == "Succeed" || s.Type == "Fail" }

// InvokesFunction reports whether the state calls one of the Lambda functions.
func (s State) InvokesFunction() bool { return s.Resource == "arn:aws:states:::lambda:invoke" }

// Edge is a transition, with the variables that are assigned on its way.
type Edge struct {
	From, To  string
	Condition string // of a Choice; empty for others and for its Default
	Errors    []string
	Assign    Assign
}

// Edges lists the transitions that leave the state of this name.
func (m Machine) Edges(name string) []Edge {
	s := m.States[name]
	var edges []Edge
	for _, c := range s.Choices {
		edges = append(edges, Edge{From: name, To: c.Next, Condition: c.Condition, Assign: c.Assign})
	}
	if s.Default != "" {
		edges = append(edges, Edge{From: name, To: s.Default, Assign: s.Assign})
	}
	if s.Next != "" {
		edges = append(edges, Edge{From: name, To: s.Next, Assign: s.Assign})
	}
	for _, c := range s.Catch {
		edges = append(edges, Edge{From: name, To: c.Next, Errors: c.ErrorEquals, Assign: c.Assign})
	}
	return edges
}

// Expression cuts `{% … %}` off; ok is false where the text is no expression.
func Expression(text string) (expression string, ok bool) {
	inner, ok := strings.CutPrefix(text, "{%")
	if !ok {
		return "", false
	}
	inner, ok = strings.CutSuffix(inner, "%}")
	return strings.TrimSpace(inner), ok
}
