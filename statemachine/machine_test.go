package statemachine

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"zenstop/internal/fault"
)

func load(t *testing.T) Machine {
	t.Helper()
	m, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// reach returns every state that can be reached from the given ones, which count themselves.
func (m Machine) reach(from ...string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		name := from[0]
		if from = from[1:]; seen[name] {
			continue
		}
		seen[name] = true
		for _, e := range m.Edges(name) {
			from = append(from, e.To)
		}
	}
	return seen
}

func TestEveryTransitionLeadsSomewhere(t *testing.T) {
	m := load(t)
	if _, ok := m.States[m.StartAt]; !ok {
		t.Errorf("StartAt %q is no state", m.StartAt)
	}
	for name, s := range m.States {
		edges := m.Edges(name)
		if (len(edges) == 0) != s.End() {
			t.Errorf("%s (%s) has %d transitions", name, s.Type, len(edges))
		}
		for _, e := range edges {
			if _, ok := m.States[e.To]; !ok {
				t.Errorf("%s leads to %q, which is no state", name, e.To)
			}
		}
		if s.Type == "Choice" && s.Default == "" {
			t.Errorf("%s has no Default", name)
		}
	}
}

func TestEveryStateIsReachable(t *testing.T) {
	m := load(t)
	seen := m.reach(m.StartAt)
	for name := range m.States {
		if !seen[name] {
			t.Errorf("nothing leads to %s", name)
		}
	}
}

func TestEveryPathCanEnd(t *testing.T) {
	m := load(t)
	for name := range m.States {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(m.reach(name))), func(n string) bool { return m.States[n].End() }) {
			t.Errorf("no end can be reached from %s", name)
		}
	}
}

func TestNoFailurePathSucceeds(t *testing.T) {
	m := load(t)
	for name := range m.reach("GiveUp", "NotifyFailed", "SendFailed", "Failed") {
		if m.States[name].Type == "Succeed" {
			t.Errorf("a failure path reaches %s", name)
		}
	}
	for name := range m.reach("NotifyStopped", "SendStopped") {
		if m.States[name].Type == "Fail" {
			t.Errorf("a failed notification of a success reaches %s", name)
		}
	}
}

func TestOnlyGoodOutcomesLeadToSuccess(t *testing.T) {
	m := load(t)
	for name := range m.States {
		for _, e := range m.Edges(name) {
			good := m.reach(e.To)["Stopped"] && !m.reach(e.To)["Failed"]
			if !good || name == "NotifyStopped" || name == "SendStopped" {
				continue
			}
			if e.Condition != "{% $states.input.outcome in ['STOPPED', 'PLANNED', 'SKIPPED'] %}" {
				t.Errorf("%s leads to success on %q", name, e.Condition)
			}
		}
	}
}

// TestEveryCycleIsBounded takes the counting transitions away, and then the
// bounding choices: neither rest may hold a cycle.
func TestEveryCycleIsBounded(t *testing.T) {
	m := load(t)
	counts := func(e Edge) bool { return string(e.Assign["rounds"]) == `"{% $rounds + 1 %}"` }
	if cycle := m.cycle(func(e Edge) bool { return !counts(e) }); cycle != "" {
		t.Errorf("a cycle through %s does not count rounds", cycle)
	}
	if cycle := m.cycle(func(e Edge) bool { return !m.bounds(e.From) }); cycle != "" {
		t.Errorf("a cycle through %s passes no choice that bounds $rounds", cycle)
	}
	for name := range m.States {
		for _, e := range m.Edges(name) {
			if e.Assign["rounds"] != nil && !counts(e) && name != m.StartAt {
				t.Errorf("%s sets rounds to %s", name, e.Assign["rounds"])
			}
		}
	}
}

// bounds reports whether the first choice of the state leaves every loop once
// $rounds is 1,000 while the run still waits; only a waiting run goes round.
func (m Machine) bounds(name string) bool {
	s := m.States[name]
	if s.Type != "Choice" || len(s.Choices) == 0 || m.reach(s.Choices[0].Next)[name] {
		return false
	}
	c, _ := Expression(s.Choices[0].Condition)
	rest, ok := strings.CutSuffix(c, "$rounds >= 1000")
	return ok && (rest == "" || rest == "$states.input.outcome = 'WAITING' and ")
}

// cycle names a state that lies on a cycle of the transitions kept.
func (m Machine) cycle(keep func(Edge) bool) string {
	const entered, left = 1, 2
	mark := map[string]int{}
	var visit func(string) string
	visit = func(name string) string {
		mark[name] = entered
		for _, e := range m.Edges(name) {
			if !keep(e) || mark[e.To] == left {
				continue
			}
			if mark[e.To] == entered {
				return e.To
			}
			if found := visit(e.To); found != "" {
				return found
			}
		}
		mark[name] = left
		return ""
	}
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		if mark[name] == 0 {
			if found := visit(name); found != "" {
				return found
			}
		}
	}
	return ""
}

// Source: the AWS page of Lambda with Step Functions, on transient errors.
var lambdaErrors = []string{
	"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.AWSLambdaException",
	"Lambda.SdkClientException", "Lambda.TooManyRequestsException",
}

func TestEveryErrorNameIsRaisedBySomething(t *testing.T) {
	m := load(t)
	known := append(slices.Concat(fault.Names(), lambdaErrors), "States.ALL", "States.Timeout", "States.TaskFailed")
	for name, s := range m.States {
		for _, names := range s.errorLists() {
			for _, e := range names {
				if !slices.Contains(known, e) {
					t.Errorf("%s expects %s, which nothing raises", name, e)
				}
			}
		}
	}
}

func (s State) errorLists() [][]string {
	var lists [][]string
	for _, r := range s.Retry {
		lists = append(lists, r.ErrorEquals)
	}
	for _, c := range s.Catch {
		lists = append(lists, c.ErrorEquals)
	}
	return lists
}

func TestEveryFunctionErrorIsExpectedByName(t *testing.T) {
	m := load(t)
	for name, s := range m.States {
		if !s.InvokesFunction() {
			continue
		}
		expected := slices.Concat(s.errorLists()...)
		for _, e := range append(fault.Names(), lambdaErrors...) {
			if !slices.Contains(expected, e) {
				t.Errorf("%s does not expect %s", name, e)
			}
		}
	}
}

func TestStatesAllStandsAloneAndLast(t *testing.T) {
	m := load(t)
	for name, s := range m.States {
		var retry, catch [][]string
		for _, r := range s.Retry {
			retry = append(retry, r.ErrorEquals)
		}
		for _, c := range s.Catch {
			catch = append(catch, c.ErrorEquals)
		}
		for _, lists := range [][][]string{retry, catch} {
			for i, names := range lists {
				if slices.Contains(names, "States.ALL") && (len(names) > 1 || i < len(lists)-1) {
					t.Errorf("%s: States.ALL is not alone and last", name)
				}
			}
		}
		if s.Type == "Task" && (len(catch) == 0 || !slices.Equal(catch[len(catch)-1], []string{"States.ALL"})) {
			t.Errorf("%s does not catch States.ALL", name)
		}
	}
}
