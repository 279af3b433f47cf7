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

// hold lets the time pass until the run may stop instances, as the workflow does.
func (w *world) hold() {
	w.Helper()
	if w.run.StopAt == nil || w.run.Planned || !w.run.Memory.Warned {
		w.Fatalf("the run does not hold after a warning: %+v", w.run)
	}
	wait(time.Until(*w.run.StopAt))
}

func warnedRequest(ids ...string) runs.Request {
	req := request(ids...)
	req.Warn = 10 * time.Minute
	return req
}

func (w *world) planOnce() {
	w.Helper()
	if err := w.runner.Plan(w.Context(), &w.run); err != nil {
		w.Fatal(err)
	}
}

func TestAWarnedRunStopsNothingBeforeTheTimeThatItGives(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute}, sim.Instance{ID: "b", Status: sim.StatusStopped}), warnedRequest("a", "b"), func(w *world) {
		begun := time.Now()
		w.planOnce()
		if at := *w.run.StopAt; !at.Equal(begun.Add(10*time.Minute)) || !w.run.Deadline.Equal(at.Add(30*time.Minute)) || w.run.Next != runs.NextWarn {
			t.Errorf("stops at %s, deadline %s, next %s", at, w.run.Deadline, w.run.Next)
		}
		if want := "1 of 2 instances will be stopped at " + w.run.StopAt.Format(time.RFC3339) + "."; w.run.Summary != want {
			t.Errorf("summary %q, want %q", w.run.Summary, want)
		}
		for range 3 { // whoever calls too early
			w.planOnce()
			early := w.run
			early.Planned = true
			if err := w.runner.Stop(w.Context(), &early); err != nil {
				t.Fatal(err)
			}
			wait(time.Minute)
		}
		if n := w.server.Calls(sim.ActionStop); n != 0 || w.run.Planned {
			t.Errorf("%d StopInstances calls, planned %v", n, w.run.Planned)
		}
		w.hold()
		w.finish()
		if w.verdict("a") != power.Stopped || w.verdict("b") != power.AlreadyStopped || w.server.Truth("a").Stopping.Before(begun.Add(10*time.Minute)) {
			t.Errorf("a is %s, b is %s", w.verdict("a"), w.verdict("b"))
		}
	})
}

func TestAMachineThatGetsATagAfterTheWarningIsLeftAlone(t *testing.T) {
	for tag, want := range map[string]power.Verdict{"zenstop-protect": power.Protected, "zenstop-keep-until": power.Kept} {
		in := sim.Instance{ID: "a", LaterTags: map[string]string{tag: "2100-01-01"}, LaterTagsAt: 9*time.Minute + 59*time.Second}
		if want == power.Kept {
			in.LaterTags[tag] = time.Date(2000, 1, 1, 12, 0, 0, 0, time.UTC).Format(time.RFC3339) // a bubble of synctest begins at midnight
		}
		within(t, fleet(in, sim.Instance{ID: "b"}), warnedRequest("a", "b"), func(w *world) {
			w.planOnce()
			w.hold()
			w.finish()
			if w.verdict("a") != want || w.verdict("b") != power.Stopped || w.server.Truth("a").StopCalls != 0 {
				t.Errorf("%s: a is %s, b is %s", tag, w.verdict("a"), w.verdict("b"))
			}
		})
	}
}

func TestWhatMatchesAFilterOnlyAfterTheWarningIsLeftAlone(t *testing.T) {
	req := filterRequest(zenlayer.Filter{TagKeys: []string{"night"}})
	req.Warn = 10 * time.Minute
	night := map[string]string{"night": ""}
	sc := fleet(sim.Instance{ID: "a", Tags: night}, sim.Instance{ID: "late", Tags: night, AppearsAt: time.Minute}, sim.Instance{ID: "later", LaterTags: night, LaterTagsAt: 5 * time.Minute})
	within(t, sc, req, func(w *world) {
		w.planOnce()
		w.hold()
		w.finish()
		if len(w.run.Instances) != 1 || w.verdict("a") != power.Stopped || w.server.Truth("late").StopCalls+w.server.Truth("later").StopCalls != 0 {
			t.Errorf("%s", w.run.Summary)
		}
		if want := "2 instances match the filter, but the warning did not name them, so they were left alone: late, later."; len(w.run.Notes) != 1 || w.run.Notes[0] != want {
			t.Errorf("notes %q", w.run.Notes)
		}
	})
}

func TestARunThatWouldStopNothingDoesNotWarn(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", Status: sim.StatusStopped}, sim.Instance{ID: "b", Tags: map[string]string{"zenstop-protect": ""}}), warnedRequest("a", "b"), func(w *world) {
		w.planOnce()
		w.finish()
		if w.run.StopAt != nil || w.run.Outcome != runs.OutcomeStopped || w.run.Counts[power.Protected] != 1 {
			t.Errorf("%s, stops at %v: %s", w.run.Outcome, w.run.StopAt, w.run.Summary)
		}
	})
}

func TestALargeRunIsWarnedAsAWholeAndSplitAfterwards(t *testing.T) {
	for _, by := range []string{"ids", "a filter"} {
		t.Run(by, func(t *testing.T) {
			var all []sim.Instance
			var ids []string
			for n := range 1200 {
				all, ids = append(all, sim.Instance{ID: fmt.Sprintf("i-%04d", n)}), append(ids, fmt.Sprintf("i-%04d", n))
			}
			req := warnedRequest(ids...)
			if by == "a filter" {
				req.Target = runs.Target{Filter: &zenlayer.Filter{InstanceName: "i-*"}}
			}
			req.MaxInstances = 1200
			within(t, fleet(all...), req, func(w *world) {
				w.planOnce()
				if named := len(w.run.Memory.Named) + len(w.run.Memory.InstanceIDs); len(w.run.Instances) != 0 || named != 1200 {
					t.Errorf("%d instances, %d named", len(w.run.Instances), named)
				}
				w.hold()
				w.plan()
				if len(w.run.Memory.Parts) != 2 || len(w.run.Memory.Named) != 0 {
					t.Errorf("%d parts, %d still named", len(w.run.Memory.Parts), len(w.run.Memory.Named))
				}
			})
		})
	}
}

func TestACheckOnlyMakesNoStopCallAndSaysWhoIsUp(t *testing.T) {
	req := request("up", "off", "stopping", "kept", "gone")
	req.CheckOnly, req.MaxInstances = true, 1
	sc := fleet(sim.Instance{ID: "up"}, sim.Instance{ID: "off", Status: sim.StatusStopped}, sim.Instance{ID: "stopping", Status: sim.StatusStopping, StopTakes: 5 * time.Minute},
		sim.Instance{ID: "kept", Tags: map[string]string{"zenstop-keep-until": "soon"}})
	within(t, sc, req, func(w *world) {
		w.planOnce()
		w.finish()
		want := map[power.Verdict]int{power.Running: 1, power.AlreadyStopped: 2, power.Kept: 1, power.Missing: 1}
		for v, n := range want {
			if w.run.Counts[v] != n {
				t.Errorf("%d %s, want %d", w.run.Counts[v], v, n)
			}
		}
		if w.server.Calls(sim.ActionStop) != 0 || w.run.Outcome != runs.OutcomeFailed || !strings.HasPrefix(w.run.Summary, "2 of 5 instances off, 1 kept. Not off: up RUNNING, gone MISSING.") || !strings.Contains(w.run.Summary, "No run will come back to these kept instances: kept.") {
			t.Errorf("%d StopInstances calls, %s: %s", w.server.Calls(sim.ActionStop), w.run.Outcome, w.run.Summary)
		}
	})
}

// A finding of the campaign: one false answer showed nothing to stop at the plan, so nobody
// was warned, and the machine was stopped a minute later.
func TestOneAnswerDoesNotSayThatThereIsNobodyToWarn(t *testing.T) {
	for _, status := range []string{sim.StatusInstallFailed, sim.StatusStopped, sim.StatusRecycle} {
		req := request("a")
		req.Warn = 5 * time.Minute
		within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute, FalseStatus: status, FalseFrom: 1}), req, func(w *world) {
			w.planOnce()
			if w.run.Next != runs.NextPlan || w.run.Planned {
				w.Fatalf("%s: one answer ends the plan: next %s", status, w.run.Next)
			}
			w.planOnce()
			if w.run.StopAt == nil || w.server.Calls(sim.ActionStop) != 0 || w.run.Outcome != runs.OutcomeWaiting {
				w.Fatalf("%s: no warning, %d stops, %s", status, w.server.Calls(sim.ActionStop), w.run.Summary)
			}
			wait(time.Until(*w.run.StopAt))
			if w.finish(); w.verdict("a") != power.Stopped {
				w.Errorf("%s: %s", status, w.run.Summary)
			}
		})
	}
}

// The run was never planned after its warning, as Zenlayer was out until the deadline. Each of
// the two looks that it has then forgot what the other had seen.
func TestAWarnedRunThatIsNeverPlannedConfirmsWhatItsTwoLastLooksShow(t *testing.T) {
	for name, target := range map[string]runs.Target{
		"ids":      {InstanceIDs: []string{"off"}},
		"a filter": {Filter: &zenlayer.Filter{TagKeys: []string{"k"}}},
	} {
		t.Run(name, func(t *testing.T) {
			req := request("off")
			req.Target, req.Warn = target, 10*time.Minute
			sc := fleet(sim.Instance{ID: "off", Tags: map[string]string{"k": "v"}, ExternalStopAt: time.Second, StopTakes: time.Minute})
			sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 5 * time.Minute, Until: 40 * time.Minute}}
			within(t, sc, req, func(w *world) {
				w.planOnce()
				w.hold()
				w.untilDeadline()
				w.finish()
				if w.verdict("off") != power.AlreadyStopped && w.verdict("off") != power.Stopped {
					w.Errorf("%s: %s", w.verdict("off"), w.run.Summary)
				}
			})
		})
	}
}

// What the plan before the warning saw is no verdict of a run that was never planned after it:
// the tag may be gone since.
func TestAWarnedRunThatEndsWithoutALookSaysNothingOfWhatThePlanBeforeTheWarningSaw(t *testing.T) {
	for name, target := range map[string]runs.Target{
		"ids":      {InstanceIDs: []string{"guarded", "other"}},
		"a filter": {Filter: &zenlayer.Filter{TagKeys: []string{"k"}}},
	} {
		t.Run(name, func(t *testing.T) {
			req := request("guarded", "other")
			req.Target, req.Warn = target, 10*time.Minute
			sc := fleet(
				sim.Instance{ID: "guarded", Tags: map[string]string{"k": "v", "zenstop-protect": ""}, Retags: []sim.Retag{{At: 5 * time.Minute, Tags: map[string]string{"k": "v"}}}},
				sim.Instance{ID: "other", Tags: map[string]string{"k": "v"}},
			)
			sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 5 * time.Minute, Until: 40 * time.Minute}, {Kind: sim.Throttle, From: 40 * time.Minute, RetryAfter: 10 * time.Minute}}
			within(t, sc, req, func(w *world) {
				w.planOnce()
				if w.run.Instances[0].Verdict != power.Protected {
					w.Fatalf("%+v", w.run.Instances)
				}
				w.hold()
				w.untilDeadline()
				w.finish()
				if w.verdict("guarded") != power.TimedOut || w.verdict("other") != power.TimedOut {
					w.Errorf("%s, %s: %s", w.verdict("guarded"), w.verdict("other"), w.run.Summary)
				}
			})
		})
	}
}

func TestTheRunThatComesBackWarnsWhereTheOneBeforeHadNothingToWarnOf(t *testing.T) {
	for name, part := range map[string]int{"a run": 0, "a part": 1} {
		keep := clock(2, 0)
		within(t, fleet(started("a", 2, 0)), warnedRequest("a"), func(w *world) {
			w.planOnce()
			w.plan()
			w.run.Part = part
			w.finish()
			if w.verdict("a") != power.Kept {
				t.Fatalf("%s: a is %s", name, w.verdict("a"))
			}
			back := comesBack(w.runner.Report(runs.Ending{Run: w.run}))
			if back == nil || !back.StopAt.Equal(keep.Add(-10*time.Minute)) || !back.Deadline.Equal(keep.Add(30*time.Minute)) {
				t.Fatalf("%s: comes back as %+v", name, back)
			}
			w.run = *back
			wait(time.Until(*back.StopAt))
			w.planOnce()
			if w.run.Next != runs.NextWarn || w.run.Memory.Warning == nil || !w.run.StopAt.Equal(keep) || !w.run.Deadline.Equal(keep.Add(30*time.Minute)) {
				t.Fatalf("%s: no warning: %s", name, w.run.Summary)
			}
			w.finish()
			if w.verdict("a") != power.Stopped || w.server.Truth("a").Stopping.Before(keep) {
				t.Errorf("%s: a is %s, stopping at %s", name, w.verdict("a"), w.server.Truth("a").Stopping)
			}
		})
	}
}
