package sim

import "time"

// stop answers StopInstances. One id that may not be stopped refuses the whole
// batch, and the first such id decides the code (no source says either; it is
// what a client must be ready for). An id given twice counts once.
func (s *Server) stop(p parameters, now time.Duration) *refusal {
	if len(p.InstanceIDs) == 0 {
		return refuse(CodeMissingParameter, "instanceIds is required.")
	}
	for _, id := range p.InstanceIDs {
		m, ok := s.byID[id]
		if ok {
			m.advance(now)
		}
		if bad := m.mayStop(now); bad != nil {
			return bad
		}
	}
	for _, m := range s.candidates(p.InstanceIDs) {
		if !m.stop(now) {
			s.injected["ignoredStop"]++
		}
	}
	return nil
}

// mayStop says why a stop of this instance is refused; a nil machine is one
// that does not exist.
func (m *machine) mayStop(now time.Duration) *refusal {
	switch {
	case m == nil || !m.listed:
		return refuse(CodeInstanceNotFound, "An instance does not exist.")
	case m.status == StatusRecycle || m.status == StatusRecycling:
		return refuse(CodeInstanceRecycled, "An instance is in the recycle bin.")
	case m.status != StatusRunning || m.odd(now):
		return refuse(CodeInstanceNotRunning, "An instance is not running.")
	case m.RefusesStop != "":
		return refuse(m.RefusesStop, "An instance may not be stopped.")
	default:
		return nil
	}
}
