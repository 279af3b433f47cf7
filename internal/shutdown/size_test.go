package shutdown_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

// Two deliveries of one event: one could plan, the other could not. Both must
// start executions of the same names.
func TestEachDeliveryOfAnEventIsCutIntoTheSameParts(t *testing.T) {
	for _, idLength := range []int{8, 36, 64} {
		var all []sim.Instance
		var ids []string
		for n := range 1000 {
			id := fmt.Sprintf("%0*d", idLength, n)
			all, ids = append(all, sim.Instance{ID: id, Name: strings.Repeat("<", 64)}), append(ids, id)
		}
		req := request(ids...)
		req.MaxInstances = 1000
		within(t, fleet(all...), req, func(w *world) {
			unplanned := w.run.Split(time.Now())
			w.plan()
			planned := w.run.Split(time.Now())
			if len(planned) != len(unplanned) {
				t.Fatalf("ids of %d characters: %d parts when planned, %d when not", idLength, len(planned), len(unplanned))
			}
			for i := range planned {
				if planned[i].Run != unplanned[i].Run || len(planned[i].Instances) != len(unplanned[i].Instances) {
					t.Errorf("part %d: %s of %d, and %s of %d", i, planned[i].Run, len(planned[i].Instances), unplanned[i].Run, len(unplanned[i].Instances))
				}
				if unplanned[i].MaxInstances < len(unplanned[i].Instances) {
					t.Errorf("part %d may stop %d of its %d, though all are allowed", i, unplanned[i].MaxInstances, len(unplanned[i].Instances))
				}
				if text, err := json.Marshal(planned[i]); err != nil || len(text) > 262_144 {
					t.Errorf("part %d has %d bytes, error %v", i, len(text), err)
				}
			}
		})
	}
}

func TestADocumentFitsThePayloadToTheEndWhateverGoesWrong(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 1000 {
		id := fmt.Sprintf("%036d", n)
		all, ids = append(all, sim.Instance{ID: id, Name: strings.Repeat("ä", 64), RefusesStop: "OPERATION_DENIED_" + strings.Repeat("X", 60)}), append(ids, id)
	}
	req := request(ids...)
	req.MaxInstances = 1000
	req.Timeout = 10 * time.Hour
	within(t, fleet(all...), req, func(w *world) {
		w.plan()
		for w.run.Outcome == shutdown.OutcomeWaiting {
			if err := w.runner.Stop(w.Context(), &w.run); err != nil {
				t.Fatal(err)
			}
			if text, err := json.Marshal(w.run); err != nil || len(text) > 262_144 {
				t.Fatalf("%d bytes, error %v", len(text), err)
			}
			wait(time.Minute)
		}
		if n := w.run.Counts[shutdown.RefusedStop]; n != 1000 {
			t.Errorf("%d REFUSED, want 1000", n)
		}
	})
}
