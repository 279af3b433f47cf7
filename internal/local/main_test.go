package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

func TestEverySampleHasAnAnswerAndTheCallsOfTheWorkflowComeFirst(t *testing.T) {
	samples, err := inOrder("../../events/*.json")
	if err != nil || len(samples) != len(answers()) {
		t.Errorf("%d samples and %d answers, error %v", len(samples), len(answers()), err)
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
	if err := command(t.Context(), []string{"event", "../../events/workflow-stop.json"}, &out); err != nil {
		t.Fatal(err)
	}
	var got struct{ Stop json.RawMessage }
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || len(got.Stop) == 0 {
		t.Errorf("error %v, output %q", err, out.String())
	}
}

func TestACallOfTheWorkflowIsNotSentAsAnEvent(t *testing.T) {
	for _, args := range [][]string{{"run", "-event", "../../events/workflow-plan.json"}, {"run", "-event", "../../events/status-run.json"}} {
		var out strings.Builder
		if err := command(t.Context(), args, &out); err == nil || !strings.Contains(err.Error(), "sam local invoke") || out.Len() > 0 {
			t.Errorf("%v: error %v, output %q", args, err, out.String())
		}
	}
}
