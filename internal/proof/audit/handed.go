package audit

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// handedOn checks that a run of its own comes back to each instance that is kept until a time,
// and that those that were stopped are started again: each instance once, by a run that may do
// what it is for, and at its time.
func (c *court) handedOn() {
	hands := acted(c.last.Outcome) || c.last.Outcome == "REFUSED" && c.input.ComeBacks > 0
	if !c.reports() || c.closed() {
		return
	}
	if !c.tells {
		c.handedSomething()
		return
	}
	h := handed{back: map[string]int{}, again: map[string]int{}}
	for i := range c.Steps {
		if s := &c.Steps[i]; s.State == stateComeBack && (s.Error == "" || strings.Contains(s.Error, "AlreadyExists")) {
			c.hold(ruleGoesOn, hands && !c.input.DryRun && !c.input.CheckOnly, "step %d starts a further run of a run that has done nothing", i+1)
			c.further(i, &h)
		}
	}
	if !hands || c.last.Forsaken {
		return
	}
	for _, in := range c.ends() {
		if c.awaits(&in) {
			c.hold(ruleGoesOn, h.back[in.ID] == 1, "%s is kept until %s, and %d runs come back to it", in.ID, in.KeepUntil, h.back[in.ID])
		}
		if c.isToComeBack(&in) && h.back[in.ID] == 0 {
			c.hold(ruleGoesOn, h.again[in.ID] == 1, "%s is %s after %d requests, and %d runs start it again", in.ID, in.Verdict, in.Requests, h.again[in.ID])
		}
	}
	again := len(h.again)
	for _, child := range c.children {
		if !c.lost(child.Name) {
			again += child.last.StartsAgain
		}
	}
	for _, p := range c.parts() {
		if up := len(p.Statuses[wayOf(c.input.Action).from]); c.lost(p.Run) && up > 0 && c.last.StartAt != nil && c.input.Action == "stop" {
			c.hold(ruleGoesOn, slices.Contains(h.runs, p.Run+"-start"), "nobody starts again what the part %s may have stopped", p.Run)
		}
	}
	c.hold(ruleGoesOn, again == c.last.StartsAgain, "%d instances are started again, and the report says %d", again, c.last.StartsAgain)
}

// handed is what an execution has handed on.
type handed struct {
	runs  []string
	back  map[string]int // how many runs come back to an instance
	again map[string]int // how many start it again
}

// ends are the instances of the report, and those that it omits as the last call left them.
func (c *court) ends() []instance {
	if len(c.parts()) > 0 {
		return nil // each part has its own
	}
	all := slices.Clone(c.last.Instances)
	for _, id := range c.ids {
		if v := c.lastView(id); v != nil && c.last.row(id) == nil {
			all = append(all, v.instance)
		}
	}
	return all
}

// further checks the input of a run that is started after this one.
func (c *court) further(step int, h *handed) {
	s := &c.Steps[step]
	var of struct {
		StateMachineArn string
		Name            string
		Input           json.RawMessage
	}
	var next document
	err := json.Unmarshal(s.Asked, &of)
	if err == nil {
		err = json.Unmarshal(detail(of.Input), &next)
	}
	n := len(next.Instances) + len(next.Memory.InstanceIDs)
	most := next.Memory.MaxInstances
	c.hold(ruleGoesOn, err == nil && next.Run == of.Name && c.isNext(of.Name) && !slices.Contains(h.runs, of.Name), "step %d starts %q: %v", step+1, of.Name, err)
	c.hold(ruleGoesOn, c.Machine == "" || of.StateMachineArn == c.Machine, "step %d starts an execution of %s", step+1, of.StateMachineArn)
	c.hold(ruleGoesOn, !next.DryRun && !next.CheckOnly && !next.Planned && next.Outcome == "WAITING" && most != nil && *most >= n && n > 0, "%s cannot do what it is for", of.Name)
	h.runs = append(h.runs, of.Name)
	if next.Action == "start" && c.input.Action == "stop" {
		c.starts(&next, s.Left, h)
		return
	}
	c.goesBack(&next, s.Left, h)
}

// warns is how long before its stops the run, or the one whose part it is, had to warn.
func (c *court) warns() time.Duration {
	seconds := c.input.Memory.Warn
	if p := c.input.Memory.Part; p != nil {
		seconds = p.Warn
	}
	return time.Duration(seconds) * time.Second
}

// isNext reports whether a run of this name goes on after this one.
func (c *court) isNext(name string) bool {
	base, _, _ := strings.Cut(c.Name, "-kept")
	return strings.HasPrefix(name, base+"-") && (strings.Contains(name[len(base):], "-kept") || strings.HasSuffix(name, "-start"))
}

// goesBack checks the input of the run that comes back to kept instances: it has these and no
// others, and holds until the first of their times, or so long before it as a warning takes.
func (c *court) goesBack(next *document, now time.Time, h *handed) {
	c.hold(ruleGoesOn, next.Action == c.input.Action && next.ComeBacks == c.input.ComeBacks+1 && alikeTimes(next.StartAt, c.last.StartAt), "%s is another kind of run", next.Run)
	var first *time.Time
	for i := range next.Instances {
		in := &next.Instances[i]
		h.back[in.ID]++
		was := c.end(in.ID)
		c.hold(ruleGoesOn, was != nil && was.Verdict == "KEPT" && was.KeepUntil != nil && alikeTimes(was.KeepUntil, in.KeepUntil), "%s comes back to %s, which is not kept until then", next.Run, in.ID)
		if in.KeepUntil != nil && (first == nil || in.KeepUntil.Before(*first)) {
			first = in.KeepUntil
		}
	}
	if first == nil || next.StopAt == nil {
		c.find(ruleGoesOn, "%s comes back to nobody, or at no time", next.Run)
		return
	}
	warn, latest := c.warns(), *first
	if now.After(latest) {
		latest = now
	}
	c.hold(ruleGoesOn, !next.StopAt.Add(warn+skew).Before(*first) && !next.StopAt.After(latest.Add(skew)) && next.Deadline.After(*next.StopAt), "%s holds from %s to %s, and the first keep ends at %s", next.Run, next.StopAt, next.Deadline, first)
}

// end is an instance as the execution ended.
func (c *court) end(id string) *instance {
	if row := c.last.row(id); row != nil {
		return row
	}
	if v := c.lastView(id); v != nil {
		return &v.instance
	}
	return nil
}

// awaits reports whether a run must come back to the instance. Where machines are started again,
// one that is kept until then stays up, and so does one for which it is too late then.
func (c *court) awaits(in *instance) bool {
	if in.Verdict != "KEPT" || in.KeepUntil == nil || c.input.CheckOnly || c.input.DryRun {
		return false
	}
	at := c.last.StartAt
	return at == nil || in.KeepUntil.Before(*at) && c.Ended.Add(c.warns()+skew).Before(*at)
}

// isToComeBack reports whether the instance must be started again: it was up at first, a request has named it, and
// nobody has brought it back since.
func (c *court) isToComeBack(in *instance) bool {
	if c.last.StartAt == nil || c.input.Action != "stop" || in.Requests == 0 || in.Before == "STOPPED" {
		return false
	}
	return in.Verdict == "STOPPED" || in.Verdict == "TIMED_OUT" || in.Verdict == "UNVERIFIED" || in.Verdict == "MISSING"
}

// handedSomething is handedOn where the history does not have what was sent.
func (c *court) handedSomething() {
	kept := slices.ContainsFunc(c.last.Instances, func(in instance) bool { return c.awaits(&in) })
	if len(c.parts()) == 0 && acted(c.last.Outcome) {
		c.hold(ruleGoesOn, c.passes(stateComeBack) || c.last.Forsaken || !kept && c.last.StartsAgain == 0, "no run was started that comes back or starts again")
	}
}

// afterStop is how long after the report a start comes at the earliest, where the run could not see the end of a stop.
const afterStop = 2 * time.Minute

// starts checks the input of the run that starts again what this one has stopped.
func (c *court) starts(next *document, now time.Time, h *handed) {
	at := c.last.StartAt
	if at == nil || next.StartAt == nil || next.StartAt.Before(*at) || next.StartAt.After(at.Add(skew)) && next.StartAt.After(now.Add(afterStop+skew)) || !next.Deadline.After(*next.StartAt) {
		c.find(ruleGoesOn, "%s starts at %v, which is due at %v", next.Run, next.StartAt, at)
	}
	c.hold(ruleGoesOn, len(next.Instances) == 0, "%s has instances of which it knows something before it starts", next.Run)
	ofLost := map[string]bool{}
	for _, p := range c.parts() {
		if next.Run == p.Run+"-start" {
			for _, id := range p.ids() {
				ofLost[id] = true
			}
		}
	}
	for _, id := range next.Memory.InstanceIDs {
		h.again[id]++
		was := c.end(id)
		asked := c.asks[id] || c.input.ComeBacks > 0 || c.due(id)
		brought := was != nil && (was.Verdict == "RESTARTED" || was.Verdict == "RECYCLED")
		c.hold(ruleGoesOn, (ofLost[id] || asked && !brought) && h.again[id] == 1, "%s starts %s, which this run has not asked for, or which is no longer to be started", next.Run, id)
	}
}

// due reports whether a round of requests may have named the instance.
func (c *court) due(id string) bool {
	for i := range c.Steps {
		if row := c.before(i).row(id); c.Steps[i].State == stateStop && row != nil && row.Verdict == "" && row.Status == wayOf(c.input.Action).from {
			return true
		}
	}
	return false
}
