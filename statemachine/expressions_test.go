package statemachine

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

// sample is one scope that an expression is tried on.
type sample struct {
	About     string         `json:"-"`
	States    map[string]any `json:"states"`
	Variables map[string]any `json:"variables"`
	Millis    int64          `json:"millis"`
	large     bool           // 1,000 instances
}

// asked is one evaluation: an expression, and the number of its sample.
type asked struct {
	Expression string `json:"expression"`
	Sample     int    `json:"sample"`
}

var failures = []object{
	{"Error": "Zenlayer.Unavailable", "Cause": `{"errorMessage":"HTTP 503, ünavailable","errorType":"Zenlayer.Unavailable"}`},
	{"Error": "Zenstop.Internal", "Cause": `{"errorMessage":"` + strings.Repeat("ä💡", 400) + `","errorType":"Zenstop.Internal"}`},
	{"Error": "Lambda.TooManyRequestsException", "Cause": strings.Repeat("Rate Exceeded. ", 60)},
	{"Error": "States.Timeout", "Cause": ""},
	{"Error": "States.Timeout"},
}

// variables are what the states before may have left, one set for each number.
func variables(t *testing.T, n int) map[string]any {
	t.Helper()
	failure := any(object{})
	if n%3 > 0 {
		failure = failures[n%len(failures)]
	}
	return map[string]any{
		"rounds": []int{0, 1, 99, 100, 999, 1000}[n%6], "failure": failure, "subscribers": n % 3, "parts": endings(t)[:n%4],
		"notice":  object{"subject": "zenstop FAILED: dätabase 💡", "message": "0 of 1 instance stopped.\n\ni-1", "event": "Instances Not Stopped", "error": "Zenstop.StopFailed", "metrics": []any{object{"MetricName": "Runs", "Unit": "Count", "Value": 1, "Dimensions": []any{object{"Name": "Stack", "Value": "zenstop"}}}}},
		"further": []any{kept(t, began.Add(time.Hour)), kept(t, began.Add(2*time.Hour))}[:n%3],
		"back":    []any{object{}, kept(t, began.Add(time.Hour))}[n%2],
	}
}

// endings are what the child executions of a large run may have come to.
func endings(t *testing.T) []any {
	t.Helper()
	return []any{
		object{"lost": part(1, 3, 9000), "error": "States.TaskFailed"},
		object{"run": with(ended(planned(t, power.Missing, power.Stopped), runs.OutcomeFailed), object{"omitted": 2.0, "counts": object{"MISSING": 1.0, "STOPPED": 3.0}})},
		object{"run": with(ended(planned(t), runs.OutcomeStopped), object{"omitted": 3.0, "counts": object{"STOPPED": 3.0}})},
	}
}

// samplesOf are the scopes in which the workflow may ask for the expressions of a state.
func samplesOf(t *testing.T, state string, docs map[string]object) []sample {
	var all []sample
	for _, about := range slices.Sorted(maps.Keys(docs)) {
		doc := docs[about]
		if !reaches(state, doc) {
			continue
		}
		large := len(rows(doc)) >= 1000
		for range 2 {
			n := len(all)
			all = append(all, sample{
				about,
				map[string]any{"input": doc, "result": resultOf(t, state, doc), "errorOutput": failures[n%len(failures)], "context": contextOf(doc)},
				variablesOf(t, state, n), began.Add(time.Hour + time.Duration(n%7-3)*time.Second).UnixMilli(), large,
			})
			if large {
				break
			}
		}
	}
	return all
}

// variablesOf are those that the states before this one may have left.
func variablesOf(t *testing.T, state string, n int) map[string]any {
	t.Helper()
	if state == "ComeBack" || state == "NobodyComesBack" { // there is a run that comes back
		n |= 1
	}
	all := variables(t, n)
	if state == "Further?" { // it reads the first one where there is one
		all["further"] = []any{kept(t, began.Add(time.Hour)), kept(t, began.Add(2*time.Hour))}[:1+n%2]
	}
	if state == "Unreported" || state == "NobodyComesBack" { // an error led there
		all["failure"] = failures[n%len(failures)]
	}
	return all
}

// reaches reports whether the document can be the input of the state.
func reaches(state string, doc object) bool {
	memory, _ := doc["memory"].(object)
	switch state {
	case "Parts":
		return memory["parts"] != nil
	case "Part":
		return memory["part"] != nil
	case "Hold":
		return doc["stopAt"] != nil || doc["action"] == "start" && doc["startAt"] != nil
	case "Warn", "InTime?", "SendWarning":
		return memory["warning"] != nil
	case "SendStopped":
		return slices.Contains([]any{"STOPPED", "STARTED", "PLANNED", "SKIPPED"}, doc["outcome"])
	}
	return true
}

func resultOf(t *testing.T, state string, doc object) any {
	switch state {
	case "CountSubscribers":
		return object{"Attributes": object{"SubscriptionsConfirmed": "12"}}
	case "Parts":
		return endings(t)
	case "Part":
		return object{"Output": ended(planned(t, "MISSING", "TIMED_OUT", "UNVERIFIED", "RECYCLED"), runs.OutcomeFailed)}
	case "Report", "NobodyComesBack":
		return object{"Payload": object{"run": doc, "notice": object{"subject": "s"}, "further": []any{}}}
	}
	return object{"Payload": doc}
}

func contextOf(doc object) object {
	item := object{"Index": 1.0, "Value": part(2, 3, 2)}
	return object{"Execution": object{"Name": doc["run"], "Id": "arn:1"}, "StateMachine": object{"Id": "arn:2"}, "Map": object{"Item": item}}
}

func TestEveryExpressionYieldsTheSameInBothImplementations(t *testing.T) {
	docs := documents(t)
	var samples []sample
	var cases []asked
	var want []any
	for _, flow := range load(t).Flows() {
		for _, name := range slices.Sorted(maps.Keys(flow.States)) {
			for _, s := range samplesOf(t, name, docs) {
				for _, expression := range flow.States[name].Expressions() {
					if s.large && slices.Contains([]string{"$states.input", "$states.result.Payload"}, expression) {
						continue // the other samples show that they hand the document on
					}
					got, err := asl.Evaluate(expression, asl.Scope{States: s.States, Variables: s.Variables, Now: time.UnixMilli(s.Millis)})
					if err != nil || got == nil {
						t.Fatalf("%s, %s: %v, %v", name, s.About, got, err)
					}
					cases, want = append(cases, asked{expression, len(samples)}), append(want, plain(t, got))
				}
				samples = append(samples, s)
			}
		}
	}
	got := jsonata(t, samples, cases)
	if len(got) != len(cases) || len(cases) < 1000 {
		t.Fatalf("%d results of %d expressions", len(got), len(cases))
	}
	for i := range cases {
		if !reflect.DeepEqual(want[i], got[i]) {
			t.Errorf("%s\n%s\nGo (-) and Python (+):\n%.3000s", samples[cases[i].Sample].About, cases[i].Expression, cmp.Diff(want[i], got[i]))
		}
	}
}

func TestNoTextOnlyLooksLikeAnExpression(t *testing.T) {
	if all, whole := bytes.Count(Definition, []byte("{%")), bytes.Count(Definition, []byte(`"{% `)); all != whole || all == 0 {
		t.Errorf("%d of %d expressions are a whole string", whole, all)
	}
	if all, whole := bytes.Count(Definition, []byte("%}")), bytes.Count(Definition, []byte(` %}"`)); all != whole {
		t.Errorf("%d of %d expressions end their string", whole, all)
	}
}

// jsonata evaluates with the JSONata of a Python that has it: the one that
// `make setup` prepares, or that of ZENSTOP_PYTHON. Without one the test is left
// out, but fails where ZENSTOP_REQUIRE_SDK is 1.
func jsonata(t *testing.T, samples []sample, cases []asked) []any {
	t.Helper()
	python := os.Getenv("ZENSTOP_PYTHON")
	if python == "" {
		python = "../.local/venv/bin/python"
	}
	if out, err := exec.CommandContext(t.Context(), python, "-c", "import jsonata").CombinedOutput(); err != nil {
		if os.Getenv("ZENSTOP_REQUIRE_SDK") == "1" {
			t.Fatalf("%s has no package jsonata (make setup installs it): %v\n%s", python, err, out)
		}
		t.Skipf("left out: %s has no package jsonata; make setup installs it", python)
	}
	command := exec.CommandContext(t.Context(), python, "testdata/evaluate.py")
	var complaints bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(encode(t, object{"samples": samples, "cases": cases})), &complaints
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, complaints.String())
	}
	var results []any
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatal(err)
	}
	return results
}
