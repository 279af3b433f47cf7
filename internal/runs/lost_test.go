package runs_test

import (
	"context"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// loseAStop carries out a stop round whose document never arrives: the function
// crashed after its last call.
func (w *world) loseAStop() {
	w.Helper()
	lost := w.run
	lost.Instances = append([]power.Instance{}, w.run.Instances...)
	if err := w.runner.Stop(w.Context(), &lost); err != nil {
		w.Fatal(err)
	}
	wait(5 * time.Minute)
}

func TestAStopWhoseDocumentIsLostIsNoEarlierStop(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute}), request("a"), func(w *world) {
		w.plan()
		w.loseAStop()
		w.finish()
		if got := w.verdict("a"); got != power.Stopped {
			w.Errorf("verdict %s, want STOPPED: the run asked for it", got)
		}
	})
}

func TestNothingIsStoppedBeforeTheDocumentHoldsThePlan(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}), request("a"), func(w *world) {
		if err := w.runner.Stop(w.Context(), &w.run); err == nil || w.server.Calls(sim.ActionStop) != 0 {
			w.Errorf("%d stops, error %v", w.server.Calls(sim.ActionStop), err)
		}
	})
}

func TestATagThatComesAfterAStopDoesNotMakeItUntouched(t *testing.T) {
	late := sim.Instance{ID: "a", StopTakes: time.Minute, LaterTags: map[string]string{"zenstop-protect": ""}, LaterTagsAt: 10 * time.Second}
	within(t, fleet(late), request("a"), func(w *world) {
		w.plan()
		w.loseAStop()
		w.finish()
		if got := w.verdict("a"); got != power.Stopped {
			w.Errorf("verdict %s, want STOPPED: PROTECTED means never touched", got)
		}
	})
}

// A finding of the campaign: PROTECTED means never touched.
func TestATagThatComesWithARestartDoesNotMakeItUntouched(t *testing.T) {
	is := sim.Instance{
		ID: "a", StopTakes: 10 * time.Second, RestartsAfter: 9 * time.Minute, BootTakes: time.Second,
		LaterTags: map[string]string{"zenstop-protect": ""}, LaterTagsAt: 8 * time.Minute,
	}
	within(t, fleet(is, sim.Instance{ID: "mate", Status: sim.StatusStopping, StopTakes: 15 * time.Minute}), request("a", "mate"), func(w *world) {
		w.plan()
		w.loseAStop()
		w.finish()
		if got := w.verdict("a"); got != power.Restarted {
			w.Errorf("verdict %s, want RESTARTED: a lost stop touched it", got)
		}
	})
}

// A finding of the campaign.
func TestAStopOfWhatWasLastSeenInstallingIsNoEarlierStop(t *testing.T) {
	is := sim.Instance{ID: "a", Status: sim.StatusInstalling, BecomesRunningAfter: 20 * time.Second, StopTakes: time.Minute}
	within(t, fleet(is), request("a"), func(w *world) {
		w.plan()
		wait(30 * time.Second)
		lost := w.run
		lost.Instances = append([]power.Instance{}, w.run.Instances...)
		for _, step := range []func(context.Context, *runs.Run) error{w.runner.Check, w.runner.Stop} {
			if err := step(w.Context(), &lost); err != nil {
				w.Fatal(err)
			}
		}
		wait(2 * time.Minute)
		w.finish()
		if got := w.verdict("a"); got != power.Stopped {
			w.Errorf("verdict %s, want STOPPED: it was not STOPPED before", got)
		}
	})
}
