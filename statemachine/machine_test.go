package statemachine

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"zenstop/internal/fault"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

// reach returns every state that can be reached from the given ones, which count themselves.
func reach(f *asl.Flow, from ...string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		name := from[0]
		if from = from[1:]; seen[name] || f.States[name] == nil {
			continue
		}
		seen[name] = true
		for _, e := range f.Edges(name) {
			from = append(from, e.To)
		}
	}
	return seen
}

func TestEveryTransitionLeadsSomewhere(t *testing.T) {
	for _, f := range load(t).Flows() {
		if f.States[f.StartAt] == nil {
			t.Errorf("StartAt %q is no state", f.StartAt)
		}
		for name, s := range f.States {
			edges := f.Edges(name)
			if (len(edges) == 0) != s.End() {
				t.Errorf("%s (%s) has %d transitions", name, s.Type, len(edges))
			}
			for _, e := range edges {
				if f.States[e.To] == nil {
					t.Errorf("%s leads to %q, which is no state", name, e.To)
				}
			}
		}
	}
}

func TestEveryStateIsReachable(t *testing.T) {
	for _, f := range load(t).Flows() {
		seen := reach(f, f.StartAt)
		for name := range f.States {
			if !seen[name] {
				t.Errorf("nothing leads to %s", name)
			}
		}
	}
}

func TestEveryPathCanEnd(t *testing.T) {
	for _, f := range load(t).Flows() {
		for name := range f.States {
			if !slices.ContainsFunc(slices.Collect(maps.Keys(reach(f, name))), func(n string) bool { return f.States[n].End() }) {
				t.Errorf("no end can be reached from %s", name)
			}
		}
	}
}

func TestNoFailurePathSucceeds(t *testing.T) {
	f := &load(t).Flow
	for name := range reach(f, "NotifyFailed") {
		if f.States[name].Type == "Succeed" {
			t.Errorf("a failure path reaches %s", name)
		}
	}
	for name := range reach(f, "NotifyStopped") {
		if f.States[name].Type == "Fail" {
			t.Errorf("a failed notification of a success reaches %s", name)
		}
	}
}

func TestOnlyGoodOutcomesAndPartsLeadToSuccess(t *testing.T) {
	f := &load(t).Flow
	for name := range f.States {
		for _, e := range f.Edges(name) {
			seen := reach(f, e.To)
			if seen["Failed"] || name == "NotifyStopped" || name == "SendStopped" {
				continue
			}
			want := "{% $notice.good = true %}"
			if seen["PartEnded"] {
				want = "{% $states.input.part > 0 %}"
			}
			if e.Condition != want {
				t.Errorf("%s leads to success on %q, want %q", name, e.Condition, want)
			}
		}
	}
}

// TestEveryCycleIsBounded takes the counting transitions away, and then those of the
// bounding choices: neither rest may hold a cycle.
func TestEveryCycleIsBounded(t *testing.T) {
	m := load(t)
	counts := func(e asl.Edge) bool {
		return e.Assign["rounds"] != nil && e.Assign["rounds"].Text() == "{% $rounds + 1 %}"
	}
	shrinks := func(e asl.Edge) bool { // the list of further runs, which has an end
		return e.From == "Further?" && e.Assign["further"] != nil && e.Assign["further"].Text() == "{% [$further[[1..99]]] %}"
	}
	for _, f := range m.Flows() {
		if cycle := cycle(f, func(e asl.Edge) bool { return !counts(e) && !shrinks(e) }); cycle != "" {
			t.Errorf("a cycle through %s does not count rounds", cycle)
		}
		if cycle := cycle(f, func(e asl.Edge) bool { return e.From != "Next?" && e.From != "Late?" && !shrinks(e) }); cycle != "" {
			t.Errorf("a cycle through %s passes neither Next? nor Late?", cycle)
		}
		for name := range f.States {
			for _, e := range f.Edges(name) {
				if e.Assign["rounds"] != nil && !counts(e) && name != m.StartAt {
					t.Errorf("%s sets rounds to %s", name, e.Assign["rounds"].Text())
				}
			}
		}
	}
}

// maxRounds is how many calls of functions the first choices of Next? and Late? allow.
const maxRounds = 1000

func TestTheFirstChoiceOfNextAndOfLateLeavesEveryLoop(t *testing.T) {
	f := &load(t).Flow
	for _, name := range []string{"Next?", "Late?"} {
		first := f.States[name].Choices[0]
		terms := strings.Split(strings.Trim(first.Condition.Text(), "{% }"), " or ")
		if first.Next != "Report" || !slices.Contains(terms, fmt.Sprintf("$rounds >= %d", maxRounds)) {
			t.Errorf("the first choice of %s leads to %s and asks %s", name, first.Next, first.Condition.Text())
		}
	}
	for _, e := range f.Edges("Report") {
		for name := range reach(f, e.To) {
			if name == "Report" || f.States[name].InvokesFunction() && name != "NobodyComesBack" {
				t.Errorf("from Report %s leads to %s", e.To, name)
			}
		}
	}
}

// What comes next is named by the rules; the workflow knows each by a choice, and waits else.
// The first state of Parts is Part.
func TestNextKnowsWhateverTheRulesMaySay(t *testing.T) {
	want := map[runs.Next]string{
		runs.NextReport: "Report", runs.NextParts: "Part", runs.NextWarn: "CountSubscribers", runs.NextHold: "Hold",
		runs.NextPlan: "Plan", runs.NextStop: "Stop", runs.NextWait: "Wait",
	}
	for next, state := range want {
		w := newWorld(t)
		w.plan, w.stop, w.check = fails("Zenstop.Internal", "x"), fails("Zenstop.Internal", "x"), fails("Zenstop.Internal", "x")
		w.dies = everyRun
		doc := warned(t)
		memory, _ := doc["memory"].(object)
		w.run(with(doc, object{"next": string(next), "memory": with(memory, object{"parts": []any{part(1, 3, 9000)}})}))
		if got := w.states[2]; got != state {
			t.Errorf("%s leads to %s, want %s", next, got, state)
		}
	}
}

// cycle names a state that lies on a cycle of the transitions kept.
func cycle(f *asl.Flow, keep func(asl.Edge) bool) string {
	const entered, left = 1, 2
	mark := map[string]int{}
	var visit func(string) string
	visit = func(name string) string {
		mark[name] = entered
		for _, e := range f.Edges(name) {
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
	for _, name := range slices.Sorted(maps.Keys(f.States)) {
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

// asksZenlayer reports whether the state calls a function that asks Zenlayer. One that
// reports asks nobody.
func asksZenlayer(name string, s *asl.State) bool {
	return s.InvokesFunction() && name != "Report" && name != "NobodyComesBack"
}

// mayHaveRun are the errors of Lambda after which a function may have run all the same.
var mayHaveRun = []string{"Lambda.ClientExecutionTimeoutException", "Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"}

// A final error leads to the report at once. Others may pass: then the run goes on.
func TestEveryErrorOfAFunctionIsRetriedOrFinal(t *testing.T) {
	checked := 0
	for name, s := range load(t).States {
		if !asksZenlayer(name, s) {
			continue
		}
		checked++
		var known []string
		for _, r := range s.Retry {
			known = append(known, r.ErrorEquals...)
		}
		if name == "Stop" { // what may have asked for something is not repeated before a check
			known = append(known, mayHaveRun...)
		}
		for _, c := range s.Catch {
			if name == "Stop" && slices.Equal(c.ErrorEquals, s.Retry[0].ErrorEquals) && c.Next == "Wait" {
				continue // they have asked for nothing
			}
			switch all := slices.Equal(c.ErrorEquals, []string{"States.ALL"}); {
			case all == (c.Next == "Report"):
				t.Errorf("%s: %v leads to %s", name, c.ErrorEquals, c.Next)
			case !all:
				known = append(known, c.ErrorEquals...)
			}
		}
		want := append(fault.Names(), lambdaErrors...)
		slices.Sort(want)
		slices.Sort(known)
		if !slices.Equal(known, want) {
			t.Errorf("%s\n retries, or knows as final %v\n functions and Lambda raise  %v", name, known, want)
		}
	}
	if checked != 3 {
		t.Errorf("%d states ask Zenlayer", checked)
	}
}

// A run that cannot be reported fails, and nobody comes back to what it has kept. An outage of
// the function at that moment is no reason for it. A finding of a review: half a minute was.
func TestTheCallThatReportsOutlivesAnOutageOfAQuarterOfAnHourAndGivesUpWithinThreeHours(t *testing.T) {
	checked := 0
	for name, s := range load(t).States {
		if !s.InvokesFunction() || asksZenlayer(name, s) {
			continue
		}
		checked++
		last := s.Retry[len(s.Retry)-1]
		if !slices.Equal(last.ErrorEquals, []string{"States.ALL"}) || len(s.Catch) != 1 || s.Catch[0].Next != "Unreported" {
			t.Fatalf("%s retries %v and catches %v", name, last.ErrorEquals, s.Catch)
		}
		var longest time.Duration
		for n := range last.Repetitions() {
			longest += last.Delay(n)
		}
		if mean := longest / 2; last.JitterStrategy != "FULL" || mean < 2*15*time.Minute-2*time.Minute {
			t.Errorf("%s is repeated for %s on average", name, mean)
		}
		if all := worst(s, seconds(s.TimeoutSeconds)); all > 3*time.Hour {
			t.Errorf("%s may take %s", name, all)
		}
	}
	if checked != 2 {
		t.Errorf("%d states report", checked)
	}
}

func TestEveryErrorNameIsRaisedBySomething(t *testing.T) {
	// The error of a name that is taken, on AWS (errors of a service begin with its
	// name: the AWS page of error handling) and on the local AWS.
	taken := []string{"StepFunctions.ExecutionAlreadyExistsException", "ExecutionAlreadyExists"}
	known := append(slices.Concat(fault.Names(), lambdaErrors, taken), "States.ALL", "States.Timeout")
	for _, f := range load(t).Flows() {
		for name, s := range f.States {
			for _, names := range slices.Concat(errorLists(s)) {
				for _, e := range names {
					if !slices.Contains(known, e) {
						t.Errorf("%s expects %s, which nothing raises", name, e)
					}
				}
			}
		}
	}
}

func errorLists(s *asl.State) [][]string {
	var lists [][]string
	for _, r := range s.Retry {
		lists = append(lists, r.ErrorEquals)
	}
	for _, c := range s.Catch {
		lists = append(lists, c.ErrorEquals)
	}
	return lists
}

func TestEveryTaskCatchesWhatNothingElseExpects(t *testing.T) {
	for _, f := range load(t).Flows() {
		for name, s := range f.States {
			if s.Type == "Task" && (len(s.Catch) == 0 || !slices.Equal(s.Catch[len(s.Catch)-1].ErrorEquals, []string{"States.ALL"})) {
				t.Errorf("%s does not catch States.ALL", name)
			}
			for _, names := range errorLists(s) {
				if slices.Contains(names, "States.ALL") && len(names) > 1 {
					t.Errorf("%s: States.ALL does not stand alone", name)
				}
			}
			for i := range len(s.Retry) - 1 {
				if slices.Contains(s.Retry[i].ErrorEquals, "States.ALL") {
					t.Errorf("%s: a retrier comes after the one of States.ALL", name)
				}
			}
		}
	}
}

func TestEveryVariableIsAssignedAtTheStart(t *testing.T) {
	m := load(t)
	start := m.States["Start"].Assign
	for _, f := range m.Flows() {
		for name, s := range f.States {
			for _, e := range s.Expressions() {
				for _, variable := range free(e) {
					if start[variable] == nil {
						t.Errorf("$%s is not assigned in Start; %s has %s", variable, name, e)
					}
				}
			}
		}
	}
	for variable := range start {
		if !regexp.MustCompile(`\$` + variable + `\b`).Match(Definition) {
			t.Errorf("nothing reads $%s", variable)
		}
	}
}

// free lists the variables of an expression that it does not bind itself.
func free(expression string) []string {
	bound := map[string]bool{"states": true}
	for _, m := range regexp.MustCompile(`\$(\w+) :=`).FindAllStringSubmatch(expression, -1) {
		bound[m[1]] = true
	}
	for _, m := range regexp.MustCompile(`function\(([^)]*)\)`).FindAllStringSubmatch(expression, -1) {
		for parameter := range strings.SplitSeq(m[1], ",") {
			bound[strings.TrimLeft(parameter, " $")] = true
		}
	}
	var names []string
	for _, m := range regexp.MustCompile(`\$(\w+)\b(\(?)`).FindAllStringSubmatch(expression, -1) {
		if m[2] == "" && !bound[m[1]] {
			names = append(names, m[1])
		}
	}
	return names
}

// The rules are in Go, where they are read and tested. What the definition says itself is
// bounded, all of it and its longest expression.
func TestTheDefinitionHasFewAndShortExpressions(t *testing.T) {
	const mostOfAll, longest = 3500, 600 // characters
	all := 0
	for _, match := range regexp.MustCompile(`\{%(.*?)%\}`).FindAllStringSubmatch(string(Definition), -1) {
		n := utf8.RuneCountInString(strings.TrimSpace(match[1]))
		if all += n; n > longest {
			t.Errorf("%d characters, at most %d: %s", n, longest, match[1])
		}
	}
	if all > mostOfAll || all == 0 {
		t.Errorf("all expressions have %d characters, at most %d", all, mostOfAll)
	}
}
