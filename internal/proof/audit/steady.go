package audit

import "time"

// steady checks that a step has left alone what a run keeps from its start to its end, and
// has changed its times only where a call may do so.
func (c *court) steady(step int, before, after *document) {
	s, planned := &c.Steps[step], c.Steps[step].State == statePlan
	same := after.Run == before.Run && after.Part == before.Part && after.Action == before.Action && after.DryRun == before.DryRun && after.CheckOnly == before.CheckOnly && after.ComeBacks == before.ComeBacks && alike(after.Trigger, before.Trigger)
	c.hold(ruleWhole, same, "%s, step %d, makes another run of it", s.State, step+1)
	c.hold(ruleTime, alikeTimes(before.StopAt, after.StopAt) || planned && after.StopAt != nil, "%s, step %d, moves the time until which it holds from %v to %v", s.State, step+1, before.StopAt, after.StopAt)
	if !alikeTimes(before.StartAt, after.StartAt) {
		settings := c.input.Memory.Morning != nil && (planned || s.closes()) && (before.StartAt == nil || after.StartAt == nil || !after.StartAt.Before(*before.StartAt))
		c.hold(ruleTime, settings, "%s, step %d, moves the time of the start from %v to %v", s.State, step+1, before.StartAt, after.StartAt)
	}
	if later := after.Deadline.Sub(before.Deadline); later > 0 {
		held := planned && (after.StopAt != nil || after.StartAt != nil || before.StartAt != nil)
		c.hold(ruleTime, held || s.State == stateCheck && later <= oneLook, "%s, step %d, puts the deadline off by %s", s.State, step+1, later)
	}
	if at := after.StartAt; at != nil && after.Action == "stop" && after.Planned {
		c.hold(ruleTime, !after.Deadline.After(*at), "%s, step %d, has the deadline %s, and the start is due at %s", s.State, step+1, after.Deadline, at)
	}
	if most := after.Memory.MaxInstances; most != nil {
		c.hold(ruleGuards, c.limit == nil || *most <= *c.limit, "%s, step %d, raises the limit to %d", s.State, step+1, *most)
		c.limit = most
	}
	if s.closes() && len(after.Memory.Parts) == 0 && len(c.parts()) == 0 {
		c.hold(ruleTime, !s.Entered.After(before.Deadline.Add(afterDeadline)), "%s, step %d, comes at %s, long after the deadline %s", s.State, step+1, s.Entered, before.Deadline)
	}
	if s.State == stateCheck && after.Checks > before.Checks && before.Planned && s.Entered.After(before.Deadline.Add(skew)) {
		c.late++
		c.hold(ruleTime, c.late <= 2, "%s, step %d, is look %d after the deadline %s", s.State, step+1, c.late, before.Deadline)
	}
}

// afterDeadline is how long after its deadline a run reports at the latest: a function that cannot
// be called is called for half an hour.
const afterDeadline = 2 * time.Hour

// oneLook is the longest time by which a check puts the deadline off for the confirmation of what it has
// seen once.
const oneLook = 2 * time.Minute

func alikeTimes(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
