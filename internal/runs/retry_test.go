package runs_test

import (
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// throttled is a scenario in which each call from then on is throttled, with a Retry-After.
func throttled(from, until, retryAfter time.Duration) sim.Scenario {
	sc := fleet(sim.Instance{ID: "a", StopTakes: time.Minute}, sim.Instance{ID: "b", StopTakes: time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.Throttle, From: from, Until: until, RetryAfter: retryAfter}}
	return sc
}

func TestRetryAfterHoldsForAllCallsOfTheRunAndMovesNoDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		from, until, retryAfter time.Duration
		calls                   int // while it holds
		outcome                 runs.Outcome
	}{
		"at the plan":                         {0, 5 * time.Minute, 4 * time.Minute, 2, runs.OutcomeStopped},
		"after the stop":                      {10 * time.Second, 10 * time.Minute, 4 * time.Minute, 3, runs.OutcomeStopped},
		"a week, which counts as 15 minutes":  {10 * time.Second, time.Minute, 7 * 24 * time.Hour, 1, runs.OutcomeStopped},
		"shortly before the deadline":         {29 * time.Minute, time.Hour, 10 * time.Minute, 0, runs.OutcomeStopped},
		"the same, where the plan comes late": {0, 29 * time.Minute, 15 * time.Minute, 2, runs.OutcomeFailed},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, throttled(c.from, c.until, c.retryAfter), request("a", "b"), func(w *world) {
				w.finish()
				refused := 0
				for _, r := range w.server.Requests() {
					if r.Fault == sim.Throttle {
						refused++
					}
				}
				if refused != c.calls || w.run.Outcome != c.outcome || time.Since(w.run.Deadline) > time.Minute {
					w.Errorf("%d throttled calls, %s %s after the deadline: %s; want %d, %s", refused, w.run.Outcome, time.Since(w.run.Deadline), w.run.Summary, c.calls, c.outcome)
				}
			})
		})
	}
}

func TestARefusalThatAsksToWaitHoldsForTheWholeRunToo(t *testing.T) {
	for _, action := range []string{sim.ActionStop, sim.ActionDescribe} {
		t.Run(action, func(t *testing.T) {
			sc := throttled(0, 0, 4*time.Minute)
			sc.Faults[0].Kind, sc.Faults[0].Code, sc.Faults[0].Action, sc.Faults[0].LastCall = sim.Refuse, "OPERATION_IN_PROGRESS", action, 1
			within(t, sc, request("a", "b"), func(w *world) {
				w.finish()
				var refused, next time.Time
				for _, r := range w.server.Requests() {
					switch {
					case r.Fault == sim.Refuse:
						refused = r.At
					case next.IsZero() && !refused.IsZero():
						next = r.At
					}
				}
				if w.run.Outcome != runs.OutcomeStopped || next.Sub(refused) < 4*time.Minute {
					w.Errorf("%s; the next call came after %s", w.run.Summary, next.Sub(refused))
				}
			})
		})
	}
}

// The workflow repeats a check that failed, and that was a call within Retry-After.
func TestALastLookThatZenlayerPutsOffEndsARunThatWasNeverPlannedToo(t *testing.T) {
	for name, c := range map[string]struct {
		req  runs.Request
		want string
	}{
		"ids":       {request("a", "b"), "0 of 2 instances stopped. Not stopped: a TIMED_OUT, b TIMED_OUT."},
		"a filter":  {byTag(), "The filter could not be resolved; nothing was stopped."},
		"a dry run": {func() runs.Request { r := request("a", "b"); r.DryRun = true; return r }(), "0 of 2 instances stopped. Not stopped: a TIMED_OUT, b TIMED_OUT."},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, throttled(0, time.Hour, 10*time.Minute), c.req, func(w *world) {
				wait(30 * time.Minute)
				if err := w.runner.Check(w.Context(), &w.run); err != nil || w.run.Outcome != runs.OutcomeFailed {
					w.Fatalf("%s, %v: %s", w.run.Outcome, err, w.run.Summary)
				}
				if !strings.HasPrefix(w.run.Summary, c.want) || !strings.Contains(w.run.Summary, "HTTP 429") {
					w.Error(w.run.Summary)
				}
			})
		})
	}
}

func TestALastLookThatZenlayerPutsOffIsSaid(t *testing.T) {
	within(t, throttled(29*time.Minute, time.Hour, 10*time.Minute), request("never"), func(w *world) {
		w.finish()
		if !strings.Contains(w.run.Summary, "The last look was not possible: ") && w.verdict("never") != power.Missing {
			w.Errorf("%s", w.run.Summary)
		}
	})
}
