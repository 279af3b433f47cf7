package sim

import "time"

// stop answers StopInstances. One id that may not be stopped refuses the whole
// batch, and the first such id decides the code. No source says either; a client
// must be ready for both. An id that is given twice counts once.
func (s *Server) stop(c *call) *refusal {
	ids := c.parameters.InstanceIDs
	if len(ids) == 0 {
		return refuse(CodeMissingParameter, "instanceIds is required.")
	}
	for _, id := range ids {
		if bad := s.byID[id].mayStop(c.now); bad != nil {
			return bad
		}
	}
	for _, i := range c.named {
		if !i.stop(c.now) {
			s.injected["ignoredStop"]++
		}
	}
	return nil
}

// mayStop returns why a stop of the instance is refused, or nil. A nil instance
// is one that the scenario does not have.
func (i *instanceState) mayStop(now time.Duration) *refusal {
	if i == nil {
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	}
	i.advance(now)
	switch {
	case !i.listed:
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	case i.status == StatusRecycle || i.status == StatusRecycling:
		return refuse(i.RecycledCode, "An instance is in the recycle bin.")
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
