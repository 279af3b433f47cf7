package audit

import (
	"encoding/json"
	"strings"
	"time"
)

// mostRequests is how often a run asks for one instance.
const mostRequests = 3

// asked checks what the run has asked for.
func (c *court) asked() {
	c.asks = map[string]bool{}
	planned := false
	for i := range c.Steps {
		s, before, after := &c.Steps[i], c.before(i), &c.docs[i]
		planned = planned || s.State == statePlan && s.Error == ""
		for k := range after.Instances {
			was, is := before.row(after.Instances[k].ID), &after.Instances[k]
			if was == nil {
				was = &instance{} // nobody has asked for it yet
			}
			if was.Requests == is.Requests || s.State == stateReport && len(c.parts()) > 0 { // of its parts
				continue
			}
			c.hold(ruleGuards, s.State == stateStop && is.Requests == was.Requests+1, "%s, step %d, counts %d requests for %s after %d", s.State, i+1, is.Requests, is.ID, was.Requests)
			c.hold(ruleGuards, planned, "%s was asked for before any plan", is.ID)
			c.request(i, was, is)
			c.asks[is.ID] = true
		}
	}
	if len(c.asks) > 0 && c.of == nil { // the limit of a part is that of its run
		c.hold(ruleGuards, c.limit != nil && len(c.asks) <= *c.limit, "it asked for %d instances, and its limit is lower or unknown", len(c.asks))
	}
	if c.passes(stateStop) {
		none := c.input.DryRun || c.input.CheckOnly || c.reports() && !acted(c.last.Outcome) || c.of == nil && c.limit != nil && *c.limit == 0
		c.hold(ruleGuards, !none, "it has a round of requests, and is one that may ask for nothing")
	}
}

// request checks one request, which was accepted in this step.
func (c *court) request(step int, was, is *instance) {
	s, run, w := &c.Steps[step], c.before(step), wayOf(c.input.Action)
	c.hold(ruleGuards, !run.DryRun && !run.CheckOnly, "%s was asked for in a run that may ask for nothing", is.ID)
	c.hold(ruleGuards, was.Verdict == "" && is.Verdict != "PROTECTED" && is.Verdict != "KEPT" && is.KeepUntil == nil, "%s was asked for, and is %s before and %s after it", is.ID, was.Verdict, is.Verdict)
	c.hold(ruleGuards, is.Status == w.from, "%s was asked for when it was %s", is.ID, is.Status)
	c.hold(ruleGuards, is.Requests <= mostRequests, "%s was asked for %d times", is.ID, is.Requests)
	c.hold(ruleTime, s.Entered.Before(run.Deadline.Add(skew)), "%s was asked for in a step that began at %s, after the deadline", is.ID, s.Entered)
	if at := run.StopAt; at != nil && c.input.Action == "stop" {
		c.hold(ruleTime, !s.Left.Add(skew).Before(*at), "%s was asked for by %s, and the run holds until %s", is.ID, s.Left, at)
	}
	if at := run.StartAt; at != nil && c.input.Action == "stop" {
		c.hold(ruleTime, s.Entered.Before(at.Add(skew)), "%s was asked for at %s, and is to be started again at %s", is.ID, s.Entered, at)
	} else if at != nil {
		c.hold(ruleTime, !s.Left.Add(skew).Before(*at), "%s was asked for by %s, and its start is due at %s", is.ID, s.Left, at)
	}
}

// warned checks that a run that had to warn has asked for nothing else than what its warning
// named, and that people had the time to act on it. A part goes by the warning of its run.
func (c *court) warned() {
	of := c
	if c.parent != nil {
		of = c.parent
	}
	due, sent := of.warning()
	if due == 0 {
		return
	}
	if !of.tells && sent != nil {
		return // nobody can tell whom it named
	}
	for _, id := range c.ids {
		last := c.lastView(id)
		if last == nil || last.Requests == 0 {
			continue
		}
		c.hold(ruleWarned, sent != nil && sent.named[id], "%s was asked for, and no warning named it", id)
		if sent != nil {
			c.hold(ruleWarned, sent.stopAt.Sub(sent.at) >= due/2-skew, "the warning of %s came at %s for %s, with less than half of its time left", id, sent.at, sent.stopAt)
		}
	}
}

// notice is a warning that was sent.
type notice struct {
	named  map[string]bool // the ids with which its lines begin
	at     time.Time
	stopAt time.Time
}

// warning is how long before its stops the run has to warn, and the warning that it sent.
func (c *court) warning() (due time.Duration, sent *notice) {
	due = time.Duration(c.input.Memory.Warn) * time.Second
	for i := range c.Steps {
		s := &c.Steps[i]
		if s.State != stateWarn || s.Error != "" || c.docs[i].StopAt == nil {
			continue
		}
		var of struct{ Message string }
		if err := json.Unmarshal(s.Asked, &of); err != nil && c.tells {
			c.find(ruleWhole, "%s, step %d, sent no message: %v", s.State, i+1, err)
		}
		c.hold(ruleWarned, !c.tells || strings.Contains(of.Message, c.docs[i].StopAt.Format(time.RFC3339)), "its warning does not give the time %s", c.docs[i].StopAt)
		sent = &notice{map[string]bool{}, s.Left, *c.docs[i].StopAt}
		if parts := strings.SplitN(of.Message, "\n\n", 3); len(parts) == 3 { // what comes, how to keep a machine, and the machines
			for line := range strings.SplitSeq(parts[2], "\n") {
				id, says, _ := strings.Cut(line, " ")
				row := c.docs[i].row(id)
				c.hold(ruleWarned, row == nil || row.Verdict != "KEPT" || row.KeepUntil == nil || strings.Contains(says, row.KeepUntil.Format(time.RFC3339)), "its warning says %q, and not until when it is kept", line)
				sent.named[id] = true
			}
		}
		for _, in := range c.docs[i].Instances {
			c.hold(ruleWarned, !c.tells || sent.named[in.ID] || in.Verdict != "KEPT" || in.KeepUntil == nil, "its warning leaves out %s, which is kept", in.ID)
		}
	}
	return due, sent
}

func (c *court) lastView(id string) *view {
	views := c.views[id]
	if len(views) == 0 {
		return nil
	}
	return &views[len(views)-1]
}
