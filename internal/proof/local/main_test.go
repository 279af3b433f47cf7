package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

func TestEverySampleHasAnAnswerAndTheCallsOfTheWorkflowComeFirst(t *testing.T) {
	samples := inOrder(t, "../../../events/*.json")
	if len(samples) != len(answers()) {
		t.Errorf("%d samples and %d answers", len(samples), len(answers()))
	}
	events := false
	for _, path := range samples {
		want, ok := answers()[filepath.Base(path)]
		if !ok {
			t.Errorf("%s has no answer", path)
		}
		if events = events || want.verdicts == nil; events && want.verdicts != nil {
			t.Errorf("%s comes after an event, whose execution may still be at work", path)
		}
	}
}

func TestTheCommandEventPrintsTheSampleAndNothingElse(t *testing.T) {
	var out strings.Builder
	if err := command(t.Context(), []string{"event", "../../../events/workflow-stop.json"}, &out); err != nil {
		t.Fatal(err)
	}
	var got struct{ Stop json.RawMessage }
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || len(got.Stop) == 0 {
		t.Errorf("error %v, output %q", err, out.String())
	}
}

// The other calls need a Zenlayer: make test-sam-local tries them.
func TestTheReportOfTheSampleIsTheOneThatIsExpected(t *testing.T) {
	sample, err := sampleFile("../../../events/status-report.json", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(sample)
	if err != nil {
		t.Fatal(err)
	}
	ending, err := runs.DecodeEnding(payload)
	if err != nil {
		t.Fatal(err)
	}
	run := runs.Runner{Now: time.Now}.Report(ending).Run
	if err := answers()["status-report.json"].check(answer{Outcome: run.Outcome, Summary: run.Summary, Instances: run.Instances}); err != nil {
		t.Error(err)
	}
}

func TestWhatIsTypedWronglyIsSaidBeforeAnythingIsSetUp(t *testing.T) {
	t.Chdir("../../..")
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"an unknown scenario":          {[]string{"run", "-scenario", "bad-nigth"}, []string{`no scenario "bad-nigth"`, "bad-night, big-fleet, good-night"}},
		"an event file that is none":   {[]string{"run", "-event", "events/request.json"}, []string{`no event file "events/request.json"`, "\n  events/request-ids.json\n"}},
		"a sample that is none":        {[]string{"event", "events/request.json"}, []string{`no event file "events/request.json"`, "\n  events/status-run.json\n"}},
		"no event file":                {[]string{"run", "-event", ""}, []string{`no event file ""`}},
		"a limit that is no number":    {[]string{"run", "-max-instances", "many"}, []string{`MAX_INSTANCES is a whole number from 1 to 100000, and not "many"`}},
		"a limit of nothing":           {[]string{"run", "-max-instances", "0"}, []string{`MAX_INSTANCES is a whole number from 1 to 100000`}},
		"a file that is no JSON":       {[]string{"run", "-event", "go.mod"}, []string{"go.mod is no JSON object"}},
		"a flag that there is none":    {[]string{"run", "-evnt", "x"}, []string{"-evnt", "make help"}},
		"a command that there is none": {[]string{"rnu"}, []string{`no command "rnu"`, "make run"}},
	} {
		var out strings.Builder
		err := command(t.Context(), c.args, &out)
		if err == nil || out.Len() > 0 {
			t.Errorf("%s: error %v, output %q", name, err, out.String())
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in the error: %v", name, want, err)
			}
		}
	}
}

func TestACommandForAStackThatIsNotUpSaysHowToStartOne(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir(stack.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, left := range map[string]any{
		"no stack was started":                 nil,
		"the stack has ended without a word":   address{Endpoint: "http://127.0.0.1:1"},
		"the stack's file was not written out": "",
	} {
		if left != nil {
			if err := writeJSON(addressFile, left); err != nil {
				t.Fatal(err)
			}
		}
		for _, args := range [][]string{{"send", "events/request-ids.json"}, {"runs"}, {"show"}, {"doctor"}} {
			if err := command(t.Context(), args, io.Discard); err == nil || !strings.Contains(err.Error(), "make local") {
				t.Errorf("%s: %v: error %v", name, args, err)
			}
		}
	}
}

// An alarm goes to those rules whose names begin with the stack's.
func TestACommandOfAnotherTerminalKnowsTheNameOfTheStack(t *testing.T) {
	t.Chdir(t.TempDir())
	healthy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer healthy.Close()
	if err := os.Mkdir(stack.Dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := writeJSON(addressFile, address{Name: "zenstop", Endpoint: healthy.URL}); err != nil {
		t.Fatal(err)
	}
	if s, err := attach(t.Context()); err != nil || s.Name != "zenstop" {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestACallOfTheWorkflowIsNotSentAsAnEvent(t *testing.T) {
	for _, args := range [][]string{{"run", "-event", "../../../events/workflow-plan.json"}, {"run", "-event", "../../../events/status-run.json"}, {"run", "-event", "../../../events/status-report.json"}} {
		var out strings.Builder
		if err := command(t.Context(), args, &out); err == nil || !strings.Contains(err.Error(), "sam local invoke") || out.Len() > 0 {
			t.Errorf("%v: error %v, output %q", args, err, out.String())
		}
	}
}
