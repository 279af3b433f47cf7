package shutdown_test

import (
	"testing"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/sim"
)

// loseAStop carries out a stop round whose document never arrives: the function
// crashed after its last call.
func (w *world) loseAStop() {
	w.Helper()
	lost := w.run
	lost.Instances = append([]shutdown.Instance{}, w.run.Instances...)
	if err := w.runner.Stop(w.Context(), &lost); err != nil {
		w.Fatal(err)
	}
	wait(5 * time.Minute)
}

func TestAStopWhoseDocumentIsLostIsNoEarlierStop(t *testing.T) {
	for name, planned := range map[string]bool{"planned": true, "not planned": false} {
		t.Run(name, func(t *testing.T) {
			within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute}), request("a"), func(w *world) {
				if planned {
					if err := w.runner.Plan(w.Context(), &w.run); err != nil {
						w.Fatal(err)
					}
				}
				w.loseAStop()
				w.finish()
				if got := w.verdict("a"); got != shutdown.Stopped {
					w.Errorf("verdict %s, want STOPPED: the run asked for it", got)
				}
			})
		})
	}
}

func TestNothingIsStoppedBeforeTheDocumentHoldsThePlan(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}), request("a"), func(w *world) {
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if !w.run.Planned || !w.run.StopDue || w.server.Calls(sim.ActionStop) != 0 {
			w.Errorf("planned %v, stop due %v, %d stops; want the plan alone", w.run.Planned, w.run.StopDue, w.server.Calls(sim.ActionStop))
		}
	})
}

func TestATagThatComesAfterAStopDoesNotMakeItUntouched(t *testing.T) {
	late := sim.Instance{ID: "a", StopTakes: time.Minute, LaterTags: map[string]string{"zenstop-protect": ""}, LaterTagsAt: 10 * time.Second}
	within(t, fleet(late), request("a"), func(w *world) {
		w.plan()
		w.loseAStop()
		w.finish()
		if got := w.verdict("a"); got != shutdown.Stopped {
			w.Errorf("verdict %s, want STOPPED: PROTECTED means never touched", got)
		}
	})
}
