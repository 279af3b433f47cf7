package campaign

import (
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"zenstop/internal/proof/asl"
	"zenstop/statemachine"
)

// Options say how long a campaign is.
type Options struct {
	Runs    int    // how many runs
	Seed    uint64 // of the first run; each next one has the next seed
	Workers int    // at the same time
	First   bool   // end at the first finding
}

// Campaign carries out all runs and adds up what they came to.
func Campaign(t *testing.T, o Options) *Result {
	machine := workflow(t)
	defer quiet()()
	total := newResult()
	var found atomic.Bool
	var mu sync.Mutex
	t.Run("runs", func(t *testing.T) {
		for worker := range o.Workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for n := worker; n < o.Runs && (!o.First || !found.Load()); n += o.Workers {
					result := tell(t, machine, draw(o.Seed+uint64(n)))
					found.CompareAndSwap(false, len(result.Findings) > 0)
					mu.Lock()
					total.Add(result)
					mu.Unlock()
				}
			})
		}
	})
	return total
}

// workflow is the definition that is deployed. What the template fills in stands
// for itself.
func workflow(t *testing.T) *asl.Machine {
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// quiet drops what the functions log, which tells nothing in so many runs, and
// lets more garbage lie, as little is kept. It returns how to undo both.
func quiet() (undo func()) {
	logger, percent := slog.Default(), debug.SetGCPercent(1000)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	return func() {
		slog.SetDefault(logger)
		debug.SetGCPercent(percent)
	}
}
