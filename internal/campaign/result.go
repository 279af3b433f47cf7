package campaign

import (
	"fmt"
	"maps"
	"time"

	"zenstop/internal/shutdown"
)

// Result is what one run came to, or many added up.
type Result struct {
	Runs         int
	Instances    int // asked for
	Executions   int
	Faults       map[string]int // injected, by kind
	Quirks       map[string]int // instances that behave oddly, by kind
	Verdicts     map[shutdown.Verdict]int
	Outcomes     map[shutdown.Outcome]int
	Calls        int // of Zenlayer, attempts included
	WorstStops   int // StopInstances calls that named one instance
	WorstLooks   int // DescribeInstances calls that named one instance
	WorstRounds  int
	WorstOverrun time.Duration // of the last verdict of a run after its deadline
	WorstShare   float64       // calls of a run, of those that it may take at most

	WorstSeed uint64   // of WorstStops
	Wrong     []string // verdicts, and anything done that must not be
	Lost      []string // instances without exactly one verdict
	Unbounded []string // runs that took too long, or too many calls
}

func newResult() *Result {
	return &Result{Faults: map[string]int{}, Quirks: map[string]int{}, Verdicts: map[shutdown.Verdict]int{}, Outcomes: map[shutdown.Outcome]int{}}
}

// Bad reports whether anything went wrong.
func (r *Result) Bad() bool { return len(r.Wrong)+len(r.Lost)+len(r.Unbounded) > 0 }

// Add takes the result of another run in.
func (r *Result) Add(o *Result) {
	r.Runs += o.Runs
	r.Instances += o.Instances
	r.Executions += o.Executions
	r.Calls += o.Calls
	if o.WorstStops > r.WorstStops {
		r.WorstSeed = o.WorstSeed
	}
	r.WorstStops, r.WorstLooks, r.WorstShare = max(r.WorstStops, o.WorstStops), max(r.WorstLooks, o.WorstLooks), max(r.WorstShare, o.WorstShare)
	r.WorstRounds, r.WorstOverrun = max(r.WorstRounds, o.WorstRounds), max(r.WorstOverrun, o.WorstOverrun)
	add(r.Faults, o.Faults)
	add(r.Quirks, o.Quirks)
	add(r.Verdicts, o.Verdicts)
	add(r.Outcomes, o.Outcomes)
	r.Wrong, r.Lost, r.Unbounded = append(r.Wrong, o.Wrong...), append(r.Lost, o.Lost...), append(r.Unbounded, o.Unbounded...)
}

func add[K comparable](to, from map[K]int) {
	for k := range maps.Keys(from) {
		to[k] += from[k]
	}
}

// say formats a finding, with the seed that repeats it.
func say(seed uint64, format string, args ...any) string {
	return fmt.Sprintf("seed %d: ", seed) + fmt.Sprintf(format, args...)
}
