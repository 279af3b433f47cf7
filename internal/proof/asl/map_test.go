package asl

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
