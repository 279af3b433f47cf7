package statemachine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/shutdown"
)

// inDefinition returns each expression of the definition once, as JSON decodes it.
func inDefinition(t *testing.T) []string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(definition, &all); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			if e, ok := Expression(v); ok {
				found[e] = true
			} else if strings.Contains(v, "{%") {
				t.Errorf("%q is neither an expression nor plain text", v)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(all)
	return slices.Sorted(maps.Keys(found))
}

func TestEveryExpressionHasAGoFunction(t *testing.T) {
	got := slices.Sorted(maps.Keys(expressions))
	if diff := cmp.Diff(inDefinition(t), got); diff != "" {
		t.Errorf("expressions of the definition (-) and of the table (+):\n%s", diff)
	}
}

func TestEveryVariableIsAssignedAtTheStart(t *testing.T) {
	start := load(t).States["Start"].Assign
	own := regexp.MustCompile(`\$(all|i|states)\b|\$\w+\(`)
	for e := range expressions {
		for _, name := range regexp.MustCompile(`\$\w+`).FindAllString(own.ReplaceAllString(e, ""), -1) {
			if _, ok := start[name[1:]]; !ok {
				t.Errorf("%s is not assigned in Start; in %s", name, e)
			}
		}
	}
}

// scopes are the samples that every expression is tried on.
func scopes() []Scope {
	at := time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)
	plain := shutdown.New(shutdown.Request{
		Run: "request-" + strings.Repeat("a", 71), Timeout: time.Hour, MaxInstances: 5,
		Target: shutdown.Target{InstanceIDs: []string{"i-1", "i-2", "i-3", "i-4"}},
	}, at)
	plain.Notes = []string{"a note"}
	var all []Scope
	for n, outcome := range []shutdown.Outcome{"WAITING", "STOPPED", "PLANNED", "SKIPPED", "FAILED", "REFUSED", "WAITING", "WAITING"} {
		run := plain
		run.Outcome, run.StopDue, run.WaitSeconds = outcome, n%2 == 0, n*7
		run.Summary = fmt.Sprintf("%d of 4 ünstable 💡", n)
		run.Instances = slices.Clone(plain.Instances)[:n%5]
		for i := range run.Instances {
			run.Instances[i].Verdict = []shutdown.Verdict{"", "STOPPED", "TIMED_OUT", "PROTECTED", "ALREADY_STOPPED", "UNVERIFIED"}[(i+n)%6]
			run.Instances[i].Status = []string{"", "RUNNING", "STOPPED"}[(i+n)%3]
			run.Instances[i].Name = []string{"", "web 1", "dätabase"}[(i+n)%3]
		}
		long := strings.Repeat("ä💡x", 60*n)
		all = append(all, Scope{
			Input: run, Result: map[string]any{"answer": n},
			Error:     ErrorOutput{"Zenlayer.Unavailable", `{"errorMessage":"HTTP 503, ` + long + `","errorType":"Zenlayer.Unavailable"}`},
			Variables: map[string]any{"rounds": []int{0, 1, 99, 100, 999, 1000, 1001, 998}[n], "stops": n % 3, "failure": "gone " + long, "verdict": []string{"UNVERIFIED", "TIMED_OUT"}[n%2]},
			Now:       at.Add(time.Hour + time.Duration(n-3)*time.Second),
		})
	}
	return all
}

// applies leaves out what the workflow never asks: the kind of event of an
// outcome that is not good.
func applies(expression string, s Scope) bool {
	return expression != stoppedType || s.Input.Outcome.Good()
}

func TestGoMeansWhatJSONataMeans(t *testing.T) {
	type asked struct {
		Expression string         `json:"expression"`
		States     map[string]any `json:"states"`
		Variables  map[string]any `json:"variables"`
		Millis     int64          `json:"millis"`
	}
	var cases []asked
	var want []any
	for _, e := range inDefinition(t) {
		for _, s := range scopes() {
			if !applies(e, s) {
				continue
			}
			states := map[string]any{"input": s.Input, "result": map[string]any{"Payload": s.Result}, "errorOutput": s.Error}
			cases = append(cases, asked{e, states, s.Variables, s.Now.UnixMilli()})
			want = append(want, expressions[e](s))
		}
	}
	got := jsonata(t, cases)
	if len(got) != len(cases) || len(cases) < 100 {
		t.Fatalf("%d results of %d expressions", len(got), len(cases))
	}
	for i := range cases {
		if diff := cmp.Diff(plain(t, want[i]), got[i]); diff != "" {
			t.Errorf("%s\nGo (-) and JSONata (+):\n%s", cases[i].Expression, diff)
		}
	}
}

// plain is a value as JSON shows it.
func plain(t *testing.T, v any) any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var p any
	if err := json.Unmarshal(text, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// jsonata evaluates with the JSONata of a Python that has it: the one that
// `make setup` prepares, or that of ZENSTOP_PYTHON. Without one the test is left
// out, but fails where ZENSTOP_REQUIRE_SDK is 1.
func jsonata(t *testing.T, cases any) []any {
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
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), python, "testdata/evaluate.py")
	var complaints bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &complaints
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
