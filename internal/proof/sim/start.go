package sim

import "time"

// boot answers StartInstances. One id that may not be started refuses the whole batch, as in
// [Server.stop].
func (s *Server) boot(c *call) *refusal {
	ids := c.parameters.InstanceIDs
	if len(ids) == 0 {
		return refuse(CodeMissingParameter, "instanceIds is required.")
	}
	for _, id := range ids {
		if bad := s.byID[id].mayStart(c.now); bad != nil {
			return bad
		}
	}
	for _, i := range c.named {
		if !i.start(c.now) {
			s.injected["ignoredStart"]++
		}
	}
	return nil
}

// mayStart returns why a start of the instance is refused, or nil. A nil instance is one that
// the scenario does not have.
func (i *instanceState) mayStart(now time.Duration) *refusal {
	if i == nil {
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	}
	i.advance(now)
	switch {
	case !i.listed:
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	case i.status == StatusRecycle || i.status == StatusRecycling:
		return refuse(i.RecycledCode, "An instance is in the recycle bin.")
	case i.status != StatusStopped || i.odd(now):
		return refuse(CodeInstanceNotStopped, "An instance is not stopped.")
	case i.RefusesStart != "" && before(now, i.RefusesStartUntil):
		return refuse(i.RefusesStart, "An instance may not be started.")
	default:
		return nil
	}
}

// start accepts a start; it reports whether the start has an effect.
func (i *instanceState) start(now time.Duration) bool {
	i.starts = append(i.starts, now)
	if len(i.starts) <= i.IgnoresStarts {
		return false
	}
	i.becomeBooting(now)
	return true
}

// becomeBooting begins a start, whoever asked for it.
func (i *instanceState) becomeBooting(at time.Duration) {
	i.drop(stepStopped, stepBoot, stepAfterStop, stepStoppedAgain)
	i.become(at, StatusBooting)
	if !i.NeverStarts {
		i.planNow(at+i.BootTakes, stepRun)
	}
	if i.StopsAgainAfter > 0 {
		i.planNow(at+i.BootTakes+i.StopsAgainAfter, stepFall)
	}
	i.advance(at)
}
