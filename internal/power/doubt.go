package power

import "time"

// Doubt is a sighting that decides nothing before it has come several times in
// a row, because one answer may be false.
type Doubt struct {
	Of    string // one of the constants below
	Count int    // sightings in a row
	Since int64  // Unix seconds of the first of them
}

// What a [Doubt] can be of.
const (
	DoubtAbsent     = "absent"     // a complete answer left the instance out
	DoubtRejected   = "rejected"   // Zenlayer answers a call that names it with an error
	DoubtUnreadable = "unreadable" // its row cannot be read
	DoubtReached    = "reached"    // in the status To of the action
	DoubtBack       = "back"       // on the near side after it went to the far one, or though it should not be there
	DoubtRecycled   = "recycled"   // in the recycle bin
	DoubtFailed     = "failed"     // in a failed state
)

// DoubtWait is how long after a sighting in doubt the next look is worth its price.
const DoubtWait = 15 * time.Second

// enough says how often, and over how long a time, a sighting must repeat to be
// believed. That of a rejection is never believed before the deadline.
func (a Action) enough(of string) (sightings int, span time.Duration) {
	switch of {
	case DoubtReached:
		return 2, a.Way().Sure
	case DoubtRecycled, DoubtFailed:
		return 2, 0
	case DoubtBack:
		return 2, 5 * time.Second
	default:
		return 3, 30 * time.Second
	}
}

// doubt counts a sighting in doubt, and reports whether it has come often enough,
// over a long enough time, to be believed.
func (a Action) doubt(in *Instance, of string, now time.Time) bool {
	d := in.Memory.Doubt
	if !d.Is(of) {
		d = &Doubt{Of: of, Since: now.Unix()}
		in.Memory.Doubt = d
	}
	d.Count++
	return a.believes(d, now)
}

// Is reports whether the doubt is of this; nil is of nothing.
func (d *Doubt) Is(of string) bool { return d != nil && d.Of == of }

// believes reports whether a sighting in doubt has come often enough; nil never has.
func (a Action) believes(d *Doubt, now time.Time) bool {
	if d == nil || d.Of == DoubtRejected {
		return false
	}
	sightings, span := a.enough(d.Of)
	return d.Count >= sightings && now.Sub(time.Unix(d.Since, 0)).Truncate(time.Second) >= span
}

// NextLook is when a rejected look is worth repeating: soon at first, and ever later,
// so that an instance that Zenlayer does not show for hours costs few calls.
func (d *Doubt) NextLook() time.Time {
	if !d.Is(DoubtRejected) {
		return time.Unix(d.Since, 0).Add(DoubtWait)
	}
	return time.Unix(d.Since, 0).Add(DoubtWait * time.Duration(d.Count*(d.Count+1)/2))
}

// SeenOnce reports whether the newest look showed the instance in the status To, and those
// before it not often enough. Such an instance is open, but waits for nothing but one more look.
func (in *Instance) SeenOnce() bool { return in.Verdict == Open && in.Memory.Doubt.Is(DoubtReached) }

// SureIn is how long from now on another look at an instance that was SeenOnce can decide it.
func (a Action) SureIn(in *Instance, now time.Time) time.Duration {
	return a.Way().Sure - now.Sub(time.Unix(in.Memory.Doubt.Since, 0))
}

// Unconfirmed reports whether one more sighting like the newest one would decide it.
func (in *Instance) Unconfirmed() bool {
	d := in.Memory.Doubt
	return in.Verdict == Open && (d.Is(DoubtReached) || d.Is(DoubtRecycled) || d.Is(DoubtFailed))
}

// Gone reports whether an instance that has reached the status To was absent so often that
// the run waits for it no longer.
func (a Action) Gone(in *Instance, now time.Time) bool {
	return in.Memory.Doubt.Is(DoubtAbsent) && a.believes(in.Memory.Doubt, now)
}
