package statemachine

import (
	"bytes"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"zenstop/internal/asl"
	"zenstop/internal/fault"
	"zenstop/internal/shutdown"
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
			want := "{% $states.input.outcome in ['STOPPED', 'PLANNED', 'SKIPPED'] %}"
			if seen["PartEnded"] {
				want = "{% $exists($states.input.part) and $states.input.part > 0 %}"
			}
			if e.Condition != want {
				t.Errorf("%s leads to success on %q", name, e.Condition)
			}
		}
	}
}

// TestEveryCycleIsBounded takes the counting transitions away, and then the
// bounding choice: neither rest may hold a cycle.
func TestEveryCycleIsBounded(t *testing.T) {
	m := load(t)
	counts := func(e asl.Edge) bool {
		return e.Assign["rounds"] != nil && e.Assign["rounds"].Text() == "{% $rounds + 1 %}"
	}
	for _, f := range m.Flows() {
		if cycle := cycle(f, func(e asl.Edge) bool { return !counts(e) }); cycle != "" {
			t.Errorf("a cycle through %s does not count rounds", cycle)
		}
		if cycle := cycle(f, func(e asl.Edge) bool { return e.From != "Decided?" }); cycle != "" {
			t.Errorf("a cycle through %s does not pass Decided?", cycle)
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

// maxRounds is how many calls of functions the second choice of Decided? allows.
const maxRounds = 1000

// The first choice of Decided? ends a run that is decided, the second one at
// maxRounds calls. Only what comes after them can lead back.
func TestTheSecondChoiceOfDecidedLeavesEveryLoop(t *testing.T) {
	f := &load(t).Flow
	choices := f.States["Decided?"].Choices
	for _, c := range choices[:2] {
		if reach(f, c.Next)["Decided?"] {
			t.Errorf("%s leads back to Decided?", c.Next)
		}
	}
	if got := choices[1].Condition.Text(); !strings.HasPrefix(got, "{% $rounds >= 1000 or ") {
		t.Errorf("the second choice asks %s", got)
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

// finalErrors are those that the second choice of Decided? names.
func finalErrors(t *testing.T) []string {
	t.Helper()
	list := regexp.MustCompile(`\$failure\.Error in \[(.*?)\]`).FindStringSubmatch(load(t).States["Decided?"].Choices[1].Condition.Text())
	if list == nil {
		t.Fatal("Decided? names no errors")
	}
	return strings.Split(strings.ReplaceAll(list[1], "'", ""), ", ")
}

func TestEveryErrorOfAFunctionIsRetriedOrFinal(t *testing.T) {
	final := finalErrors(t)
	for name, s := range load(t).States {
		if !s.InvokesFunction() {
			continue
		}
		var retried []string
		for _, r := range s.Retry {
			retried = append(retried, r.ErrorEquals...)
		}
		want, got := append(fault.Names(), lambdaErrors...), slices.Concat(retried, final)
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s\n retries, or knows as final %v\n functions and Lambda raise  %v", name, got, want)
		}
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
		if !bytes.Contains(Definition, []byte("$"+variable)) {
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

func TestTheGoodVerdictsAreThoseOfTheRules(t *testing.T) {
	var want []string
	for _, v := range shutdown.Verdicts() {
		if v.Good() {
			want = append(want, `"`+string(v)+`"`)
		}
	}
	if got := load(t).States["Start"].Assign["goodVerdicts"].Text(); got != "["+strings.Join(want, ", ")+"]" {
		t.Errorf("goodVerdicts is %s, the rules have %v", got, want)
	}
}
