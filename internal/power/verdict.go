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
	Protected      Verdict = "PROTECTED"       // carries the protect tag; never touched
	Kept           Verdict = "KEPT"            // carries the keep tag with a time that has not come
	Recycled       Verdict = "RECYCLED"        // in the recycle bin
	Missing        Verdict = "MISSING"         // absent in several answers in a row
	RefusedStop    Verdict = "REFUSED"         // cannot be stopped or read, or Zenlayer rejects it for good or until the deadline
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

// CanBe reports whether the verdict may be one: the next release may know more of
// them. Here they are not good, and not open.
func (v Verdict) CanBe() bool { return text.MadeOf(string(v), text.Capitals, 0, 20) }
