package sim

import "time"

// boot answers StartInstances.
func (s *Server) boot(c *call) *refusal {
	return s.change(c, (*instanceState).mayStart, (*instanceState).start, "ignoredStart")
}

// mayStart returns why a start of the instance, which may change, is refused, or nil.
func (i *instanceState) mayStart(now time.Duration) *refusal {
	switch {
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
