package asl

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAFunctionGetsAndReturnsTheDocumentAsItIs(t *testing.T) {
	document := "{\"a\" : 1.50,\n \"b\":[]}"
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

func TestATaskThatTakesTooLongTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := parse(t, "A", `
			"A": {"Type": "Task", "Resource": "x", "TimeoutSeconds": 5, "Arguments": {}, "Retry": [{"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 10, "MaxAttempts": 1}],
				"Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "E"}, {"ErrorEquals": ["States.Timeout"], "Next": "T"}], "Next": "E"},
			"T": {"Type": "Fail", "Error": "T"}, "E": {"Type": "Succeed"}`)
		began := time.Now()
		end, err := m.Run(t.Context(), Env{Task: func(ctx context.Context, _ string, _ Arguments) ([]byte, *Failure) {
			<-ctx.Done()
			return []byte(`"late"`), nil
		}}, Execution{Input: []byte(`{}`)})
		if took := time.Since(began); err != nil || end.Error != "T" || took != 20*time.Second {
			t.Errorf("%s after %s, %v", outcome(end), took, err)
		}
	})
}

func TestTheMachineTimesOutWhateverItDoes(t *testing.T) {
	for about, state := range map[string]string{
		"in a Wait":            `{"Type": "Wait", "Seconds": 999999, "Next": "A"}`,
		"between short states": `{"Type": "Wait", "Seconds": 1, "Next": "A"}`,
		"in a Task":            `{"Type": "Task", "Resource": "x", "Arguments": {}, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}], "Next": "A"}`,
		"between two attempts": `{"Type": "Task", "Resource": "fails", "Arguments": {}, "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 9999, "MaxAttempts": 9}], "Next": "A"}`,
		"in a Task of a Map":   `{"Type": "Map", "Items": [1], "Next": "A", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "B", "States": {"B": {"Type": "Task", "Resource": "x", "Arguments": {}, "Next": "B"}}}}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			end, err := parse(t, "A", `"A": `+state).Run(t.Context(), Env{Task: func(ctx context.Context, resource string, _ Arguments) ([]byte, *Failure) {
				if resource == "fails" {
					return nil, &Failure{"E", ""}
				}
				<-ctx.Done()
				return []byte(`{}`), nil
			}}, Execution{Input: []byte(`{}`)})
			if took := time.Since(began); err != nil || end.Status != TimedOut || took != 1000*time.Second {
				t.Errorf("%s: %s after %s, %v", about, outcome(end), took, err)
			}
		})
	}
}

func TestAnExecutionThatIsGivenUpIsAnError(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	m := parse(t, "A", `"A": {"Type": "Wait", "Seconds": 1, "Next": "A"}`)
	end, err := m.Run(ctx, Env{Wait: func(time.Duration) { cancel() }}, Execution{Input: []byte(`{}`)})
	if err == nil || end.Status != Failed {
		t.Errorf("%s, %v", outcome(end), err)
	}
}

func TestDataAboveTheQuotaEndsTheExecutionAndCannotBeCaught(t *testing.T) {
	big := `"` + strings.Repeat("x", MaxBytes-2) + `"`
	catch := `"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "E"}], "Next": "E"}, "E": {"Type": "Succeed"}`
	for about, c := range map[string]struct{ state, input, result, want string }{
		"just fits":     {`{"Type": "Task", "Resource": "x", "Arguments": {}, ` + catch, big, big, big},
		"the input":     {`{"Type": "Succeed"}`, big + " ", "", "FAILED States.DataLimitExceeded the input has 262145 bytes, the quota is 262144"},
		"the arguments": {`{"Type": "Task", "Resource": "x", "Arguments": {"a": "{% $states.input %}"}, ` + catch, big, "", "FAILED States.DataLimitExceeded what the task is given has 262151 bytes, the quota is 262144"},
		"the result":    {`{"Type": "Task", "Resource": "x", "Arguments": {}, "Output": 1, ` + catch, "1", big + " ", "FAILED States.DataLimitExceeded the result has 262145 bytes, the quota is 262144"},
		"the output":    {`{"Type": "Pass", "Output": ["{% $states.input %}"], "Next": "A"}`, big, "", "FAILED States.DataLimitExceeded the output has 262146 bytes, the quota is 262144"},
	} {
		r := &trial{task: func(string, Arguments) (string, *Failure) { return c.result, nil }}
		if got := outcome(r.run(t, parse(t, "A", `"A": `+c.state), c.input)); got != c.want {
			t.Errorf("%s: %.200s", about, got)
		}
	}
}

func TestTheHistoryIsBounded(t *testing.T) {
	end := new(trial).run(t, parse(t, "A", `"A": {"Type": "Pass", "Next": "A"}`), `{}`)
	if !strings.HasPrefix(outcome(end), "FAILED States.Runtime the execution reached the maximum of 25000 history events") || end.Events <= MaxEvents || end.Events > MaxEvents+2 {
		t.Errorf("%s after %d events", outcome(end), end.Events)
	}
	// Source: the AWS page of execution history events: started, entered, scheduled,
	// started, submitted, succeeded, exited, entered, exited, ended.
	r := &trial{task: func(string, Arguments) (string, *Failure) { return `{}`, nil }}
	end = r.run(t, parse(t, "A", `"A": {"Type": "Task", "Resource": "x", "Arguments": {}, "Next": "E"}, "E": {"Type": "Succeed"}`), `{}`)
	if end.Events != 10 {
		t.Errorf("%d events, want 10", end.Events)
	}
}

func TestAMapGoesThroughItsItemsAndGathersWhatTheyReturn(t *testing.T) {
	var got []string
	r := &trial{task: func(_ string, arguments Arguments) (string, *Failure) {
		got = append(got, string(arguments["in"]))
		return `"` + arguments.Text("name") + `!"`, nil
	}}
	m := parse(t, "V", `
		"V": {"Type": "Pass", "Assign": {"outer": "o"}, "Next": "A"},
		"A": {"Type": "Map", "Items": "{% $states.input.list %}", "ItemSelector": {"item": "{% $states.context.Map.Item.Value %}", "at": "{% $states.context.Map.Item.Index %}", "of": "{% $states.input.of %}"},
			"ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "B", "States": {
				"B": {"Type": "Task", "Resource": "x", "Arguments": {"in": "{% $states.input %}", "name": "{% $states.context.Map.Item.Value & $outer & $states.context.Execution.Name %}"}, "Assign": {"inner": 1}, "Next": "C"},
				"C": {"Type": "Succeed"}}},
			"Output": "{% $join($states.result, ' ') %}", "Next": "E"},
		"E": {"Type": "Succeed"}`)
	end := r.run(t, m, `{"list": ["p", "q"], "of": 2}`)
	if want := []string{`{"at":0,"item":"p","of":2}`, `{"at":1,"item":"q","of":2}`}; !slices.Equal(got, want) || outcome(end) != `"poone! qoone!"` {
		t.Errorf("%s from %v", outcome(end), got)
	}
	if diff := cmp.Diff(map[string]any{"outer": "o"}, end.Variables); diff != "" {
		t.Errorf("the variables of an iteration stay in it (-want +got):\n%s", diff)
	}
}

func TestAMapFailsWithTheFirstIterationThatFails(t *testing.T) {
	for catch, want := range map[string]string{``: "FAILED q", `"Catch": [{"ErrorEquals": ["q"], "Output": "caught", "Next": "E"}],`: `"caught"`} {
		r := &trial{task: func(_ string, arguments Arguments) (string, *Failure) {
			if name := arguments.Text("a"); name != "p" {
				return "", &Failure{name, ""}
			}
			return `{}`, nil
		}}
		m := parse(t, "A", `"A": {"Type": "Map", "Items": ["p", "q", "r"], `+catch+` "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "B", "States": {
			"B": {"Type": "Task", "Resource": "x", "Arguments": {"a": "{% $states.input %}"}, "Next": "C"}, "C": {"Type": "Succeed"}}}, "Next": "E"}, "E": {"Type": "Succeed"}`)
		if got := outcome(r.run(t, m, `{}`)); got != want {
			t.Errorf("%s: %s, want %s", catch, got, want)
		}
	}
	m := parse(t, "A", `"A": {"Type": "Map", "Items": "{% 'no array' %}", "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}}, "Next": "A"}`)
	if got := outcome(new(trial).run(t, m, `{}`)); got != "FAILED States.QueryEvaluationError Items: {% 'no array' %} is no array" {
		t.Error(got)
	}
}

func TestIterationsRunSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := parse(t, "A", `"A": {"Type": "Map", "Items": [1, 2, 3], "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "B", "States": {
			"B": {"Type": "Wait", "Seconds": "{% $states.input %}", "Assign": {"n": "{% $states.input %}"}, "Next": "C"},
			"C": {"Type": "Succeed", "Output": "{% $n * 10 %}"}}}, "Next": "E"}, "E": {"Type": "Succeed"}`)
		began := time.Now()
		end, err := m.Run(t.Context(), Env{}, Execution{Input: []byte(`{}`)})
		if took := time.Since(began); err != nil || outcome(end) != "[10,20,30]" || took != 3*time.Second {
			t.Errorf("%s after %s, %v", outcome(end), took, err)
		}
	})
}
