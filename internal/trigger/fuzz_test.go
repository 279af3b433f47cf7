package trigger_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/proof/hostile"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// FuzzDecode looks for an event that panics, that has no name, or that becomes
// a request without a target.
func FuzzDecode(f *testing.F) {
	f.Add(request(`{"target":{"instanceIds":["a"]}}`))
	f.Add(request(`{"target":{"filter":{"tags":[{"key":"k","value":""}]}},"dryRun":true}`))
	f.Add(alarm("zenstop-a", "OK", metric(`{"InstanceId":"i"}`)))
	f.Add(event("zenstop.schedule", "2026-11-22T19:00:00Z", `{"target":{"instanceIds":["a"]}}`))
	for _, c := range hostile.Events() {
		if len(c.Payload) < 500 {
			f.Add([]byte(c.Payload))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		ev := trigger.Decode(payload, stack(), now)
		if diff := cmp.Diff(ev, trigger.Decode(payload, stack(), now)); diff != "" {
			t.Error(diff)
		}
		if !executionName.MatchString(ev.Request.Name) {
			t.Errorf("name %q", ev.Request.Name)
		}
		switch {
		case ev.Objection != "" && ev.Skipped != "":
			t.Errorf("objection %q and skipped %q", ev.Objection, ev.Skipped)
		case ev.Objection == "":
			wantTarget(t, ev.Request)
		}
	})
}

// wantTarget checks that a request says what to stop.
func wantTarget(t *testing.T, r runs.Request) {
	t.Helper()
	ids, filter := r.Target.InstanceIDs, r.Target.Filter
	if (len(ids) == 0) == (filter == nil || filter.Empty()) || runs.CheckRoom(ids) != nil {
		t.Errorf("target %+v", r.Target)
	}
	for _, id := range ids {
		if !runs.ValidID(id) {
			t.Errorf("id %q", id)
		}
	}
	if r.MaxInstances < 1 || r.MaxInstances > stack().MaxInstances || r.Timeout <= 0 {
		t.Errorf("at most %d in %s", r.MaxInstances, r.Timeout)
	}
}
