package handler_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

func TestABadDocumentIsAnErrorBeforeAnyCall(t *testing.T) {
	status := handler.Status{Runner: runs.Runner{Now: time.Now}} // it has no API
	for _, doc := range []string{``, `null`, `{}`, `{"run":"a b"}`} {
		if run, err := status.Handle(t.Context(), json.RawMessage(doc)); err == nil {
			t.Errorf("%q: %+v", doc, run)
		}
	}
}

func TestACheckLooksAndStopsNothing(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"}, sim.Instance{ID: "b", Status: sim.StatusStopped})
	run := runs.New(runs.Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a", "b"}}}, time.Now())
	run.Planned = true
	doc, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := handler.Status{Runner: r.Runner}.Handle(t.Context(), doc)
	checked, ok := answer.(runs.Run)
	if !ok || err != nil || checked.Checks != 1 || checked.Instances[0].Status != sim.StatusRunning || checked.Instances[1].Status != sim.StatusStopped || checked.Next != runs.NextStop {
		t.Errorf("%+v, %v", checked, err)
	}
	if n := r.server.Calls(sim.ActionStop); n != 0 {
		t.Errorf("%d StopInstances calls", n)
	}
}

// It asks nobody, so it has no API.
func TestTheReportOfARunIsMadeWithoutACall(t *testing.T) {
	status := handler.Status{Runner: runs.Runner{Now: time.Now, Stack: "night"}}
	run := runs.New(runs.Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a"}}}, time.Now())
	doc, err := json.Marshal(map[string]any{"report": run, "failure": map[string]string{"Error": "Zenlayer.Rejected", "Cause": `{"errorMessage":"MISSING_PARAMETER"}`}, "parts": []any{}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := status.Handle(t.Context(), doc)
	report, ok := answer.(runs.Report)
	if !ok || err != nil || report.Run.Outcome != runs.OutcomeFailed || report.Notice.Error != "Zenstop.StopFailed" || report.Run.Instances[0].Verdict != power.Unverified {
		t.Errorf("%+v, %v", answer, err)
	}
	for _, bad := range []string{`{"report":{}}`, `{"report":null,"run":"a b"}`, `{"report":` + string(doc) + `}`} {
		if answer, err := status.Handle(t.Context(), json.RawMessage(bad)); err == nil {
			t.Errorf("%.80s: %+v", bad, answer)
		}
	}
}

func TestTheSampleIsARunDocument(t *testing.T) {
	doc, err := os.ReadFile("../../events/status-run.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := runs.Decode(doc); err != nil {
		t.Error(err)
	}
}
