package asl

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAFunctionGetsAndReturnsTheDocumentAsItIs(t *testing.T) {
	document := `{"b":[],"a":1.50}`
	var got Arguments
	r := &trial{task: func(_ string, arguments Arguments) (string, *Failure) {
		got = arguments
		return `{"z": 1e1, "y": 2}`, nil
	}}
	m := parse(t, "A", `
		"A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f", "Payload": {"stop": "{% $states.input %}", "n": 1}},
			"Output": "{% $states.result.Payload %}", "Assign": {"y": "{% $states.result.Payload.y %}"}, "Next": "B"},
		"B": {"Type": "Succeed"}`)
	end := r.run(t, m, document)
	if payload := string(got["Payload"]); got.Text("FunctionName") != "f" || payload != `{"n":1,"stop":`+document+`}` || got.Text("Payload") != "" {
		t.Errorf("%s gets %s", got.Text("FunctionName"), payload)
	}
	if string(end.Output) != `{"z": 1e1, "y": 2}` || end.Variables["y"] != 2.0 {
		t.Errorf("output %s, y %v", end.Output, end.Variables["y"])
	}
}

func TestATaskWithoutOutputHandsOnItsResult(t *testing.T) {
	for resource, want := range map[string]string{"arn:aws:states:::lambda:invoke": `{"Payload":{"a":1}}`, "arn:aws:states:::sns:publish": `{"a":1}`} {
		r := &trial{task: func(string, Arguments) (string, *Failure) { return `{"a":1}`, nil }}
		m := parse(t, "A", `"A": {"Type": "Task", "Resource": "`+resource+`", "Arguments": {}, "Next": "B"}, "B": {"Type": "Succeed"}`)
		if got := outcome(r.run(t, m, `{}`)); got != want {
			t.Errorf("%s: %s, want %s", resource, got, want)
		}
	}
}

// retried is a task with two retriers, a catcher for C, and one for the rest.
const retried = `
	"A": {"Type": "Task", "Resource": "x", "Arguments": {"n": "{% $states.input.n %}"}, "Next": "E",
		"Retry": [
			{"ErrorEquals": ["A", "B"], "IntervalSeconds": 3, "BackoffRate": 1.5, "MaxAttempts": 3},
			{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 2, "JitterStrategy": "FULL"}],
		"Catch": [
			{"ErrorEquals": ["C"], "Output": "{% 'caught ' & $states.errorOutput.Error & ' of ' & $states.input.n %}", "Assign": {"seen": "{% $states.errorOutput.Cause %}"}, "Next": "E"},
			{"ErrorEquals": ["States.ALL"], "Next": "E"}]},
	"E": {"Type": "Succeed"}`

func TestRetriersCountForThemselvesAndThenACatcherTakesOver(t *testing.T) {
	for about, c := range map[string]struct{ errors, waited, want string }{
		"nothing fails":                           {"", "[]", `"done"`},
		"one retry helps":                         {"A", "[3s]", `"done"`},
		"the delays grow":                         {"A B A", "[3s 4.5s 6.75s]", `"done"`},
		"the attempts are used up":                {"A A A A", "[3s 4.5s 6.75s]", `{"Cause":"c","Error":"A"}`},
		"another error has a retrier of its own":  {"A C B C", "[3s 500ms 4.5s 1s]", `"done"`},
		"a retrier used up does not ask the next": {"C C C", "[500ms 1s]", `"caught C of 1"`},
	} {
		errors := strings.Fields(c.errors)
		r := &trial{chance: func() float64 { return 0.5 }}
		r.task = func(string, Arguments) (string, *Failure) {
			if len(errors) == 0 {
				return `"done"`, nil
			}
			name := errors[0]
			errors = errors[1:]
			return "", &Failure{name, "c"}
		}
		end := r.run(t, parse(t, "A", retried), `{"n": 1}`)
		if fmt.Sprint(r.waited) != c.waited || outcome(end) != c.want || len(errors) > 0 {
			t.Errorf("%s: waits %v, ends with %s", about, r.waited, outcome(end))
		}
		if strings.Contains(c.want, "caught") && end.Variables["seen"] != "c" {
			t.Errorf("%s: variables %v", about, end.Variables)
		}
	}
}

func TestWhatNothingCatchesEndsTheExecution(t *testing.T) {
	for catch, want := range map[string]string{
		`[]`: "FAILED Some.Error why", `[{"ErrorEquals": ["Other"], "Next": "E"}]`: "FAILED Some.Error why",
		`[{"ErrorEquals": ["Some.Error"], "Next": "E"}]`: `{"Cause":"why","Error":"Some.Error"}`, `[{"ErrorEquals": ["States.TaskFailed"], "Output": 1, "Next": "E"}]`: "1",
		`[{"ErrorEquals": ["States.ALL"], "Output": "{% $none %}", "Next": "E"}]`: "FAILED States.QueryEvaluationError Output: the expression $none yields nothing",
	} {
		r := &trial{task: func(string, Arguments) (string, *Failure) { return "", &Failure{"Some.Error", "why"} }}
		m := parse(t, "A", `"A": {"Type": "Task", "Resource": "x", "Arguments": {}, "Catch": `+catch+`, "Next": "E"}, "E": {"Type": "Succeed"}`)
		if got := outcome(r.run(t, m, `{}`)); got != want {
			t.Errorf("%s: %s, want %s", catch, got, want)
		}
	}
}

func TestATaskCatchesTheFailureOfItsOwnExpressions(t *testing.T) {
	for _, field := range []string{`"Arguments": {"a": "{% $none %}"}`, `"Arguments": {}, "Output": "{% $none %}"`, `"Arguments": {}, "Assign": {"v": "{% $none %}"}`} {
		calls := 0
		r := &trial{task: func(string, Arguments) (string, *Failure) { calls++; return `{}`, nil }}
		m := parse(t, "A", `"A": {"Type": "Task", "Resource": "x", `+field+`, "Next": "A",
			"Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Output": "{% $exists($states.result) %}", "Next": "E"}]}, "E": {"Type": "Succeed"}`)
		if got := outcome(r.run(t, m, `{}`)); got != "false" {
			t.Errorf("%s: %s after %d calls", field, got, calls)
		}
	}
}

func TestARetrierHasTheDefaultsOfTheLanguage(t *testing.T) {
	zero, two := 0, 2
	for name, c := range map[string]struct {
		retrier     Retrier
		repetitions int
		delays      []time.Duration
	}{
		"nothing is given":     {Retrier{}, 3, []time.Duration{time.Second, 2 * time.Second, 4 * time.Second}},
		"no repetition at all": {Retrier{MaxAttempts: &zero}, 0, nil},
		"the longest delay":    {Retrier{IntervalSeconds: 5, MaxDelaySeconds: 7, MaxAttempts: &two}, 2, []time.Duration{5 * time.Second, 7 * time.Second}},
	} {
		if got := c.retrier.Repetitions(); got != c.repetitions {
			t.Errorf("%s: %d repetitions, want %d", name, got, c.repetitions)
		}
		for n, want := range c.delays {
			if got := c.retrier.Delay(n); got != want {
				t.Errorf("%s: delay %d is %s, want %s", name, n, got, want)
			}
		}
	}
}
