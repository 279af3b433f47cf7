package handler_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
)

// always is a Zenlayer that shows every instance as RUNNING and takes every stop.
type always struct{ asked []string }

func (*always) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Status: zenlayer.StatusRunning})
	}
	return page, nil
}

func (a *always) List(ctx context.Context, f zenlayer.Filter, _, _ int) (zenlayer.Page, error) {
	page, err := a.Describe(ctx, []string{"listed"})
	page.Instances[0].ZoneID, page.Instances[0].Tags = f.ZoneID, f.Tags
	return page, err
}

func (a *always) Ask(_ context.Context, _ zenlayer.Action, ids []string) error {
	a.asked = append(a.asked, ids...)
	return nil
}

// FuzzHandle looks for a payload that panics, or that becomes a stop without
// being the run document of a planned run that waits.
func FuzzHandle(f *testing.F) {
	now := time.Date(2026, 11, 22, 19, 10, 0, 0, time.UTC)
	run := runs.New(runs.Request{
		Action: power.Stop,
		Name:   "request-1", MaxInstances: 2, Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a", "b"}},
	}, now)
	add := func() {
		doc, err := json.Marshal(run)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(`{"stop":` + string(doc) + `}`))
	}
	add()
	run.Planned = true
	for i := range run.Instances {
		run.Instances[i].Before, run.Instances[i].Status = "RUNNING", "RUNNING"
	}
	add()
	f.Add([]byte(event(one)))
	f.Fuzz(func(t *testing.T, payload []byte) {
		api := &always{}
		fn := handler.Stop{
			Runner: runs.Runner{API: api, Now: func() time.Time { return now }}, Starter: &workflows{inputs: map[string]string{}}, Workflow: "arn",
			Trigger: trigger.Settings{MaxInstances: 100, Timeout: time.Hour, MaxEventAge: time.Hour, Zone: time.UTC},
		}
		out, err := fn.Handle(t.Context(), payload)
		if len(api.asked) == 0 {
			return
		}
		var call struct{ Stop json.RawMessage }
		if err := json.Unmarshal(payload, &call); err != nil {
			t.Fatalf("no JSON, and %v were stopped", api.asked)
		}
		doc, wrong := runs.Decode(call.Stop)
		if wrong != nil || !doc.Planned || doc.DryRun || doc.Outcome != runs.OutcomeWaiting || !now.Before(doc.Deadline) {
			t.Errorf("stopped %v by %+v, %v", api.asked, doc, wrong)
		}
		for _, id := range api.asked {
			if !slices.ContainsFunc(doc.Instances, func(in power.Instance) bool { return in.ID == id && in.Verdict == power.Open }) {
				t.Errorf("stopped %s, which the document does not ask for", id)
			}
		}
		after, ok := out.(runs.Run)
		if err != nil || !ok || len(after.Instances) != len(doc.Instances) || len(api.asked) > 100 {
			t.Errorf("asked %v to stop, at most 100; %+v, %v", api.asked, out, err)
		}
	})
}
