package power

import "zenstop/internal/text"

// Verdict is what a run says of one instance in the end. The set is closed;
// the empty verdict means that the instance is still open.
type Verdict string

// The verdicts, as the contract defines them.
const (
	Open           Verdict = ""                // none yet
	Stopped        Verdict = "STOPPED"         // seen STOPPED in two answers in a row, after this run asked for it, or found it STOPPING
	AlreadyStopped Verdict = "ALREADY_STOPPED" // was STOPPED before, in two answers in a row
	Started        Verdict = "STARTED"         // of a start: seen RUNNING in two looks at least 30 s apart, after this run asked for it, or found it BOOTING
	AlreadyRunning Verdict = "ALREADY_RUNNING" // of a start: was RUNNING before
	Protected      Verdict = "PROTECTED"       // carries the protect tag; never touched
	Kept           Verdict = "KEPT"            // carries the keep tag with a time that has not come
	Recycled       Verdict = "RECYCLED"        // in the recycle bin
	Missing        Verdict = "MISSING"         // absent in several answers in a row
	Refused        Verdict = "REFUSED"         // cannot be stopped, started or read, or Zenlayer rejects it for good or until the deadline
	Restarted      Verdict = "RESTARTED"       // RUNNING in two answers in a row after it went down
	StoppedAgain   Verdict = "STOPPED_AGAIN"   // of a start: STOPPED in two answers in a row after it was seen BOOTING or RUNNING
	Running        Verdict = "RUNNING"         // of a run that only checks: is up though it should be off
	TimedOut       Verdict = "TIMED_OUT"       // not confirmed STOPPED, or RUNNING, by the deadline
	Unverified     Verdict = "UNVERIFIED"      // nothing could be asked any more
)

// Verdicts lists the whole closed set, without [Open].
func Verdicts() []Verdict {
	return []Verdict{Stopped, AlreadyStopped, Started, AlreadyRunning, Protected, Kept, Recycled, Missing, Refused, Restarted, StoppedAgain, Running, TimedOut, Unverified}
}

// Reached reports whether the verdict says that the instance is in the status To of the
// run's action.
func (v Verdict) Reached() bool {
	return v == Stopped || v == AlreadyStopped || v == Started || v == AlreadyRunning
}

// Good reports whether the verdict is one that the user asked for.
func (v Verdict) Good() bool { return v.Reached() || v == Protected || v == Kept }

// CanBe reports whether the verdict may be one: the next release may know more of
// them. Here they are not good, and not open.
func (v Verdict) CanBe() bool { return text.MadeOf(string(v), text.Capitals, 0, 20) }
