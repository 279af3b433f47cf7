// Package asl interprets a state machine of Step Functions: the part of the
// Amazon States Language that this project's workflow uses, with JSONata as its
// query language. It knows nothing of what the workflow is for. The services
// that a machine calls, its clock and its chance come from [Env], so that a test
// or a campaign can run the very definition that is deployed, in virtual time.
//
// Sources: https://states-language.net/spec.html, and the AWS pages of Step
// Functions on JSONata, on variables, on error handling and on quotas.
package asl

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// Machine is a definition whose expressions are compiled. It does not change
// after [Parse], and any number of executions may use it at once.
type Machine struct {
	Flow
	Comment        string
	QueryLanguage  string // JSONata, always
	TimeoutSeconds int    // of an execution; 0: no limit
}

// Flow is a set of states and the first of them: a machine, or what a Map state
// does for each item.
type Flow struct {
	StartAt string
	States  map[string]*State
}

// State is one state. Fields that its Type does not have are empty.
type State struct {
	Type           string // Pass, Choice, Task, Wait, Map, Succeed or Fail
	Comment        string
	Resource       string // of a Task
	TimeoutSeconds int    // of a Task; 0: no limit
	Seconds        Value  // of a Wait, or Timestamp
	Timestamp      Value  // the time until which a Wait lasts, RFC 3339
	Choices        []Choice
	Default        string // of a Choice; the language lets it be absent, Parse does not
	Arguments      Value  // of a Task
	Items          Value  // of a Map: the array that it goes through
	ItemSelector   Value  // of a Map: the input of an iteration; the item itself where it is absent
	ItemProcessor  *ItemProcessor
	Retry          []Retrier
	Catch          []Catcher
	Assign         Assign
	Output         Value
	Error, Cause   Value // of a Fail
	Next           string
}

// ItemProcessor is what a Map state does for each item, inside the same execution.
type ItemProcessor struct {
	Flow
	ProcessorConfig struct{ Mode string } // INLINE, always
}

// Assign holds the new value of each variable that it names.
type Assign map[string]*Value

// Choice is one rule; of several the first whose Condition is true counts.
type Choice struct {
	Comment   string
	Condition Value
	Assign    Assign
	Next      string
}

// Catcher goes on where retries have not helped.
type Catcher struct {
	ErrorEquals []string
	Output      Value // the error output where it is absent
	Assign      Assign
	Next        string
}

// Parse reads a definition and compiles its expressions. A field that this
// package does not know is an error, so that nothing in a definition goes unread.
func Parse(text []byte) (*Machine, error) {
	m := new(Machine)
	if err := json.Unmarshal(text, m, json.RejectUnknownMembers(true)); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	if m.QueryLanguage != "JSONata" {
		return nil, errors.New("definition: its QueryLanguage is not JSONata")
	}
	if err := m.prepare(nil); err != nil {
		return nil, fmt.Errorf("definition: %w", err)
	}
	return m, nil
}

// prepare checks the states and compiles their expressions; outer lists the
// variables that the states can read and must not assign.
func (f *Flow) prepare(outer []string) error {
	own := map[string]bool{}
	for _, s := range f.States {
		for _, a := range s.assigns() {
			for name := range a {
				own[name] = true
			}
		}
	}
	for _, name := range outer {
		if own[name] {
			return fmt.Errorf("a state inside a Map assigns the outer variable %s", name)
		}
	}
	variables := slices.Sorted(maps.Keys(own))
	for _, name := range slices.Sorted(maps.Keys(f.States)) {
		if err := f.States[name].prepare(slices.Concat(variables, outer)); err != nil {
			return fmt.Errorf("state %s: %w", name, err)
		}
	}
	return nil
}

func (s *State) prepare(variables []string) error {
	for _, v := range s.values() {
		if err := v.compile(variables); err != nil {
			return err
		}
	}
	if s.Type == "Choice" && s.Default == "" {
		return errors.New("a Choice without Default")
	}
	if s.ItemProcessor == nil {
		return nil
	}
	if mode := s.ItemProcessor.ProcessorConfig.Mode; mode != "INLINE" {
		return fmt.Errorf("a Map of the mode %q", mode)
	}
	return s.ItemProcessor.prepare(variables)
}

// timeout is the longest that one attempt of a Task may take.
func (s *State) timeout() time.Duration {
	if s.TimeoutSeconds == 0 {
		return noLimit
	}
	return time.Duration(s.TimeoutSeconds) * time.Second
}

// noLimit is longer than any execution.
const noLimit = 10 * 365 * 24 * time.Hour
