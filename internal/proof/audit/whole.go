package audit

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
)

// comesAfter says which states the workflow enters from which others alone.
var comesAfter = map[string][]string{
	statePlan: {"Next?", stateHold}, stateStop: {"Next?"}, stateCheck: {"Wait"},
	stateHold: {"Next?", "SendWarning"}, stateWarn: {"Subscribed?"}, "Subscribed?": {"CountSubscribers"}, stateComeBack: {"Further?"},
}

// whole checks that nothing is missing from the history and nothing was changed in it: each
// state was given what the one before it has handed on, no time goes back, and each check is
// counted. It takes in the documents.
func (c *court) whole() {
	if err := json.Unmarshal(c.Input, &c.input); err != nil {
		c.find(ruleWhole, "the input is no run document: %v", err)
	}
	c.hold(ruleWhole, c.input.Run == c.Name, "the document is that of %q", c.input.Run)
	before, text, at := c.input, c.Input, c.Started
	c.views, c.known, c.call = map[string][]view{}, map[string]bool{}, -1
	c.tells = !slices.ContainsFunc(c.Steps, sends) || slices.ContainsFunc(c.Steps, func(s Step) bool { return len(s.Asked) > 0 })
	for i := range c.input.Instances {
		c.know(c.input.Instances[i].ID)
	}
	for _, id := range slices.Concat(c.input.Memory.InstanceIDs, c.input.Memory.Part.ids()) {
		c.know(id)
	}
	for i := range c.Steps {
		s := &c.Steps[i]
		c.hold(ruleWhole, alike(s.Input, text), "%s, step %d, was not given what the step before it has handed on", s.State, i+1)
		if comes := comesAfter[s.State]; comes != nil {
			c.hold(ruleWhole, i > 0 && slices.Contains(comes, c.Steps[i-1].State), "%s, step %d, does not come after %s", s.State, i+1, strings.Join(comes, " or "))
		}
		c.hold(ruleWhole, !s.Entered.Add(skew).Before(at) && !s.Left.Add(skew).Before(s.Entered), "%s, step %d, is earlier than what comes before it", s.State, i+1)
		after := before
		if !bytes.Equal(s.Output, s.Input) {
			after = document{}
			if err := json.Unmarshal(s.Output, &after); err != nil && s.State != "Failed" {
				c.find(ruleWhole, "%s, step %d, hands on no run document: %v", s.State, i+1, err)
			}
		}
		looked := s.State == stateCheck && s.Error == "" && after.Checks == before.Checks+1 // one that had to leave Zenlayer alone is none
		c.hold(ruleWhole, looked || after.Checks == before.Checks, "%s, step %d, counts %d checks after %d", s.State, i+1, after.Checks, before.Checks)
		for _, id := range after.Memory.Named {
			c.know(id)
		}
		c.docs = append(c.docs, after)
		if s.State == stateHold {
			c.views = map[string][]view{} // after a warning everything is planned anew
		}
		asks := s.asks(&before, &after)
		if asks {
			c.call = i
			if (s.State == statePlan || !before.Planned) && c.byFilter() {
				c.ids, c.known = nil, map[string]bool{} // what a plan before a warning has found is planned anew
			}
			for _, in := range after.Instances {
				c.know(in.ID)
				c.view(i, before.row(in.ID), in)
			}
		}
		if !asks && !s.closes() {
			for k := range after.Instances {
				was, is := before.row(after.Instances[k].ID), &after.Instances[k]
				forgets := is.Status == "" && !before.Planned // what was seen before a warning
				givesUp := !s.Left.Add(skew).Before(after.Deadline) && (is.Verdict == "TIMED_OUT" || is.Verdict == "REFUSED" || is.Verdict == "KEPT")
				c.hold(ruleFollows, was == nil || was.Status == is.Status && was.Verdict == is.Verdict || givesUp && (forgets || was.Status == is.Status && (was.Verdict == "" || was.Verdict == "KEPT")), "%s becomes %s %s in %s, step %d, which has asked nobody", is.ID, is.Status, is.Verdict, s.State, i+1)
			}
		}
		c.steady(i, &before, &after)
		before, text, at = after, s.Output, s.Left
	}
	c.last = before
	c.hold(ruleWhole, !c.reports() || !c.Ended.Add(skew).Before(at), "it ended before its last step")
	c.hold(ruleWhole, !c.reports() || c.passes(stateReport, stateClosed), "it ended and has made no report")
	c.hold(ruleWhole, c.Status != Succeeded || alike(c.Output, text), "its output is not what the last step has handed on")
}

// view takes in what a call has returned of an instance, which was given to it as it was before.
// The first plan of a large run has seen what its parts begin with.
func (c *court) view(step int, was *instance, is instance) {
	v := view{step: step, instance: is}
	if seen := is.Memory.SeenAt; seen != 0 && (was == nil || was.Memory.SeenAt != seen || was.Status != is.Status) {
		v.seen = time.Unix(seen, 0).UTC()
		s := &c.Steps[step]
		c.hold(ruleWhole, !v.seen.Add(time.Second+skew).Before(s.Entered) && !v.seen.After(s.Left.Add(skew)), "%s was seen at %s in %s, step %d, which lasted from %s to %s", is.ID, v.seen, s.State, step+1, s.Entered, s.Left)
	}
	if p := c.input.Memory.Part; p != nil && len(c.views[is.ID]) == 0 {
		for status, ids := range p.Statuses {
			if slices.Contains(ids, is.ID) && status != "" {
				c.views[is.ID] = append(c.views[is.ID], view{step: step, instance: instance{ID: is.ID, Before: status, Status: status}, seen: c.Started})
			}
		}
	}
	c.views[is.ID] = append(c.views[is.ID], v)
}

// know takes in an instance of the run.
func (c *court) know(id string) {
	if !c.known[id] {
		c.known[id] = true
		c.ids = append(c.ids, id)
	}
}

// byFilter reports whether the event does not name the instances.
func (c *court) byFilter() bool {
	return len(c.input.Instances)+len(c.input.Memory.InstanceIDs)+len(c.input.Memory.Part.ids()) == 0
}

// before is the document that the step was given.
func (c *court) before(step int) *document {
	if step == 0 {
		return &c.input
	}
	return &c.docs[step-1]
}

func (p *part) ids() []string {
	if p == nil {
		return nil
	}
	var all []string
	for _, of := range p.Statuses {
		all = append(all, of...)
	}
	slices.Sort(all)
	return all
}

// parts are the child executions that the plan has fixed.
func (c *court) parts() []part {
	for i := range c.docs {
		if p := c.docs[i].Memory.Parts; len(p) > 0 {
			return p
		}
	}
	return nil
}

// alike reports whether two texts are the same JSON.
func alike(a, b json.RawMessage) bool {
	if bytes.Equal(a, b) {
		return true
	}
	var x, y any
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// skew is how far the clocks of the workflow and of a function may be apart.
const skew = 2 * time.Second

// Parts are the names of the child executions that a plan of the execution has fixed.
func (h *History) Parts() []string {
	for i := range h.Steps {
		var d document
		if json.Unmarshal(h.Steps[i].Output, &d) == nil && len(d.Memory.Parts) > 0 {
			names := make([]string, len(d.Memory.Parts))
			for i, p := range d.Memory.Parts {
				names[i] = p.Run
			}
			return names
		}
	}
	return nil
}
