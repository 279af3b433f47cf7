package runs

import (
	"time"

	"zenstop/internal/power"
)

// rules are those that hold for this run. Before a plan has applied the guards, a keep
// tag means nothing: nobody may come back later and stop what a guard would spare. So it is
// with more instances than a run that comes back can hold, where no plan has split them.
func (r *Run) rules(of power.Rules) power.Rules {
	return r.rulesFor(of, ids(r.instances(anyInstance)))
}

// rulesFor are the rules where these are the instances of the run.
func (r *Run) rulesFor(of power.Rules, all []string) power.Rules {
	of.CheckOnly, of.OneAnswer = r.CheckOnly, r.DryRun && r.Planned
	if !r.CheckOnly && (!r.guarded() || !r.Planned && !fitsOneExecution(all)) {
		of.KeepTagKey = ""
	}
	return of
}

// guarded reports whether a plan has applied the guards: this one's, perhaps before a
// warning, or that of the run of which this is a part or which it comes back to.
func (r *Run) guarded() bool {
	return r.Planned || r.Memory.Warned || r.Part > 0 || r.ComeBacks > 0
}

// endKeeps opens the instances again whose keep has ended while the run is at work.
func (r *Run) endKeeps(now time.Time) {
	if r.CheckOnly || !now.Before(r.Deadline) {
		return
	}
	for i := range r.Instances {
		r.Instances[i].EndKeep(now)
	}
}
