package runs_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// What was seen STOPPED may be up again before the run ends. Each story has a
// mate that keeps the run going for ten minutes.
func TestWhatWasStoppedIsLookedAtOnceMoreBeforeTheRunEnds(t *testing.T) {
	cases := map[string]struct {
		is   sim.Instance
		want power.Verdict
	}{
		"it boots after a minute":        {sim.Instance{StopTakes: 20 * time.Second, RestartsAfter: time.Minute, BootTakes: 30 * time.Second}, power.Restarted},
		"it boots at the end":            {sim.Instance{StopTakes: 20 * time.Second, RestartsAfter: 9 * time.Minute, BootTakes: 3 * time.Minute}, power.Restarted},
		"it boots and never gets to run": {sim.Instance{StopTakes: 20 * time.Second, RestartsAfter: time.Minute, BootTakes: 50 * time.Hour}, power.TimedOut},
		"it was STOPPED and boots":       {sim.Instance{Status: sim.StatusStopped, RestartsAfter: time.Minute, BootTakes: 30 * time.Second}, power.Restarted},
		"it was STOPPED and boots with the tag": {sim.Instance{
			Status: sim.StatusStopped, RestartsAfter: time.Minute, BootTakes: 30 * time.Second,
			LaterTags: map[string]string{"zenstop-protect": ""}, LaterTagsAt: 10 * time.Second,
		}, power.Protected},
		"it stays STOPPED":                   {sim.Instance{StopTakes: 20 * time.Second}, power.Stopped},
		"it was STOPPED and stays so":        {sim.Instance{Status: sim.StatusStopped}, power.AlreadyStopped},
		"it is recycled after the stop":      {sim.Instance{StopTakes: 20 * time.Second, RecycledAt: 5 * time.Minute}, power.Recycled},
		"it gets a status that nobody knows": {sim.Instance{StopTakes: 20 * time.Second, OddStatus: "MAINTENANCE", OddFrom: 2 * time.Minute}, power.TimedOut},
		"it gets such a status for a while":  {sim.Instance{StopTakes: 20 * time.Second, OddStatus: "MAINTENANCE", OddFrom: 2 * time.Minute, OddFor: 15 * time.Minute}, power.Stopped},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.is.ID = "it"
			within(t, fleet(c.is, sim.Instance{ID: "mate", StopTakes: 10 * time.Minute}), request("it", "mate"), func(w *world) {
				w.finish()
				if got := w.verdict("it"); got != c.want {
					w.Errorf("verdict %s, want %s; %s", got, c.want, w.run.Summary)
				}
				if got := w.verdict("mate"); got != power.Stopped {
					w.Errorf("its mate is %s", got)
				}
				if w.run.Instances[0].Before == sim.StatusRunning && w.server.Truth("it").StopCalls != 1 {
					w.Errorf("%d stops: what is up again is left alone", w.server.Truth("it").StopCalls)
				}
				if s := w.run.Instances[0].Seconds; c.want == power.Stopped && s > 60 {
					w.Errorf("%d seconds from the stop to STOPPED, want those of the first sighting", s)
				}
			})
		})
	}
}

func TestALastLookThatIsIncompleteAtTheDeadlineIsSaid(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", StopTakes: 20 * time.Second}, sim.Instance{ID: "b", StopTakes: 40 * time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.ShortPage, From: 10 * time.Minute}}
	within(t, sc, request("a", "b"), func(w *world) {
		w.finish()
		const want = "The last look did not show 1 instance that was seen STOPPED before: a."
		if w.verdict("a") != power.Stopped || w.verdict("b") != power.TimedOut || !strings.Contains(w.run.Summary, want) || !slices.Contains(w.run.Notes, want) || w.run.Instances[0].Note != "the last look did not show it" {
			w.Errorf("%s, %s, notes %q: %s", w.verdict("a"), w.verdict("b"), w.run.Notes, w.run.Summary)
		}
	})
}

// A finding of the campaign: what had vanished was reported as STOPPED without a word.
func TestWhatWasStoppedAndCannotBeSeenAnyMoreIsSaid(t *testing.T) {
	const want = "The last look did not show 1 instance that was seen STOPPED before: it."
	for name, is := range map[string]sim.Instance{
		"it vanished":                        {StopTakes: 20 * time.Second, VanishesAt: 2 * time.Minute},
		"it was STOPPED before and vanished": {Status: sim.StatusStopped, VanishesAt: 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			is.ID = "it"
			within(t, fleet(is, sim.Instance{ID: "mate", StopTakes: 10 * time.Minute}), request("it", "mate"), func(w *world) {
				w.finish()
				if !w.verdict("it").Reached() || w.run.Outcome != runs.OutcomeStopped || !strings.Contains(w.run.Summary, want) {
					w.Errorf("%s, %s", w.verdict("it"), w.run.Summary)
				}
				if late := time.Since(w.run.StartedAt); late > 13*time.Minute {
					w.Errorf("the run waited for it until %s", late)
				}
			})
		})
	}
}

func TestOneAnswerThatLeavesOutAStoppedInstanceIsFollowedByAnother(t *testing.T) {
	is := sim.Instance{ID: "it", Status: sim.StatusStopped, AbsentFrom: 2, AbsentAnswers: 1}
	within(t, fleet(is), request("it"), func(w *world) {
		w.finish()
		if w.verdict("it") != power.AlreadyStopped || len(w.run.Notes) != 0 || w.run.Checks != 3 {
			w.Errorf("%s after %d checks, notes %q", w.verdict("it"), w.run.Checks, w.run.Notes)
		}
	})
}

func TestAnOutageBeforeTheLastLookIsWaitedOut(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", StopTakes: 20 * time.Second}, sim.Instance{ID: "b", StopTakes: 10 * time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.ShortPage, From: 10 * time.Minute, Until: 15 * time.Minute}}
	within(t, sc, request("a", "b"), func(w *world) {
		w.finish()
		if w.run.Outcome != runs.OutcomeStopped || time.Since(w.run.StartedAt) < 15*time.Minute {
			w.Errorf("outcome %s after %s, want STOPPED, and not before there is an answer to the last look", w.run.Outcome, time.Since(w.run.StartedAt))
		}
	})
}

func TestOneAnswerThatShowsAStoppedInstanceRunningIsNotBelieved(t *testing.T) {
	checks := map[int]bool{}
	for _, before := range []string{sim.StatusRunning, sim.StatusStopped} {
		for second := range 60 { // the last look is at one of them
			is := sim.Instance{
				ID: "it", Status: before, StopTakes: 20 * time.Second,
				OddStatus: sim.StatusRunning, OddFrom: 10*time.Minute + time.Duration(second)*time.Second, OddFor: 4 * time.Second,
			}
			within(t, fleet(is, sim.Instance{ID: "mate", StopTakes: 10 * time.Minute}), request("it", "mate"), func(w *world) {
				w.finish()
				want := map[string]power.Verdict{sim.StatusRunning: power.Stopped, sim.StatusStopped: power.AlreadyStopped}[before]
				if got := w.verdict("it"); got != want {
					w.Errorf("shown RUNNING %d s after the mate was STOPPED: %s, want %s", second, got, want)
				}
				checks[w.run.Checks] = true
			})
		}
	}
	if len(checks) < 2 {
		t.Error("no run took another look for the doubt")
	}
}
