package runs

import (
	"time"

	"zenstop/internal/power"
)

// rules are those that hold for this run. Before a plan has applied the guards, a keep
// tag means nothing: nobody may come back later and stop what a guard would spare. So it is
// with more instances than a run that comes back can hold, where no plan has split them.
func (r *Run) rules(of power.Rules) power.Rules { return r.rulesFor(of, len(r.Instances)) }

// rulesFor are the rules where the run has so many instances.
func (r *Run) rulesFor(of power.Rules, instances int) power.Rules {
	of.Action, of.CheckOnly, of.OneAnswer = r.Action, r.CheckOnly, r.DryRun && r.Planned
	if !r.Action.Way().HeedsKeep || !r.CheckOnly && (!r.guarded() || !r.Planned && instances > MaxInstancesPerRun) {
		of.KeepTagKey = ""
	}
	return of
}

// guarded reports whether a plan has applied the guards: this one's, perhaps before a
// warning, or that of the run of which this is a part or which it comes back to.
func (r *Run) guarded() bool {
	return r.Planned || r.Memory.Warned || r.Part > 0 || r.ComeBacks > 0
}

// endKeeps opens the instances again whose keep has ended while the run is at work. One that
// has warned nobody leaves them to the run that comes back.
func (r *Run) endKeeps(now time.Time) {
	if r.CheckOnly || r.unwarned() || !now.Before(r.Deadline) {
		return
	}
	for i := range r.Instances {
		r.Instances[i].EndKeep(now)
	}
}

// stayKept closes the open instances whose keep lasts longer than what the run is for, and
// says how many they are. The others are what it should have decided: a run that came back
// to them right away would not end otherwise.
func (r *Run) stayKept(now time.Time) int {
	return len(r.instances(func(in *power.Instance) bool { return in.StayKept(latest(now, r.stopsFrom())) }))
}

// letGo is for a run that is refused: what is kept for longer stays KEPT. Where the run came
// back, it takes their time from those for whom it came, and names them: nobody comes back to
// them, or runs that can warn nobody would follow each other for ever.
func (r *Run) letGo(now time.Time) string {
	r.stayKept(now)
	left := r.instances(func(in *power.Instance) bool {
		return r.ComeBacks > 0 && (in.KeptForGood() || in.KeptForNow() && !in.KeepUntil.After(r.stopsFrom()))
	})
	if len(left) == 0 {
		return ""
	}
	for _, in := range left {
		in.KeepUntil = nil
	}
	return " No run will come back to " + list(left, (*power.Instance).Label, len(left)) + "."
}

// stopsFrom is the moment from which the run asks for stops, or would after the warning that
// it has to give.
func (r *Run) stopsFrom() time.Time {
	if r.unwarned() {
		return r.actsFrom().Add(r.Memory.warnTime())
	}
	return r.actsFrom()
}
