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
	DoubtStopped    = "stopped"    // STOPPED
	DoubtRunning    = "running"    // RUNNING after it went down, or though it should be off
	DoubtRecycled   = "recycled"   // in the recycle bin
	DoubtFailed     = "failed"     // in a failed state
)

// DoubtWait is how long after a sighting in doubt the next look is worth its price.
const DoubtWait = 15 * time.Second

// enough says how often, and over how long a time, a sighting must repeat to be
// believed. That of a rejection is never believed before the deadline.
func enough(of string) (sightings int, span time.Duration) {
	switch of {
	case DoubtStopped, DoubtRecycled, DoubtFailed:
		return 2, 0
	case DoubtRunning:
		return 2, 5 * time.Second
	default:
		return 3, 30 * time.Second
	}
}

// doubt counts a sighting in doubt, and reports whether it has come often enough,
// over a long enough time, to be believed.
func (in *Instance) doubt(of string, now time.Time) bool {
	d := in.Memory.Doubt
	if !d.Is(of) {
		d = &Doubt{Of: of, Since: now.Unix()}
		in.Memory.Doubt = d
	}
	d.Count++
	return d.believed(now)
}

// Is reports whether the doubt is of this; nil is of nothing.
func (d *Doubt) Is(of string) bool { return d != nil && d.Of == of }

// believed reports whether a sighting in doubt has come often enough; nil never has.
func (d *Doubt) believed(now time.Time) bool {
	if d == nil || d.Of == DoubtRejected {
		return false
	}
	sightings, span := enough(d.Of)
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

// SeenOnce reports whether the newest look showed the instance as STOPPED and the one
// before it did not. Such an instance is open, but waits for nothing but one more look.
func (in *Instance) SeenOnce() bool { return in.Verdict == Open && in.Memory.Doubt.Is(DoubtStopped) }

// Unconfirmed reports whether one more sighting like the newest one would decide it.
func (in *Instance) Unconfirmed() bool {
	d := in.Memory.Doubt
	return in.Verdict == Open && (d.Is(DoubtStopped) || d.Is(DoubtRecycled) || d.Is(DoubtFailed))
}

// Gone reports whether an instance that counts as stopped was absent so often that the
// run waits for it no longer.
func (in *Instance) Gone(now time.Time) bool {
	return in.Memory.Doubt.Is(DoubtAbsent) && in.Memory.Doubt.believed(now)
}
