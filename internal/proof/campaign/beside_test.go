package campaign

import (
	"maps"
	"slices"
	"time"

	"zenstop/internal/proof/sim"
)

// keepPatience is how long after the end of its keep a run that is at work may take until
// it asks for the stop.
const keepPatience = 3 * time.Minute

// abreast checks that no machine's keep is prolonged by another machine: a run that is at
// work when a keep ends stops the machine then.
func (j *judge) abreast() {
	for _, name := range slices.Sorted(maps.Keys(j.world.executions)) {
		x := j.world.executions[name]
		for i := range x.document.Instances {
			j.stopsThen(x, x.document.Instances[i].ID)
		}
	}
}

// stopsThen checks that an execution has asked for the stop of an instance soon after the
// time of its keep tag.
func (j *judge) stopsThen(x *execution, id string) {
	w := j.world
	m := w.members[id]
	if m == nil || x.starts() || x.died.Load() || w.twist.expects() != "" || w.twist == onlyLook || w.limitReached() || !slices.Equal(m.quirks, []string{"kept"}) {
		return
	}
	kept, until := look{world: w, spec: &m.Instance}.keptAt(w.start)
	from := latestOf(until, x.began, w.start.Add(w.calm))
	if at := x.document.StopAt; at != nil {
		from = latestOf(from, *at)
	}
	latest := from.Add(keepPatience + w.search() + 4*w.slowness)
	atWork := until.After(x.began) && latest.Before(x.decided) && latest.Before(x.document.Deadline)
	if !kept || until.IsZero() || !atWork || w.hopeless(x) || w.fails(from, latest) {
		return
	}
	for _, r := range w.requests() {
		if r.Action == sim.ActionStop && !r.At.After(latest) && slices.Contains(r.InstanceIDs, id) {
			return
		}
	}
	j.find(forgotten, "the keep of %s ended at %s, and %s, at work until %s, had not asked for its stop by %s",
		id, until.Sub(w.start), x.name, x.decided.Sub(w.start), latest.Sub(w.start))
}

// limitReached reports whether the event may not stop all that it asks for.
func (w *world) limitReached() bool {
	return w.limit < len(w.fleet) || w.eventLimit > 0 && w.eventLimit < len(w.fleet)
}

// fails reports whether something hit a call between these moments.
func (w *world) fails(from, until time.Time) bool {
	during := func(at time.Time) bool { return !at.Before(from) && !at.After(until) }
	return slices.ContainsFunc(w.hits, func(h hit) bool {
		return h.kind != cameBack && h.kind != startsAgain && h.kind != deliveredAgain && during(h.at)
	}) ||
		slices.ContainsFunc(w.since(from), func(r request) bool { return r.Fault != "" && during(r.At) })
}

func latestOf(all ...time.Time) time.Time { return slices.MaxFunc(all, time.Time.Compare) }
