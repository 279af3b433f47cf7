package shutdown

// Verdict is what a run says of one instance in the end. The set is closed;
// the empty verdict means that the instance is still open.
type Verdict string

// The verdicts, as the contract defines them.
const (
	Open           Verdict = ""                // none yet
	Stopped        Verdict = "STOPPED"         // seen STOPPED in two answers in a row, after this run asked for it, or found it STOPPING
	AlreadyStopped Verdict = "ALREADY_STOPPED" // was STOPPED before, in two answers in a row
	Protected      Verdict = "PROTECTED"       // carries the protect tag; never touched
	Kept           Verdict = "KEPT"            // carries the keep tag with a time that has not come
	Recycled       Verdict = "RECYCLED"        // in the recycle bin
	Missing        Verdict = "MISSING"         // absent in several answers in a row
	RefusedStop    Verdict = "REFUSED"         // cannot be stopped or read, or Zenlayer refuses it for good or until the deadline
	Restarted      Verdict = "RESTARTED"       // RUNNING in two answers in a row after it went down
	Running        Verdict = "RUNNING"         // of a run that only checks: is up though it should be off
	TimedOut       Verdict = "TIMED_OUT"       // not confirmed STOPPED by the deadline
	Unverified     Verdict = "UNVERIFIED"      // nothing could be asked any more
)

// Verdicts lists the whole closed set, without [Open].
func Verdicts() []Verdict {
	return []Verdict{Stopped, AlreadyStopped, Protected, Kept, Recycled, Missing, RefusedStop, Restarted, Running, TimedOut, Unverified}
}

// CountsAsStopped reports whether the verdict says that the instance is STOPPED.
func (v Verdict) CountsAsStopped() bool { return v == Stopped || v == AlreadyStopped }

// Good reports whether the verdict is one that the user asked for.
func (v Verdict) Good() bool {
	return v.CountsAsStopped() || v == Protected || v == Kept
}

// rank orders verdicts by how much a report needs their instances.
func (v Verdict) rank() int {
	switch {
	case !v.Good():
		return 0
	case v == Kept:
		return 1
	default:
		return 2
	}
}

// Outcome is what a run has come to as a whole.
type Outcome string

// The outcomes, as the contract defines them.
const (
	OutcomeWaiting Outcome = "WAITING" // some verdict is open
	OutcomeStopped Outcome = "STOPPED" // every verdict is good
	OutcomePlanned Outcome = "PLANNED" // a dry run
	OutcomeSkipped Outcome = "SKIPPED" // the schedule's date is one of SkipDates
	OutcomeFailed  Outcome = "FAILED"  // a verdict is not good
	OutcomeRefused Outcome = "REFUSED" // a guard or a bad event; nothing was stopped
)

// Good reports whether an execution with this outcome succeeds.
func (o Outcome) Good() bool {
	return o == OutcomeStopped || o == OutcomePlanned || o == OutcomeSkipped
}

// acted reports whether a run with this outcome may have stopped something, or looked who is
// off: neither a guard nor the event decided it.
func (o Outcome) acted() bool { return o == OutcomeStopped || o == OutcomeFailed }

func (o Outcome) known() bool {
	return o.Good() || o == OutcomeWaiting || o == OutcomeFailed || o == OutcomeRefused
}
