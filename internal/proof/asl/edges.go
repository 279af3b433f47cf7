package asl

import (
	"maps"
	"slices"
	"strings"
)

// Edge is a transition from one state to another.
type Edge struct {
	From, To  string
	Condition string   // of a rule of a Choice; empty for its Default and for other states
	Comment   string   // of a rule of a Choice
	Errors    []string // of a catcher
	Assign    Assign   // what changes on the way
}

// End reports whether an execution, or an iteration of a Map, ends in the state.
func (s *State) End() bool { return s.Type == "Succeed" || s.Type == "Fail" }

// InvokesFunction reports whether the state calls a Lambda function.
func (s *State) InvokesFunction() bool { return strings.HasSuffix(s.Resource, invoke) }

// Edges lists the transitions that leave the state of this name.
func (f *Flow) Edges(name string) []Edge {
	s := f.States[name]
	var edges []Edge
	for _, c := range s.Choices {
		edges = append(edges, Edge{From: name, To: c.Next, Condition: c.Condition.Text(), Comment: c.Comment, Assign: c.Assign})
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

// Flows lists the machine's own states first, and then the states inside each
// of its Maps.
func (m *Machine) Flows() []*Flow {
	flows := []*Flow{&m.Flow}
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		if p := m.States[name].ItemProcessor; p != nil {
			flows = append(flows, &p.Flow)
		}
	}
	return flows
}

// Expressions lists the text of each expression of the state, without `{% %}`.
func (s *State) Expressions() []string {
	var all []string
	for _, v := range s.values() {
		all = append(all, v.expressions()...)
	}
	return all
}

func (s *State) values() []*Value {
	all := []*Value{&s.Seconds, &s.Timestamp, &s.Arguments, &s.Items, &s.ItemSelector, &s.Output, &s.Error, &s.Cause}
	for i := range s.Choices {
		all = append(all, &s.Choices[i].Condition)
	}
	for i := range s.Catch {
		all = append(all, &s.Catch[i].Output)
	}
	for _, a := range s.assigns() {
		for _, name := range slices.Sorted(maps.Keys(a)) {
			all = append(all, a[name])
		}
	}
	return all
}

func (s *State) assigns() []Assign {
	all := []Assign{s.Assign}
	for _, c := range s.Choices {
		all = append(all, c.Assign)
	}
	for _, c := range s.Catch {
		all = append(all, c.Assign)
	}
	return all
}
