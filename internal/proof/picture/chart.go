package picture

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// States of the workflow whose calls ask Zenlayer.
const (
	statePlan  = "Plan"
	stateStop  = "Stop"
	stateCheck = "CheckStatus"
)

// chart is what there is to draw, before it has places.
type chart struct {
	run      runs.Run // the newest document of the whole run
	from, to time.Time
	left     time.Time // where the picture begins: from, unless the run held for long
	ended    bool      // its outcome is final, or the execution is over
	death    *Moment
	calls    []Moment // that worked, of the three states that ask Zenlayer
	failures []Moment // calls that failed
	outages  []window // from a failed call to the next one that worked
	held     *hold
	warnings []time.Time
	rows     []row

	tracks map[string]*track
	order  []string // the ids, as they came
	newest map[string]runs.Run
}

// window is a time in which no call of an execution worked.
type window struct {
	run      string
	from, to time.Time
}

// newChart reads moments that are sorted by time.
func newChart(moments []Moment) *chart {
	c := &chart{tracks: map[string]*track{}, newest: map[string]runs.Run{}, from: moments[0].At, to: moments[len(moments)-1].At}
	for i := range moments {
		c.read(&moments[i])
	}
	c.run = c.whole()
	if started := c.run.StartedAt; !started.IsZero() && started.Before(c.from) {
		c.from = started
	}
	c.frame()
	c.ended = c.death != nil || c.run.Outcome != runs.OutcomeWaiting
	c.outages = outages(c.calls, c.failures, c.to)
	for _, id := range c.order {
		c.tracks[id].finish(c.to)
	}
	c.rows = group(sorted(c.tracks, c.order))
	return c
}

// whole is the newest document of the run itself; of a part, where the picture is
// one of a part alone.
func (c *chart) whole() runs.Run {
	first := slices.MinFunc(slices.Collect(maps.Values(c.newest)), func(a, b runs.Run) int {
		return cmp.Or(cmp.Compare(a.Part, b.Part), cmp.Compare(a.Name, b.Name))
	})
	return first
}

func (c *chart) read(m *Moment) {
	before, known := c.newest[m.Run.Name]
	if m.Run.Name != "" && (!known || m.Error == "") {
		c.newest[m.Run.Name] = m.Run
	}
	if m.Error != "" {
		c.fail(m)
		return
	}
	looked := AsksZenlayer(m.State)
	if looked {
		c.calls = append(c.calls, *m)
	}
	c.wait(m)
	if m.State == statePlan && m.Run.Part > 0 || m.State == stateCheck && known && m.Run.Checks == before.Checks {
		looked = false // a part takes over what the run has seen; the other document was written by no check
	}
	for _, in := range sightings(m.Run) {
		c.track(in.ID).follow(in, m, looked)
	}
}

func (c *chart) fail(m *Moment) {
	if m.State == "" && m.Run.Part == 0 {
		c.death = m
		return
	}
	c.failures = append(c.failures, *m)
}

// AsksZenlayer reports whether a state of the workflow calls a function that looks at
// the instances.
func AsksZenlayer(state string) bool {
	return state == statePlan || state == stateStop || state == stateCheck
}

func (c *chart) track(id string) *track {
	t := c.tracks[id]
	if t == nil {
		t = &track{}
		c.tracks[id] = t
		c.order = append(c.order, id)
	}
	return t
}

// sightings are the instances of a document. Those of a large run stand in its
// parts, by the status that the plan saw.
func sightings(run runs.Run) []power.Instance {
	all := slices.Clone(run.Instances)
	parts := run.Memory.Parts
	if run.Memory.Part != nil {
		parts = append(slices.Clone(parts), *run.Memory.Part)
	}
	for _, p := range parts {
		for _, status := range slices.Sorted(maps.Keys(p.Statuses)) {
			for _, id := range p.Statuses[status] {
				all = append(all, power.Instance{ID: id, Before: status, Status: status})
			}
		}
	}
	return all
}

// outages are the times from a failed call that asks Zenlayer to the next call of
// the same execution that worked.
func outages(calls, failures []Moment, end time.Time) []window {
	var all []window
	for _, f := range failures {
		covered := slices.ContainsFunc(all, func(w window) bool { return w.run == f.Run.Name && f.At.Before(w.to) })
		if covered || !AsksZenlayer(f.State) {
			continue
		}
		over := end
		if i := slices.IndexFunc(calls, func(m Moment) bool { return m.At.After(f.At) && m.Run.Name == f.Run.Name }); i >= 0 {
			over = calls[i].At
		}
		all = append(all, window{f.Run.Name, f.At, over})
	}
	return all
}
