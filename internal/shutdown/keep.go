package shutdown

import (
	"fmt"
	"time"
)

// longestKeep is how long before its time a keep is believed: an execution that waits
// for it lasts a year at most (AWS page of Step Functions quotas).
const longestKeep = 300 * 24 * time.Hour

// mostKeeps is how often a keep may be extended before nobody comes back any more.
const mostKeeps = 20

// Rules are the settings of the stack on which verdicts depend.
type Rules struct {
	ProtectTagKey string         // instances with this tag are never touched; empty: none
	KeepTagKey    string         // instances with this tag are not touched before the time that it names; empty: none
	Zone          *time.Location // of a keep tag without an offset; nil: none is known, and such a tag keeps its instance

	checkOnly bool // the run stops nothing
}

// rules are those that hold for this run. Before a plan has applied the guards, a keep
// tag means nothing: nobody may come back later and stop what a guard would spare.
func (r *Run) rules(of Rules) Rules {
	of.checkOnly = r.CheckOnly
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

// read reads a keep tag. One that nobody can read keeps the instance.
func (rules Rules) read(value string, tagged bool, now time.Time) kept {
	if !tagged {
		return kept{}
	}
	until, err := keepTime(value, rules.Zone)
	switch {
	case err != nil:
		return kept{holds: true, note: fmt.Sprintf("the tag %s %s: %.40q", rules.KeepTagKey, err, value)}
	case until.Sub(now) > longestKeep:
		return kept{holds: true, note: fmt.Sprintf("the tag %s names a time more than %d days ahead", rules.KeepTagKey, longestKeep/(24*time.Hour))}
	case !until.After(now):
		return kept{}
	}
	until = until.Add(time.Second - 1).UTC().Truncate(time.Second) // a run document has whole seconds; never before its time
	return kept{holds: true, until: until, note: "is kept until " + until.Format(time.RFC3339)}
}

// keep closes an instance that is not to be touched now. Where a time is known, a run
// comes back to it then, unless the time was put off too often.
func (in *Instance) keep(k kept) {
	before := in.KeepUntil
	in.KeepUntil = nil
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

// keptForGood reports whether an instance is kept and no run comes back to it.
func (in *Instance) keptForGood() bool { return in.Verdict == Kept && in.KeepUntil == nil }
