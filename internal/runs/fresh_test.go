package runs_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// byTag is a request for what carries the tag k with the value v.
func byTag() runs.Request {
	req := request()
	req.Target = runs.Target{Filter: &zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "k", Value: "v"}}}}
	return req
}

// Zenlayer may list more than a filter matches, and nobody can tell that of a row that
// cannot be read.
func TestWhatTheFilterWasNeverSeenToMatchIsNeverTouched(t *testing.T) {
	for _, form := range sim.UnreadableForms() {
		sc := fleet(
			sim.Instance{ID: "lab", Tags: map[string]string{"k": "v"}, StopTakes: time.Minute},
			sim.Instance{ID: "prod", Tags: map[string]string{"k": "other"}, Unreadable: form, UnreadableAnswers: 2},
		)
		sc.IgnoreFilters = []string{"tags"}
		within(t, sc, byTag(), func(w *world) {
			w.finish()
			if w.server.Truth("prod").StopCalls != 0 || w.verdict("lab") != power.Stopped || w.run.Outcome != runs.OutcomeFailed {
				w.Errorf("%s: %d stop calls, %s", form, w.server.Truth("prod").StopCalls, w.run.Summary)
			}
			if time.Since(w.run.StartedAt) > 5*time.Minute {
				w.Errorf("%s: the run waited until %s", form, time.Since(w.run.StartedAt))
			}
		})
	}
}

// A listing of one page was believed at once: a machine that it left out, or showed without
// its tags, ran all night under a report that said STOPPED.
func TestNoListingLosesAMachineThatOneAnswerLeavesOutOrShowsOtherwise(t *testing.T) {
	tags := map[string]string{"k": "v"}
	for name, b := range map[string]sim.Instance{
		"left out":          {AbsentAnswers: 1},
		"left out next":     {AbsentFrom: 2, AbsentAnswers: 1},
		"its tags unread":   {Unreadable: sim.TagsAsMap, UnreadableAnswers: 1},
		"its status unread": {Unreadable: sim.StatusIsNumber, UnreadableAnswers: 1},
	} {
		for _, checkOnly := range []bool{false, true} {
			b.ID, b.Tags, b.StopTakes = "b", tags, time.Minute
			req := byTag()
			req.CheckOnly = checkOnly
			within(t, fleet(sim.Instance{ID: "a", Tags: tags, StopTakes: time.Minute}, b), req, func(w *world) {
				w.finish()
				want := power.Stopped
				if checkOnly {
					want = power.Running
				}
				if w.verdict("a") != want || w.verdict("b") != want {
					w.Errorf("%s, checkOnly %v: %s", name, checkOnly, w.run.Summary)
				}
			})
		}
	}
}

// turns is an API whose listings show, one after the other and again from the first, these
// tags of b.
type turns struct {
	runs.API
	of [][]zenlayer.Tag
	n  *int
}

func (l turns) List(ctx context.Context, f zenlayer.Filter, n, size int) (zenlayer.Page, error) {
	page, err := l.API.List(ctx, f, n, size)
	for i := range page.Instances {
		if page.Instances[i].ID == "b" {
			page.Instances[i].Tags = l.of[*l.n%len(l.of)]
		}
	}
	*l.n++
	return page, err
}

func TestAMachineThatEachAnswerShowsOtherwiseIsLeftAloneAndKeepsNoOtherFromBeingStopped(t *testing.T) {
	of := func(keys ...string) (tags []zenlayer.Tag) {
		for _, k := range keys {
			tags = append(tags, zenlayer.Tag{Key: k, Value: "v"})
		}
		return tags
	}
	for name, c := range map[string]struct {
		turns [][]zenlayer.Tag
		stops int // of b, which has the tag k alone whenever it is described by its id
	}{
		"the filter's now and then":         {[][]zenlayer.Tag{of("k"), of("x")}, 0},
		"the filter's but at first":         {[][]zenlayer.Tag{of("x"), of("k"), of("x"), of("k"), of("x"), of("k"), of("k", "y"), of("k")}, 1},
		"protected now and then":            {[][]zenlayer.Tag{of("k"), of("k", "zenstop-protect")}, 1},
		"its tags in another order":         {[][]zenlayer.Tag{of("k", "y"), of("y", "k")}, 1},
		"of another team, and so no matter": {[][]zenlayer.Tag{of("x"), of("x", "y")}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			sc := fleet(sim.Instance{ID: "a", Tags: map[string]string{"k": "v"}, StopTakes: time.Minute}, sim.Instance{ID: "b", Tags: map[string]string{"k": "v"}, StopTakes: time.Minute})
			within(t, sc, byTag(), func(w *world) {
				w.runner.API = turns{w.runner.API, c.turns, new(int)}
				w.plan()
				if planned := w.server.Truth("b").StopCalls; planned != 0 {
					w.Errorf("%d stop calls at the plan", planned)
				}
				w.finish()
				if n := w.server.Truth("b").StopCalls; w.verdict("a") != power.Stopped || n != max(c.stops, 0) || (c.stops < 0) != (len(w.run.Instances) == 1) {
					w.Errorf("%d stop calls: %s", n, w.run.Summary)
				}
			})
		})
	}
}

// One that the run never touches counted against its limit, so the run was refused.
func TestAMachineThatTheFilterPerhapsDoesNotMatchTakesNoRoomInTheLimit(t *testing.T) {
	sc := fleet(
		sim.Instance{ID: "lab", Tags: map[string]string{"k": "v"}, StopTakes: time.Minute},
		sim.Instance{ID: "prod", Tags: map[string]string{"k": "other"}, Unreadable: sim.TagsAsMap},
	)
	sc.IgnoreFilters = []string{"tags"}
	req := byTag()
	req.MaxInstances = 1
	within(t, sc, req, func(w *world) {
		w.finish()
		if w.verdict("lab") != power.Stopped || w.verdict("prod") != power.Refused || w.server.Truth("prod").StopCalls != 0 {
			w.Errorf("%s", w.run.Summary)
		}
	})
}

// A listing that left out a machine once made the run forget what its warning had named.
func TestWhatAWarningNamedIsAskedForByItsIDWhereTheNextListingLeavesItOut(t *testing.T) {
	for name, c := range map[string]struct {
		b     sim.Instance
		stops int
		note  string
	}{
		"one answer leaves it out":      {sim.Instance{AbsentFrom: 2, AbsentAnswers: 1}, 1, ""},
		"the filter matches it no more": {sim.Instance{LaterTags: map[string]string{"k": "other"}, LaterTagsAt: time.Minute}, 0, "The filter no longer matches 1 instance that the warning named: left alone: b."},
	} {
		t.Run(name, func(t *testing.T) {
			c.b.ID, c.b.Tags, c.b.StopTakes = "b", map[string]string{"k": "v"}, time.Minute
			req := byTag()
			req.Warn = 10 * time.Minute
			within(t, fleet(sim.Instance{ID: "a", Tags: map[string]string{"k": "v"}, StopTakes: time.Minute}, c.b), req, func(w *world) {
				w.planOnce()
				w.hold()
				w.finish()
				if n := w.server.Truth("b").StopCalls; n != c.stops || !strings.Contains(strings.Join(w.run.Notes, " "), c.note) || w.verdict("a") != power.Stopped {
					w.Errorf("%d stop calls, notes %q: %s", n, w.run.Notes, w.run.Summary)
				}
			})
		})
	}
}

func TestALargeFilterThatIsResolvedOnlyAtTheDeadlineEndsThere(t *testing.T) {
	for _, n := range []int{999, 1001, 3000} {
		sc := sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: n, Like: sim.Instance{Status: sim.StatusStopped, Tags: map[string]string{"k": "v"}}}}}
		sc.Faults = []sim.Fault{{Kind: sim.Unavailable, Until: 30 * time.Minute}}
		within(t, sc, byTag(), func(w *world) {
			wait(30 * time.Minute)
			for w.run.Outcome == runs.OutcomeWaiting {
				if err := w.runner.Check(w.Context(), &w.run); err != nil {
					w.Fatal(err)
				}
			}
			text, err := json.Marshal(w.run)
			if len(text) > 262_144 || err != nil || len(w.run.Instances)+w.run.Omitted != n || time.Since(w.run.Deadline) > time.Minute {
				w.Errorf("%d: %d bytes, %d rows and %d omitted: %s", n, len(text), len(w.run.Instances), w.run.Omitted, w.run.Summary)
			}
			if want := "The last look was not possible"; n > 1000 != strings.Contains(strings.Join(w.run.Notes, " "), want) {
				w.Errorf("%d: notes %q", n, w.run.Notes)
			}
		})
	}
}

func TestADryRunThatIsPlannedOnlyAtTheDeadlineIsPlanned(t *testing.T) {
	req := request("off", "up")
	req.DryRun = true
	within(t, fleet(sim.Instance{ID: "off", Status: sim.StatusStopped}, sim.Instance{ID: "up"}), req, func(w *world) {
		wait(30 * time.Minute)
		if err := w.runner.Check(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if w.run.Outcome != runs.OutcomePlanned || w.verdict("off") != power.AlreadyStopped || !strings.Contains(w.run.Summary, "provisional") || w.server.Calls(sim.ActionStop) != 0 {
			w.Errorf("%s: %s", w.run.Outcome, w.run.Summary)
		}
	})
}

// A keep of what was off, and somebody else starts it: the stop after that is the run's.
func TestWhatWasKeptWhileItWasOffAndRunsWhenTheKeepEndsIsStoppedByTheRun(t *testing.T) {
	kept := sim.Instance{
		ID: "kept", Status: sim.StatusStopped, RestartsAfter: time.Minute, BootTakes: time.Minute, StopTakes: time.Minute,
		Tags: map[string]string{"zenstop-keep-until": "2000-01-01T0005Z"},
	}
	within(t, fleet(kept, sim.Instance{ID: "slow", StopTakes: 20 * time.Minute}), request("kept", "slow"), func(w *world) {
		w.plan()
		for time.Since(w.run.StartedAt) < 5*time.Minute+30*time.Second {
			if err := w.step(); err != nil {
				w.Fatal(err)
			}
		}
		if in := w.run.Instances[0]; in.Before != sim.StatusRunning || w.server.Truth("kept").AcceptedStops != 1 {
			w.Errorf("before %q, %d stops", in.Before, w.server.Truth("kept").AcceptedStops)
		}
	})
}

func TestAMachineThatIsKeptIsWarnedOfToo(t *testing.T) {
	req := request("kept")
	req.Warn = 10 * time.Minute
	within(t, fleet(sim.Instance{ID: "kept", Tags: map[string]string{"zenstop-keep-until": "2000-01-01T0300Z"}}), req, func(w *world) {
		if err := w.runner.Plan(w.Context(), &w.run); err != nil || !w.run.Memory.Warned || w.run.Instances[0].KeepUntil == nil {
			w.Errorf("warned %v, %+v, %v", w.run.Memory.Warned, w.run.Instances, err)
		}
	})
}
