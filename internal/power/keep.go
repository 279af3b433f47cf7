package power

import (
	"fmt"
	"time"
)

// MostKeeps is how often a keep may be extended before nobody comes back any more.
const MostKeeps = 20

// keep closes an instance that is not to be touched now. Where a time is known, a run
// comes back to it then, unless the time was put off too often.
func (in *Instance) keep(k kept) {
	before := in.KeepUntil
	in.KeepUntil, in.Memory.KeepEnded, in.Memory.LeftOver = nil, 0, false
	in.Close(Kept, k.note)
	if k.until.IsZero() {
		return
	}
	if before != nil && !before.Equal(k.until) {
		in.Keeps++
	}
	if in.Keeps > MostKeeps {
		in.SetNote(fmt.Sprintf("%s; it was put off %d times", k.note, in.Keeps))
		return
	}
	in.KeepUntil = &k.until
}

// EndKeep opens the instance again where its keep has ended while the run is at work: no
// machine is kept longer because the run is busy with another one. What was seen of it
// before stands: one that was up then, and is down now, may have been stopped by a request
// of this run of which nobody knows.
func (in *Instance) EndKeep(now time.Time) {
	if end := in.KeepEnds(); end != nil && !now.Before(*end) {
		in.Verdict, in.Note, in.Keeps, in.Memory.KeepEnded, in.KeepUntil = Open, "", 0, end.Unix(), nil
	}
}

// KeepOn closes an instance that the run could not decide after its keep has ended. The
// run that comes back goes on with it. This one looks at it no more, so when it was seen is left to
// the documents before, and a thousand of them have room in one.
func (in *Instance) KeepOn() {
	until := time.Unix(in.Memory.KeepEnded, 0).UTC()
	in.Close(Kept, "its keep has ended; the next run will stop it")
	in.KeepUntil, in.Memory.KeepEnded, in.Memory.LeftOver, in.Memory.SeenAt = &until, 0, true, 0
}

// KeepEnds is when the run has to look at a kept instance again; nil: never.
func (in *Instance) KeepEnds() *time.Time {
	if in.Verdict != Kept || in.Memory.LeftOver {
		return nil
	}
	return in.KeepUntil
}

// KeptForNow reports whether an instance is kept until a time at which a run comes back to it.
func (in *Instance) KeptForNow() bool { return in.Verdict == Kept && in.KeepUntil != nil }

// StayKept closes an open instance that was kept until a later time when its row was last
// read, by the run before this one, say, and reports whether it was.
func (in *Instance) StayKept(now time.Time) bool {
	if in.Verdict != Open || in.KeepUntil == nil || !in.KeepUntil.After(now) {
		return false
	}
	in.Close(Kept, "is kept until "+in.KeepUntil.Format(time.RFC3339)+", as far as its row was read")
	return true
}

// KeptForGood reports whether an instance is kept and no run comes back to it.
func (in *Instance) KeptForGood() bool { return in.Verdict == Kept && in.KeepUntil == nil }

// WholeSecond is the time as a run document has it, in whole seconds, and never earlier.
func WholeSecond(t time.Time) time.Time { return t.Add(time.Second - 1).UTC().Truncate(time.Second) }
