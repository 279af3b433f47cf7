package shutdown_test

import (
	"fmt"
	"testing"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
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
		if w.run.Outcome != shutdown.OutcomeFailed || w.verdict("a") != shutdown.TimedOut || w.verdict("b") != shutdown.Stopped {
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
		w.plan()
		wait(time.Until(w.run.Deadline) - time.Second)
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if late := time.Since(w.run.Deadline); late > shutdown.LastLook {
			w.Errorf("asked for %s after the deadline", late)
		}
		if n := w.server.Calls(sim.ActionStop); n != 1 || w.run.Counts[shutdown.TimedOut] != len(ids) {
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
		if err := w.runner.Check(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if late := time.Since(w.run.Deadline); w.verdict("a") != shutdown.TimedOut || late > shutdown.LastLook {
			w.Errorf("%s %s after the deadline", w.verdict("a"), late)
		}
	})
}
