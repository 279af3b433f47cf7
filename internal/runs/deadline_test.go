package runs_test

import (
	"fmt"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

func TestFromTheDeadlineOnNothingIsAskedToStop(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "b", Status: sim.StatusStopping, StopTakes: time.Minute}), request("a", "b"), func(w *world) {
		w.plan()
		wait(time.Until(w.run.Deadline)) // the stop was on its way for that long, or is a repeated one
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if n := w.server.Calls(sim.ActionStop); n != 0 {
			w.Errorf("%d StopInstances calls after the deadline", n)
		}
		if w.run.Outcome != runs.OutcomeWaiting || w.run.Next != runs.NextWait {
			w.Errorf("outcome %s after the stop round, want WAITING for the last look", w.run.Outcome)
		}
		w.finish()
		if w.run.Outcome != runs.OutcomeFailed || w.verdict("a") != power.TimedOut || w.verdict("b") != power.Stopped {
			w.Errorf("outcome %s, verdicts %s and %s; want a last look", w.run.Outcome, w.verdict("a"), w.verdict("b"))
		}
	})
}

func TestABatchWhoseTurnComesAfterTheDeadlineIsNotAskedFor(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 150 {
		all, ids = append(all, sim.Instance{ID: fmt.Sprintf("i-%03d", n)}), append(ids, fmt.Sprintf("i-%03d", n))
	}
	req := request(ids...)
	req.MaxInstances = len(ids)
	sc := fleet(all...)
	sc.Faults = []sim.Fault{{Kind: sim.TimeOut, Action: sim.ActionStop}}
	within(t, sc, req, func(w *world) {
		w.runner.Parallel = 1 // the second batch waits for the first
		w.plan()
		wait(time.Until(w.run.Deadline) - time.Second)
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if late := time.Since(w.run.Deadline); late > runs.LastLook {
			w.Errorf("asked for %s after the deadline", late)
		}
		w.finish()
		if n := w.server.Calls(sim.ActionStop); n != 1 || w.run.Counts[power.TimedOut] != len(ids) {
			w.Errorf("%d StopInstances calls, want the one that began before the deadline; verdicts %v", n, w.run.Counts)
		}
	})
}

func TestTheLastLookIsShortHoweverZenlayerHangs(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a"})
	sc.Faults = []sim.Fault{{Kind: sim.TimeOut, From: time.Minute}}
	within(t, sc, request("a"), func(w *world) {
		w.plan()
		wait(time.Until(w.run.Deadline) - time.Second)
		err := w.runner.Check(w.Context(), &w.run)
		if late := time.Since(w.run.Deadline); zenlayer.KindOf(err) != zenlayer.KindUnavailable || late > runs.LastLook {
			w.Errorf("error %v %s after the deadline", err, late)
		}
	})
}

// A finding: a stop round that crossed the deadline ended the run by itself, and
// reported as STOPPED what had been RUNNING again for 20 seconds.
func TestAStopRoundThatCrossesTheDeadlineLeavesTheEndToTheLastLook(t *testing.T) {
	again := sim.Instance{ID: "again", StopTakes: 10 * time.Second, RestartsAfter: 9*time.Minute + 20*time.Second, BootTakes: time.Second}
	busy := sim.Instance{ID: "busy", Status: sim.StatusBooting, BecomesRunningAfter: 9*time.Minute + 30*time.Second, StopTakes: time.Minute}
	sc := fleet(again, busy)
	sc.Faults = []sim.Fault{{Kind: sim.TimeOut, Action: sim.ActionStop, From: 9 * time.Minute}}
	req := request("again", "busy")
	req.Timeout = 10 * time.Minute
	within(t, sc, req, func(w *world) {
		w.plan()
		for time.Until(w.run.Deadline) > 10*time.Second {
			if err := w.step(); err != nil {
				w.Fatal(err)
			}
		}
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if w.run.Outcome != runs.OutcomeWaiting {
			w.Errorf("the stop round ended the run: %s", w.run.Summary)
		}
		w.finish()
		if got := w.verdict("again"); got.Good() {
			w.Errorf("what is RUNNING again is reported as %s", got)
		}
	})
}

func TestAStopRoundWithoutAnAnswerAtTheDeadlineIsNoError(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a"})
	sc.Faults = []sim.Fault{{Kind: sim.TimeOut, From: time.Minute, Until: 30*time.Minute + time.Second}}
	within(t, sc, request("a"), func(w *world) {
		w.plan()
		wait(time.Until(w.run.Deadline) - time.Second)
		if err := w.runner.Stop(w.Context(), &w.run); err != nil || w.run.Outcome != runs.OutcomeWaiting {
			w.Errorf("outcome %s, error %v: the last look must follow", w.run.Outcome, err)
		}
		if late := time.Since(w.run.Deadline); late > time.Second {
			w.Errorf("it went on for %s after the deadline", late)
		}
	})
}

// A finding of the campaign: a plan that began shortly before the deadline went on
// for a minute and a half after it.
func TestAPlanEndsAtTheDeadline(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a"})
	sc.Faults = []sim.Fault{{Kind: sim.TimeOut}}
	within(t, sc, request("a"), func(w *world) {
		wait(time.Until(w.run.Deadline) - time.Second)
		if err := w.runner.Plan(w.Context(), &w.run); zenlayer.KindOf(err) != zenlayer.KindUnavailable || time.Since(w.run.Deadline) > time.Second {
			w.Errorf("error %v %s after the deadline", err, time.Since(w.run.Deadline))
		}
		calls := w.server.Calls(sim.ActionDescribe)
		if err := w.runner.Plan(w.Context(), &w.run); err != nil || w.run.Next != runs.NextWait || w.run.Planned || w.server.Calls(sim.ActionDescribe) != calls {
			w.Errorf("planned %v, next %s, error %v: after the deadline only a check is due", w.run.Planned, w.run.Next, err)
		}
	})
}

// A finding of the campaign: Zenlayer was out until the deadline, so a dry run had no
// plan, its last look said KEPT, and the run that came back stopped the machine.
func TestARunWithoutAPlanKeepsNothingForLater(t *testing.T) {
	kept := sim.Instance{ID: "a", Tags: map[string]string{"zenstop-keep-until": "2000-01-01T1200Z"}}
	out := []sim.Fault{{Kind: sim.Challenge, Until: 30*time.Minute + time.Second}}
	for name, c := range map[string]struct {
		change func(*runs.Run)
		want   power.Verdict
	}{
		"a run":                {func(*runs.Run) {}, power.TimedOut},
		"a dry run":            {func(r *runs.Run) { r.DryRun = true }, power.Kept}, // PLANNED, and no run comes back after one
		"a check only":         {func(r *runs.Run) { r.CheckOnly = true }, power.Kept},
		"a warned run":         {func(r *runs.Run) { r.Memory.Warned = true }, power.Kept},
		"a part":               {func(r *runs.Run) { r.Part = 1 }, power.Kept},
		"a run that came back": {func(r *runs.Run) { r.ComeBacks = 1 }, power.Kept},
	} {
		t.Run(name, func(t *testing.T) {
			sc := fleet(kept)
			sc.Faults = out
			within(t, sc, request("a"), func(w *world) {
				c.change(&w.run)
				wait(30*time.Minute + 2*time.Second)
				if err := w.runner.Check(w.Context(), &w.run); err != nil {
					w.Fatal(err)
				}
				if got := w.verdict("a"); got != c.want || (w.run.Instances[0].KeepUntil != nil) != (c.want == power.Kept) {
					w.Errorf("%s until %v, want %s", got, w.run.Instances[0].KeepUntil, c.want)
				}
			})
		})
	}
}

func TestAsManyAsARunHoldsHaveTheirLastLookAndTheOneThatConfirmsItWhereTheyWereNeverPlanned(t *testing.T) {
	var all []sim.Instance
	var names []string
	for n := range runs.MaxInstancesPerRun {
		names = append(names, fmt.Sprintf("i-%04d", n))
		all = append(all, sim.Instance{ID: names[n], Status: sim.StatusStopped})
	}
	sc := fleet(all...)
	sc.Faults = []sim.Fault{{Kind: sim.Unavailable, Until: 30 * time.Minute}}
	within(t, sc, request(names...), func(w *world) {
		w.untilDeadline()
		wait(time.Until(w.run.Deadline))
		w.finish()
		if w.run.Counts[power.AlreadyStopped] != len(names) || w.run.Outcome != runs.OutcomeStopped {
			t.Error(w.run.Summary)
		}
	})
}
