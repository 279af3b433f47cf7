package runs

import (
	"cmp"
	"slices"
	"time"

	"zenstop/internal/power"
)

// Next is what the workflow does next with a document: the state "Next?" of the definition
// reads it.
type Next string

// What can come next.
const (
	NextPlan   Next = "plan"   // StopFunction finds the instances and applies the guards
	NextWarn   Next = "warn"   // the topic is told what is going to be stopped, and the run holds
	NextHold   Next = "hold"   // the run holds until its stopAt, and plans then
	NextParts  Next = "parts"  // each part is carried out by a child execution
	NextStop   Next = "stop"   // StopFunction asks for stops, or starts
	NextWait   Next = "wait"   // after waitSeconds StatusFunction looks
	NextReport Next = "report" // nothing is left to do but to report
)

func (n Next) known() bool {
	return slices.Contains([]Next{NextPlan, NextWarn, NextHold, NextParts, NextStop, NextWait, NextReport}, n)
}

// move is how a call leaves a run.
type move struct {
	next    Next
	outcome Outcome // of a run that ends; empty: what its verdicts come to
	says    string  // the summary; empty: what the verdicts come to
}

func goesTo(next Next) move { return move{next: next} }

// ends is the move of a run whose verdicts say what it has come to.
func ends() move { return move{next: NextReport} }

func endsAs(outcome Outcome, says string) move { return move{NextReport, outcome, says} }

// leave is the one way out of the three calls that ask Zenlayer: it counts, says what comes
// next and how the run stands, and fits the document into one payload. Nothing changes the
// document after it. [Runner.Report] settles and fits too, and has what is told in between.
func (r *Run) leave(to move, now time.Time) {
	r.settle(to, now)
	r.fit(maxPayload)
}

// settle counts, and says what comes next and how the run stands.
func (r *Run) settle(to move, now time.Time) {
	r.count()
	r.markDue(to.next == NextStop, now)
	r.Next, r.Outcome, r.WaitSeconds = to.next, OutcomeWaiting, 0
	if to.next == NextReport {
		r.Outcome = cmp.Or(to.outcome, r.outcomeOfVerdicts())
		r.dropMemory()
	} else {
		r.WaitSeconds = r.wait(now)
	}
	r.Summary = shortSummary(cmp.Or(to.says, r.summarize()))
}

// markDue marks whom the round of requests may name that comes next, if one does.
func (r *Run) markDue(comes bool, now time.Time) {
	for i := range r.Instances {
		in := &r.Instances[i]
		in.Memory.Due = comes && r.Action.Due(in, now, r.Deadline)
	}
}

// brokeOff notes whom a round of requests may have named that has returned no document: a
// document with which a round was to begin comes to another call.
func (r *Run) brokeOff() {
	for i := range r.Instances {
		in := &r.Instances[i]
		in.Memory.Perhaps = in.Memory.Perhaps || in.Memory.Due && r.Next == NextStop
		in.Memory.Due = false
	}
}

// count counts the verdicts. Once instances are left out of a report, no verdict changes
// any more, and the counts stand.
func (r *Run) count() {
	if r.Omitted > 0 {
		return
	}
	r.Counts = map[power.Verdict]int{}
	for i := range r.Instances {
		if v := r.Instances[i].Verdict; v != power.Open {
			r.Counts[v]++
		}
	}
}

// outcomeOfVerdicts is the outcome of a run in which every instance has a verdict.
func (r *Run) outcomeOfVerdicts() Outcome {
	all := len(r.Instances) + r.Omitted
	if all == 0 || r.good() < all || r.Nameless > 0 || r.Forsaken {
		return OutcomeFailed
	}
	return Outcome(r.Action.Way().Reached)
}

// dropMemory drops what is neither part of a report nor needed to make one.
func (r *Run) dropMemory() {
	left := Memory{Room: r.Memory.Room, Starts: r.Memory.Starts}
	if r.unwarned() {
		left.Warn, left.Timeout = r.Memory.Warn, r.Memory.Timeout
	}
	if r.StartAt != nil {
		left.Morning, left.Timeout = r.Memory.Morning, r.Memory.Timeout
	}
	r.Memory = left
	for i := range r.Instances {
		in := &r.Instances[i]
		in.Memory = power.Memory{Restore: r.mustRestore(in), SeenAt: in.Memory.SeenAt}
	}
}
