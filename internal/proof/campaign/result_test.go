package campaign

import (
	"fmt"
	"maps"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// kind is what a finding is about.
type kind int

const (
	wrong        kind = iota // a verdict, and anything done that must not be
	lost                     // an instance without exactly one verdict, or an execution that broke
	unbounded                // a run that took too long, or too many calls
	twice                    // an event with more than one execution
	unwarned                 // a stop that a warned run did not tell of
	early                    // a stop before the time of a keep tag or of a warning
	forgotten                // a KEPT instance without exactly one execution that comes back to it
	unasked                  // a start of what no stop request of the run has named
	tooSoon                  // a start before the time that the event or the stack gives
	abandoned                // a stopped instance without exactly one execution that starts it again
	startedTwice             // an instance that two executions start, for one stop
	unborne                  // what a run says and its history does not bear
	kinds
)

// kindNames are what the table calls the findings of each kind.
func kindNames() [kinds]string {
	return [kinds]string{
		wrong: "wrong verdicts", lost: "lost instances", unbounded: "unbounded runs", twice: "events with more than one execution",
		unwarned: "stopped without a warning", early: "touched before its time", forgotten: "kept and forgotten",
		unasked: "started without being stopped by the run", tooSoon: "started before its time", abandoned: "stopped and never started again", startedTwice: "started twice", unborne: "not borne by the history",
	}
}

// Finding is one thing that must not be.
type Finding struct {
	Kind kind
	Seed uint64 // repeats it
	Rule string // what was broken, without the facts
	Text string
}

func (f Finding) String() string { return fmt.Sprintf("seed %d: %s", f.Seed, f.Text) }

// Result is what one story came to, or many added up.
type Result struct {
	Runs       int
	Instances  int            // asked for
	Executions int            // those of parts, and those that come back, included
	CameBack   int            // executions that came back to kept instances
	Restored   int            // executions that started again what another one had stopped
	Warned     int            // runs that told of their stops
	GaveUp     int            // executions that no check could end
	Unreported int            // executions that no call could report
	Judged     int            // histories that were judged alone
	Simulated  time.Duration  // time of all executions
	Quirks     map[string]int // instances that behave oddly, by kind
	Verdicts   map[power.Verdict]int
	Outcomes   map[runs.Outcome]int
	Met        map[fault]*meeting
	Calls      int // of Zenlayer, attempts included
	WorstStops int // StopInstances calls that named one instance
	WorstLooks int // DescribeInstances calls that named one instance

	WorstBytes   int // of a document
	WorstRounds  int
	WorstEvents  int           // of the history of an execution
	WorstOverrun time.Duration // of the last verdict of a run after its deadline
	WorstShare   float64       // calls of a run, of those that it may take at most
	WorstSeed    uint64        // of WorstStops

	Findings []Finding
}

// meeting is what one kind of fault met.
type meeting struct {
	Runs     int // in which it was injected
	Verdicts map[power.Verdict]int
	Outcomes map[runs.Outcome]int
	Seeds    map[end]uint64 // one with this verdict or outcome
}

func newResult() *Result {
	return &Result{Quirks: map[string]int{}, Verdicts: map[power.Verdict]int{}, Outcomes: map[runs.Outcome]int{}, Met: map[fault]*meeting{}}
}

// Count is the number of findings of a kind.
func (r *Result) Count(k kind) int {
	n := 0
	for _, f := range r.Findings {
		if f.Kind == k {
			n++
		}
	}
	return n
}

// Add takes the result of another run in.
func (r *Result) Add(o *Result) {
	r.Runs += o.Runs
	r.Instances += o.Instances
	r.Executions += o.Executions
	r.CameBack += o.CameBack
	r.Restored += o.Restored
	r.Warned += o.Warned
	r.GaveUp += o.GaveUp
	r.Unreported += o.Unreported
	r.Judged += o.Judged
	r.Simulated += o.Simulated
	r.Calls += o.Calls
	if o.WorstStops > r.WorstStops {
		r.WorstSeed = o.WorstSeed
	}
	r.WorstStops, r.WorstLooks, r.WorstShare = max(r.WorstStops, o.WorstStops), max(r.WorstLooks, o.WorstLooks), max(r.WorstShare, o.WorstShare)
	r.WorstBytes = max(r.WorstBytes, o.WorstBytes)
	r.WorstRounds, r.WorstEvents, r.WorstOverrun = max(r.WorstRounds, o.WorstRounds), max(r.WorstEvents, o.WorstEvents), max(r.WorstOverrun, o.WorstOverrun)
	add(r.Quirks, o.Quirks)
	add(r.Verdicts, o.Verdicts)
	add(r.Outcomes, o.Outcomes)
	for f, met := range o.Met {
		m := r.met(f)
		m.Runs += met.Runs
		add(m.Verdicts, met.Verdicts)
		add(m.Outcomes, met.Outcomes)
		maps.Copy(m.Seeds, met.Seeds)
	}
	r.Findings = append(r.Findings, o.Findings...)
}

func (r *Result) met(f fault) *meeting {
	m := r.Met[f]
	if m == nil {
		m = &meeting{Verdicts: map[power.Verdict]int{}, Outcomes: map[runs.Outcome]int{}, Seeds: map[end]uint64{}}
		r.Met[f] = m
	}
	return m
}

func add[K comparable](to, from map[K]int) {
	for k := range maps.Keys(from) {
		to[k] += from[k]
	}
}
