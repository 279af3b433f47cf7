package campaign

import (
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync"
	"testing"

	"zenstop/statemachine"
)

// Options say how long a campaign is.
type Options struct {
	Runs    int    // how many runs
	Seed    uint64 // of the first run; each next one has the next seed
	Workers int    // at the same time
}

// Campaign carries out all runs and adds up what they came to.
func Campaign(t *testing.T, o Options) *Result {
	machine, err := statemachine.Load()
	if err != nil {
		t.Fatal(err)
	}
	// What the functions log in so many runs tells nothing, and much is allocated
	// and little kept.
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer debug.SetGCPercent(debug.SetGCPercent(400))
	total := newResult()
	var mu sync.Mutex
	t.Run("runs", func(t *testing.T) {
		for worker := range o.Workers {
			t.Run(strconv.Itoa(worker), func(t *testing.T) {
				t.Parallel()
				for n := worker; n < o.Runs; n += o.Workers {
					result := Run(t, machine, o.Seed+uint64(n)) //nolint:gosec // a count, never negative
					mu.Lock()
					total.Add(result)
					mu.Unlock()
				}
			})
		}
	})
	return total
}
