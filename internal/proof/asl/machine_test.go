package asl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse reads a machine of these states; the first name is where it starts.
func parse(t *testing.T, start, states string) *Machine {
	t.Helper()
	m, err := Parse(definition(start, states))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func definition(start, states string) []byte {
	return fmt.Appendf(nil, `{"QueryLanguage": "JSONata", "StartAt": %q, "TimeoutSeconds": 1000, "States": {%s}}`, start, states)
}

// trial runs a machine with a clock of its own.
type trial struct {
	now    time.Time
	waited []time.Duration
	steps  []string // what Left was told
	task   func(resource string, arguments Arguments) (string, *Failure)
	chance func() float64
}

func (r *trial) env() Env {
	r.now = time.Unix(1_800_000_000, 0)
	return Env{
		Task: func(_ context.Context, resource string, arguments Arguments) ([]byte, *Failure) {
			result, failure := r.task(resource, arguments)
			return []byte(result), failure
		},
		Now:    func() time.Time { return r.now },
		Wait:   func(d time.Duration) { r.waited, r.now = append(r.waited, d), r.now.Add(d) },
		Chance: r.chance,
		Parallel: func(n int, f func(int)) {
			for i := range n {
				f(i)
			}
		},
		Left: func(s Step) {
			r.steps = append(r.steps, fmt.Sprintf("%s %s -> %s %s", s.State, s.Input, s.Next, s.Output))
		},
	}
}

func (r *trial) run(t *testing.T, m *Machine, input string) End {
	t.Helper()
	end, err := m.Run(t.Context(), r.env(), Execution{Name: "one", ID: "arn:one", Machine: "arn:machine", Input: []byte(input)})
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// outcome is how an execution ended, in one line.
func outcome(e End) string {
	if e.Status == Succeeded {
		return string(e.Output)
	}
	return strings.TrimSpace(e.Status + " " + e.Error + " " + e.Cause)
}

func TestADefinitionThatCannotBeRunAsOnAWSIsRefused(t *testing.T) {
	for why, states := range map[string]string{
		`unknown object member name "Branches"`:             `"A": {"Type": "Parallel", "Branches": []}`,
		"a Choice without Default":                          `"A": {"Type": "Choice", "Choices": []}`,
		"uses ~>":                                           `"A": {"Type": "Pass", "Output": "{% 1 ~> $string %}"}`,
		"state A: the expression $sum(":                     `"A": {"Type": "Pass", "Output": "{% $sum( %}"}`,
		`a Map of the mode ""`:                              `"A": {"Type": "Map", "ItemProcessor": {}}`,
		"a state inside a Map assigns the outer variable n": `"A": {"Type": "Map", "Assign": {"n": 1}, "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "States": {"B": {"Type": "Pass", "Assign": {"n": 2}}}}}`,
		"state B: the expression $undefined[":               `"A": {"Type": "Map", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "States": {"B": {"Type": "Pass", "Output": ["{% $undefined[ %}"]}}}}`,
	} {
		if _, err := Parse(definition("A", states)); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s\n got %v\nwant %s", states, err, why)
		}
	}
	if _, err := Parse([]byte(`{"States": {}}`)); err == nil {
		t.Error("a definition in JSONPath is read")
	}
}

func TestAStateHandsOnWhatItsOutputSays(t *testing.T) {
	for about, c := range map[string]struct{ states, want string }{
		"its input where it has no Output": {`"A": {"Type": "Pass", "Next": "E"}, "E": {"Type": "Succeed"}`, `{"n": 1}`},
		"the Output of a Pass":             {`"A": {"Type": "Pass", "Output": {"b": ["{% $states.input.n + 1 %}", "x.y"], "a": null}, "Next": "E"}, "E": {"Type": "Succeed"}`, `{"a":null,"b":[2,"x.y"]}`},
		"the Output of a Succeed":          {`"A": {"Type": "Succeed", "Output": "{% 'n is ' & $states.input.n & '.' %}"}`, `"n is 1."`},
		"the Output of a Choice":           {`"A": {"Type": "Choice", "Choices": [{"Condition": "{% false %}", "Next": "A"}], "Default": "E", "Output": 7}, "E": {"Type": "Succeed"}`, `7`},
		"the Output of a Wait":             {`"A": {"Type": "Wait", "Seconds": 1, "Output": 8, "Next": "E"}, "E": {"Type": "Succeed"}`, `8`},
		"the context":                      {`"A": {"Type": "Succeed", "Output": "{% $states.context.Execution.Name & ' ' & $states.context.Execution.Id & ' ' & $states.context.StateMachine.Id %}"}`, `"one arn:one arn:machine"`},
		"a Fail with expressions":          {`"A": {"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "so"}`, "FAILED E1 so"},
		"an expression that yields nothing": {
			`"A": {"Type": "Pass", "Output": "{% $states.input.absent %}", "Next": "A"}`,
			"FAILED States.QueryEvaluationError Output: the expression $states.input.absent yields nothing",
		},
		"an expression of the wrong type": {`"A": {"Type": "Fail", "Cause": "{% 1 < 'a' %}"}`, "FAILED States.QueryEvaluationError Error and Cause: the expression 1 < 'a': both sides of the \"<\" operator must have the same type, position:0, arguments:"},
		"a state that is not there":       {`"A": {"Type": "Pass", "Next": "B"}`, "FAILED States.Runtime there is no state B"},
		"a type that is not there":        {`"A": {"Type": "Parallel", "Next": "B"}`, "FAILED States.Runtime the type Parallel is not known"},
	} {
		if got := outcome(new(trial).run(t, parse(t, "A", c.states), `{"n": 1}`)); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", about, got, c.want)
		}
	}
}

func TestVariablesChangeTogetherWhenAStateIsLeft(t *testing.T) {
	m := parse(t, "A", `
		"A": {"Type": "Pass", "Assign": {"a": 1, "b": {"c": ["{% $states.input %}"]}}, "Next": "B"},
		"B": {"Type": "Pass", "Assign": {"a": "{% $a + 1 %}", "was": "{% $a %}"}, "Output": "{% $a %}", "Next": "C"},
		"C": {"Type": "Succeed"}`)
	end := new(trial).run(t, m, `"in"`)
	want := map[string]any{"a": 2.0, "was": 1.0, "b": map[string]any{"c": []any{"in"}}}
	if diff := cmp.Diff(want, end.Variables); diff != "" || string(end.Output) != "1" {
		t.Errorf("output %s, variables (-want +got):\n%s", end.Output, diff)
	}
}

func TestTheFirstChoiceThatHoldsLeadsOn(t *testing.T) {
	m := parse(t, "A", `
		"A": {"Type": "Choice", "Assign": {"by": "default"}, "Default": "E", "Choices": [
			{"Condition": "{% $states.input >= 5 %}", "Assign": {"by": "first"}, "Next": "E"},
			{"Condition": "{% $states.input >= 3 %}", "Assign": {"by": "second"}, "Next": "E"}]},
		"E": {"Type": "Succeed", "Output": "{% $by %}"}`)
	for input, want := range map[string]string{"5": `"first"`, "4": `"second"`, "2": `"default"`} {
		if got := outcome(new(trial).run(t, m, input)); got != want {
			t.Errorf("%s: %s, want %s", input, got, want)
		}
	}
	m = parse(t, "A", `"A": {"Type": "Choice", "Default": "A", "Choices": [{"Condition": "{% $states.input %}", "Next": "A"}]}`)
	if got := outcome(new(trial).run(t, m, `"yes"`)); !strings.Contains(got, "States.QueryEvaluationError Condition: {% $states.input %} is yes, neither true nor false") {
		t.Error(got)
	}
}

func TestAWaitLastsWholeSecondsFromZero(t *testing.T) {
	for seconds, want := range map[string]string{
		`3`: "[3s]", `"{% 2 + 5 %}"`: "[7s]", `"{% $count([1, 2]) %}"`: "[2s]", `0`: "[]",
		`-1`: "Seconds: -1 is -1, no whole number from 0", `1.5`: "no whole number", `"{% 'x' %}"`: "no whole number", `"{% $none %}"`: "yields nothing",
	} {
		r := new(trial)
		end := r.run(t, parse(t, "A", `"A": {"Type": "Wait", "Seconds": `+seconds+`, "Next": "E"}, "E": {"Type": "Succeed"}`), `{}`)
		if got := fmt.Sprint(r.waited, outcome(end)); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", seconds, got, want)
		}
	}
}

func TestAWaitUntilATimeLastsUntilThenAndNotAtAllWhereItHasPassed(t *testing.T) {
	at := func(d time.Duration) string { return time.Unix(1_800_000_000, 0).Add(d).UTC().Format(time.RFC3339) }
	for timestamp, want := range map[string]string{
		`"` + at(90*time.Second) + `"`: "[1m30s]", `"` + at(-time.Second) + `"`: "[]", `"{% 'x' %}"`: "no time as in RFC 3339", `"{% 7 %}"`: "no time as in RFC 3339",
	} {
		r := new(trial)
		end := r.run(t, parse(t, "A", `"A": {"Type": "Wait", "Timestamp": `+timestamp+`, "Next": "E"}, "E": {"Type": "Succeed"}`), `{}`)
		if got := fmt.Sprint(r.waited, outcome(end)); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", timestamp, got, want)
		}
	}
}

func TestTheObserverIsToldEachTransition(t *testing.T) {
	r := &trial{task: func(string, Arguments) (string, *Failure) { return "", &Failure{"E", "c"} }}
	m := parse(t, "A", `
		"A": {"Type": "Task", "Resource": "x", "Arguments": {}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}], "Next": "A"},
		"B": {"Type": "Pass", "Output": 1, "Next": "C"}, "C": {"Type": "Fail"}`)
	r.run(t, m, `0`)
	want := []string{`A 0 -> B {"Cause":"c","Error":"E"}`, `B {"Cause":"c","Error":"E"} -> C 1`, `C 1 ->  `}
	if diff := cmp.Diff(want, r.steps); diff != "" {
		t.Error(diff)
	}
}

func TestEdgesAndExpressionsAreListed(t *testing.T) {
	m := parse(t, "A", `"A": {"Type": "Choice", "Choices": [{"Comment": "c", "Condition": "{% $x %}", "Next": "B"}], "Default": "D"},
		"B": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"a": ["{% 1 %}", "2"]}, "Assign": {"x": "{% 3 %}"}, "Output": "{% 4 %}", "Next": "A",
			"Catch": [{"ErrorEquals": ["E"], "Output": "{% 5 %}", "Assign": {"y": 6}, "Next": "D"}]}, "D": {"Type": "Succeed"}`)
	var got []string
	for _, name := range []string{"A", "B", "D"} {
		for _, e := range m.Edges(name) {
			got = append(got, fmt.Sprintf("%s>%s %s %s %v %d", e.From, e.To, e.Condition, e.Comment, e.Errors, len(e.Assign)))
		}
	}
	want := []string{"A>B {% $x %} c [] 0", "A>D   [] 0", "B>A   [] 1", "B>D   [E] 1"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := m.States["B"].Expressions(); !slices.Equal(got, []string{"1", "4", "5", "3"}) || !m.States["B"].InvokesFunction() || !m.States["D"].End() {
		t.Errorf("expressions %v", got)
	}
}
