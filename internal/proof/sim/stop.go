package sim

import "time"

// stop answers StopInstances.
func (s *Server) stop(c *call) *refusal {
	return s.change(c, (*instanceState).mayStop, (*instanceState).stop, "ignoredStop")
}

// change answers a call that changes instances. One id of which it may not is enough to
// refuse the whole batch, and the first such id decides the code. No source says either; a
// client must be ready for both. An id that is given twice counts once. It counts the changes
// that were accepted and have no effect.
func (s *Server) change(c *call, may func(*instanceState, time.Duration) *refusal, begin func(*instanceState, time.Duration) bool, ignored string) *refusal {
	ids := c.parameters.InstanceIDs
	if len(ids) == 0 {
		return refuse(CodeMissingParameter, "instanceIds is required.")
	}
	for _, id := range ids {
		i := s.byID[id]
		if bad := i.mayChange(c.now); bad != nil {
			return bad
		}
		if bad := may(i, c.now); bad != nil {
			return bad
		}
	}
	for _, i := range c.named {
		if !begin(i, c.now) {
			s.injected[ignored]++
		}
	}
	return nil
}

// mayChange returns why no change of the instance is accepted, or nil. A nil instance is one
// that the scenario does not have.
func (i *instanceState) mayChange(now time.Duration) *refusal {
	if i == nil {
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	}
	i.advance(now)
	switch {
	case !i.listed:
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	case i.status == StatusRecycle || i.status == StatusRecycling:
		return refuse(i.RecycledCode, "An instance is in the recycle bin.")
	default:
		return nil
	}
}

// mayStop returns why a stop of the instance, which may change, is refused, or nil.
func (i *instanceState) mayStop(now time.Duration) *refusal {
	switch {
	case i.status != StatusRunning || i.odd(now):
		return refuse(CodeInstanceNotRunning, "An instance is not running.")
	case i.RefusesStop != "" && before(now, i.RefusesStopUntil):
		return refuse(i.RefusesStop, "An instance may not be stopped.")
	default:
		return nil
	}
}

// stop accepts a stop; it reports whether the stop has an effect.
func (i *instanceState) stop(now time.Duration) bool {
	i.accepted++
	i.lastAccepted = now
	if i.accepted == 1 {
		i.firstAccepted = now
	}
	if i.accepted <= i.IgnoresStops {
		return false
	}
	i.becomeStopping(now)
	return true
}
