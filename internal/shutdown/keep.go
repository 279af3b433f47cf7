package shutdown

import (
	"fmt"
	"time"

	"zenstop/internal/zenlayer"
)

// longestKeep is how long before its time a keep is believed: no run holds for longer,
// and what it has written must be readable when it wakes up.
const longestKeep = 100 * 24 * time.Hour

// mostKeeps is how often a keep may be extended before nobody comes back any more.
const mostKeeps = 20

// Rules are the settings of the stack on which verdicts depend.
type Rules struct {
	ProtectTagKey string         // instances with this tag are never touched; empty: none
	KeepTagKey    string         // instances with this tag are not touched before the time that it names; empty: none
	Zone          *time.Location // of a keep tag without an offset; nil: it is not known, so such a tag cannot be read

	checkOnly bool // the run stops nothing
	oneAnswer bool // the run is a dry run, and says what one answer shows
}

// rules are those that hold for this run. Before a plan has applied the guards, a keep
// tag means nothing: nobody may come back later and stop what a guard would spare.
func (r *Run) rules(of Rules) Rules {
	of.checkOnly, of.oneAnswer = r.CheckOnly, r.DryRun && r.Planned
	if !r.guarded() && !r.CheckOnly {
		of.KeepTagKey = ""
	}
	return of
}

// guarded reports whether a plan has applied the guards: this one's, perhaps before a
// warning, or that of the run of which this is a part or which it comes back to.
func (r *Run) guarded() bool {
	return r.Planned || r.Plan.Warned || r.Part > 0 || r.ComeBacks > 0
}

// kept is what a keep tag says at some moment.
type kept struct {
	holds bool      // the instance is not to be touched
	until time.Time // zero where nobody can tell
	note  string
}

// protects says by which tag the instance is protected, or nothing.
func (rules Rules) protects(row zenlayer.Instance) string {
	for _, t := range tagsOf(row, rules.ProtectTagKey) {
		return spelt(t, rules.ProtectTagKey)
	}
	return ""
}

// keeps says what the keep tags of the instance say: of several, the one that holds
// longest.
func (rules Rules) keeps(row zenlayer.Instance, now time.Time) kept {
	var longest kept
	for _, t := range tagsOf(row, rules.KeepTagKey) {
		k := rules.read(t.Value, now)
		if k.holds && t.Key != rules.KeepTagKey {
			k.note += "; " + spelt(t, rules.KeepTagKey)
		}
		if k.holds && (!longest.holds || !longest.until.IsZero() && (k.until.IsZero() || k.until.After(longest.until))) {
			longest = k
		}
	}
	return longest
}

// read reads the value of a keep tag. One that nobody can read keeps the instance.
func (rules Rules) read(value string, now time.Time) kept {
	until, err := keepTime(value, rules.Zone)
	switch {
	case err != nil:
		return kept{holds: true, note: fmt.Sprintf("the tag %s %s: %.40q", rules.KeepTagKey, err, value)}
	case until.Sub(now) > longestKeep:
		return kept{holds: true, note: fmt.Sprintf("the tag %s names a time more than %d days ahead", rules.KeepTagKey, longestKeep/(24*time.Hour))}
	case !until.After(now):
		return kept{}
	}
	until = wholeSecond(until)
	return kept{holds: true, until: until, note: "is kept until " + until.Format(time.RFC3339)}
}

// keep closes an instance that is not to be touched now. Where a time is known, a run
// comes back to it then, unless the time was put off too often.
func (in *Instance) keep(k kept) {
	before := in.KeepUntil
	in.KeepUntil, in.Memory.KeepEnded, in.Memory.LeftOver = nil, 0, false
	in.close(Kept, k.note)
	if k.until.IsZero() {
		return
	}
	if before != nil && !before.Equal(k.until) {
		in.Keeps++
	}
	if in.Keeps > mostKeeps {
		in.note(fmt.Sprintf("%s; it was put off %d times", k.note, in.Keeps))
		return
	}
	in.KeepUntil = &k.until
}

// endKeeps opens the instances again whose keep has ended while the run is at work: no
// machine is kept longer because the run is busy with another one. What was seen of them
// before stands: one that was up then, and is down now, may have been stopped by a request
// of this run of which nobody knows.
func (r *Run) endKeeps(now time.Time) {
	if r.CheckOnly || !now.Before(r.Deadline) {
		return
	}
	for _, in := range r.instances(func(in *Instance) bool { return in.keepEnds() != nil && !now.Before(*in.keepEnds()) }) {
		in.Verdict, in.Note, in.Keeps, in.Memory.KeepEnded, in.KeepUntil = Open, "", 0, in.KeepUntil.Unix(), nil
	}
}

// keepOn closes an instance that the run could not decide after its keep has ended. The
// run that comes back goes on with it.
func (in *Instance) keepOn() {
	until := time.Unix(in.Memory.KeepEnded, 0).UTC()
	in.close(Kept, "its keep has ended; the run that comes back goes on with it")
	in.KeepUntil, in.Memory.KeepEnded, in.Memory.LeftOver = &until, 0, true
}

// keepEnds is when the run has to look at a kept instance again; nil: never.
func (in *Instance) keepEnds() *time.Time {
	if in.Verdict != Kept || in.Memory.LeftOver {
		return nil
	}
	return in.KeepUntil
}

// keptForGood reports whether an instance is kept and no run comes back to it.
func (in *Instance) keptForGood() bool { return in.Verdict == Kept && in.KeepUntil == nil }
