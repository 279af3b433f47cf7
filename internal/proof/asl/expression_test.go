package asl

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAnExpressionMeansWhatJSONataSays(t *testing.T) {
	given := Scope{
		States: map[string]any{
			"input": map[string]any{"n": 3, "list": []any{1, 2}}, "result": []any{map[string]any{"a": "x"}, map[string]any{"a": "y"}},
			"errorOutput": map[string]any{"Cause": `{"errorMessage":"no"}`}, "context": map[string]any{"Execution": map[string]any{"Name": "run"}},
		},
		Variables: map[string]any{"rounds": 7, "round": 1, "text": "ä💡", "no": false},
		Now:       time.UnixMilli(1_795_374_000_123),
	}
	for expression, want := range map[string]string{
		"$states.input.n + $rounds * $round":                                      `10`,
		"$count($states.input.list)":                                              `2`,
		"$states.result.a":                                                        `["x","y"]`,
		"$count($states.input.*)":                                                 `3`,
		"$sort($keys($states))":                                                   `["context","errorOutput","input","result"]`,
		"$parse($states.errorOutput.Cause).errorMessage":                          `"no"`,
		"$states.context.Execution.Name & '.' & $text":                            `"run.ä💡"`,
		"$millis() - $toMillis('2026-11-22T19:00:00Z')":                           `123`,
		"$length($text) & ' of \"3.\" and more.'":                                 `"2 of \"3.\" and more."`,
		"$exists($states.input.absent) or $no":                                    `false`,
		"$lookup({'a': null}, 'a')":                                               `null`,
		"$merge([$states.input, {'n': '4'}]).n":                                   `"4"`,
		"( $n := $states.input.n; $f := function($x) { $x * $n }; [1..2].$f($) )": `[3,6]`,
		"'/* no comment */' & \"it's\"":                                           `"/* no comment */it's"`,
	} {
		value, err := Evaluate(expression, given)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		if got, err := encode(value); err != nil || string(got) != want {
			t.Errorf("%s = %s, want %s", expression, got, want)
		}
	}
	for expression, want := range map[string]string{
		"$states.input.absent": "yields nothing", "$unknown": "yields nothing", "$sum('x')": "cannot call sum", "$parse('{')": "EOF", "$now()": "uses $now(", "1 +": "the expression 1 +",
	} {
		if value, err := Evaluate(expression, given); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s = %v, %v; want an error with %q", expression, value, err, want)
		}
	}
}

func TestOneStateCanBeTestedAlone(t *testing.T) {
	m := parse(t, "A", `
		"A": {"Type": "Pass", "Assign": {"n": 1}, "Next": "B"},
		"B": {"Type": "Task", "Resource": "x", "Arguments": {"at": ["{% $millis() %}", "{% $n + $states.input.n %}"], "text": "plain"}, "Output": "{% $states.result.n %}",
			"Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2}], "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}], "Next": "C"},
		"C": {"Type": "Fail", "Error": "{% $states.input.e %}"}`)
	given := Scope{States: map[string]any{"input": map[string]any{"n": 2, "e": "F"}, "result": map[string]any{"n": "three"}}, Variables: map[string]any{"n": 5}, Now: time.UnixMilli(7)}
	test := func(state string, failure *Failure) Tested {
		t.Helper()
		is, err := m.States[state].Test(t.Context(), given, failure)
		if err != nil {
			t.Fatal(err)
		}
		return is
	}
	if is := test("A", nil); is.Next != "B" || is.Variables["n"] != 1.0 || given.Variables["n"] != 5 {
		t.Errorf("A: %+v", is)
	}
	is := test("B", nil)
	if arguments, err := encode(is.Arguments); err != nil || string(arguments) != `{"at":[7,7],"text":"plain"}` {
		t.Errorf("the arguments of B are %s, %v", arguments, err)
	}
	if is.Next != "C" || string(is.Output) != `"three"` || is.Attempts != 1 || is.Caught != nil {
		t.Errorf("B: %+v", is)
	}
	if is := test("B", &Failure{"E", "why"}); is.Next != "A" || string(is.Output) != `{"Cause":"why","Error":"E"}` || is.Attempts != 3 || is.Caught == nil {
		t.Errorf("B that fails: %+v", is)
	}
	if is := test("C", nil); is.Ended == nil || is.Ended.Status != Failed || is.Ended.Error != "F" {
		t.Errorf("C: %+v", is.Ended)
	}
	if _, err := m.States["B"].Test(t.Context(), Scope{}, nil); err == nil {
		t.Error("a scope of nothing is taken")
	}
}

func TestExecutionsAtTheSameTimeKeepTheirVariablesApart(t *testing.T) {
	m := parse(t, "A", `
		"A": {"Type": "Pass", "Assign": {"n": "{% $states.input.n %}"}, "Next": "B"},
		"B": {"Type": "Choice", "Choices": [{"Condition": "{% $n >= $states.input.n + 50 %}", "Next": "E"}], "Default": "C"},
		"C": {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}"}, "Next": "B"},
		"E": {"Type": "Succeed", "Output": "{% $string($n) & $states.context.Execution.Name %}"}`)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			name := fmt.Sprintf(" of %d", i)
			end, err := m.Run(t.Context(), Env{}, Execution{Name: name, Input: fmt.Appendf(nil, `{"n": %d}`, 1000*i)})
			if want := fmt.Sprintf(`"%d of %d"`, 1000*i+50, i); err != nil || string(end.Output) != want {
				t.Errorf("%s, %v; want %s", end.Output, err, want)
			}
		})
	}
	all.Wait()
}
