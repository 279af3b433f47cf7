package runs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// A dry run has one answer, as the plan of a run has. What it says of each instance must be what
// comes of it when the answer stays as it is.
func TestADryRunForetellsWhatTheRunThenSaysOfWhatCannotBeRead(t *testing.T) {
	for _, form := range sim.UnreadableForms() {
		for name, req := range map[string]runs.Request{"ids": request("a", "b"), "filter": filterRequest(zenlayer.Filter{TagKeys: []string{"k"}})} {
			t.Run(name+" "+form, func(t *testing.T) {
				tags := map[string]string{"k": "v"}
				sc := fleet(sim.Instance{ID: "a", Tags: tags}, sim.Instance{ID: "b", Tags: tags, Unreadable: form})
				var end runs.Run
				within(t, sc, req, func(w *world) { w.finish(); end = w.run })
				req.DryRun = true
				within(t, sc, req, func(w *world) {
					w.finish()
					if w.run.Outcome != runs.OutcomePlanned || end.Outcome != runs.OutcomeFailed || w.run.Nameless != end.Nameless || len(w.run.Instances) != len(end.Instances) {
						t.Fatalf("%+v\n%+v", w.run, end)
					}
					refused := end.Counts[power.Refused]
					want := fmt.Sprintf("1 of %d instance", len(end.Instances))
					if refused > 0 {
						want += fmt.Sprintf("s would be stopped, %d that cannot be read", refused)
					}
					if end.Nameless > 0 {
						want += " would be stopped, and Zenlayer lists 1 instance whose instanceId cannot be read"
					}
					if !strings.Contains(w.run.Summary, want) {
						t.Errorf("the dry run says %q, want %q", w.run.Summary, want)
					}
					for i, in := range w.run.Instances {
						if end.Instances[i].Verdict == power.Refused && in.Note != end.Instances[i].Note {
							t.Errorf("the dry run says of %s %q, and the run %q", in.ID, in.Note, end.Instances[i].Note)
						}
					}
				})
			})
		}
	}
}

// A bubble of synctest begins at midnight. Each run warns for an hour.
func TestADryRunForetellsWhatTheRunSaysAfterItsWarning(t *testing.T) {
	midnight := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	kept := sim.Instance{ID: "k", Tags: map[string]string{"zenstop-keep-until": midnight.Add(30 * time.Minute).Format(time.RFC3339)}}
	for name, c := range map[string]struct {
		change func(*runs.Request)
		fleet  sim.Scenario
		want   string // of the summary of the dry run
		end    string // of the outcome of the run and its summary
	}{
		"a start before its stop": {
			func(r *runs.Request) { at := midnight.Add(30 * time.Minute); r.StartAt = &at }, fleet(sim.Instance{ID: "a"}),
			"startAt is 2000-01-01T00:30:00Z, and must be later than 2000-01-01T01:00:00Z", "REFUSED",
		},
		"the start is on the next day": {
			func(r *runs.Request) { r.Morning = &runs.Morning{Clock: "00:30", Days: "MON,TUE,WED,THU,FRI,SAT,SUN"} }, fleet(sim.Instance{ID: "a"}),
			"1 of 1 instance would be stopped, after a warning of 60 minutes, and started again at 2000-01-02T00:30:00Z", "STOPPED 1 of 1 instance stopped",
		},
		"a keep that ends before, over the limit": {
			func(r *runs.Request) { r.MaxInstances = 1 }, fleet(sim.Instance{ID: "a"}, kept),
			"2 instances would be stopped, but the limit (maxInstances) is 1", "REFUSED",
		},
		"a keep that ends before": {
			func(*runs.Request) {}, fleet(sim.Instance{ID: "a"}, kept),
			"2 of 2 instances would be stopped, after a warning of 60 minutes.", "STOPPED 2 of 2 instances stopped",
		},
		"one that Zenlayer rejects": {
			func(r *runs.Request) { r.Warn = 0 }, fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "b", RefusesDescribe: "OPERATION_DENIED_X"}),
			"1 of 2 instances would be stopped, 1 that Zenlayer rejects.", "FAILED 1 of 2 instances stopped",
		},
		"nothing to stop": {
			func(r *runs.Request) { at := midnight.Add(9 * time.Hour); r.Warn, r.StartAt = 0, &at }, fleet(sim.Instance{ID: "a", Status: sim.StatusStopped}),
			"0 of 1 instance would be stopped, 1 already STOPPED. This", "STOPPED 0 of 1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var ids []string
			for _, in := range c.fleet.Instances {
				ids = append(ids, in.ID)
			}
			req := request(ids...)
			req.Warn = time.Hour
			c.change(&req)
			within(t, c.fleet, req, func(w *world) {
				w.planOnce()
				if w.run.Next == runs.NextWarn {
					w.hold()
				}
				w.finish()
				if got := string(w.run.Outcome) + " " + w.run.Summary; !strings.HasPrefix(got, c.end) {
					t.Errorf("the run ends as %q, want %q", got, c.end)
				}
			})
			req.DryRun = true
			within(t, c.fleet, req, func(w *world) {
				w.finish()
				refused := strings.HasPrefix(c.end, "REFUSED")
				if !strings.Contains(w.run.Summary, c.want) || (w.run.Outcome == runs.OutcomeRefused) != refused || w.server.Calls(sim.ActionStop) > 0 {
					t.Errorf("the dry run ends as %s: %q, want %q", w.run.Outcome, w.run.Summary, c.want)
				}
			})
		})
	}
}
