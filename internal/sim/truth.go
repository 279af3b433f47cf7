package sim

import "time"

// Truth is what really became of an instance, as only the simulator knows it.
type Truth struct {
	ID     string `json:"id"`
	Known  bool   `json:"known"`  // the scenario has it, be it as a missing one
	Gone   bool   `json:"gone"`   // not listed now: missing, not there yet, or vanished
	Status string `json:"status"` // the real one now; empty when gone
	Shown  string `json:"shown"`  // what DescribeInstances would say now; empty when gone

	AcceptedStops int       `json:"acceptedStops"`          // by StopInstances, ignored ones too
	FirstAccepted time.Time `json:"firstAccepted,omitzero"` // zero: never
	LastAccepted  time.Time `json:"lastAccepted,omitzero"`  // zero: never
	StopCalls     int       `json:"stopCalls"`              // StopInstances requests that named it, however answered
	DescribeCalls int       `json:"describeCalls"`          // DescribeInstances requests that named it, however answered

	Stopping  time.Time `json:"stopping,omitzero"`  // first time STOPPING; zero: never
	Stopped   time.Time `json:"stopped,omitzero"`   // first time STOPPED; zero: never
	Restarted time.Time `json:"restarted,omitzero"` // first time BOOTING or RUNNING after that; zero: never

	Tags    map[string]string `json:"tags"`    // now; not to be changed
	History []Phase           `json:"history"` // real statuses from the start until now; not to be changed
}

// Phase is one real status of an instance and when it began.
type Phase struct {
	At     time.Time `json:"at"`
	Status string    `json:"status"` // empty: not listed (not there yet, or gone)
}

// Truth tells what became of one instance until now. One that the scenario does
// not have is gone and not known.
func (s *Server) Truth(id string) Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m, ok := s.byID[id]; ok {
		return s.truth(m)
	}
	return Truth{ID: id, Gone: true}
}

// Truths tells of every instance of the scenario, in the order of its listing.
func (s *Server) Truths() []Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Truth, 0, len(s.fleet))
	for _, m := range s.fleet {
		all = append(all, s.truth(m))
	}
	return all
}

func (s *Server) truth(m *machine) Truth {
	wall := s.now()
	now := s.elapsed(wall)
	m.advance(now)
	base := s.start
	if base.IsZero() {
		base = wall
	}
	t := Truth{
		ID: m.ID, Known: true, Gone: !m.listed, Tags: m.tags,
		AcceptedStops: m.accepted, StopCalls: m.stopCalls, DescribeCalls: m.describeCalls,
	}
	if m.listed {
		t.Status, t.Shown = m.status, m.shown(now)
	}
	if m.accepted > 0 {
		t.FirstAccepted, t.LastAccepted = base.Add(m.firstAccepted), base.Add(m.lastAccepted)
	}
	t.History = make([]Phase, 0, len(m.history))
	for _, p := range m.history {
		t.add(Phase{base.Add(p.at), p.status})
	}
	return t
}

// add takes one phase into the history, and into the times that it sets.
func (t *Truth) add(p Phase) {
	t.History = append(t.History, p)
	first := func(at *time.Time) {
		if at.IsZero() {
			*at = p.At
		}
	}
	switch p.Status {
	case StatusStopping:
		first(&t.Stopping)
	case StatusStopped:
		first(&t.Stopped)
	case StatusBooting, StatusRunning:
		if !t.Stopping.IsZero() || !t.Stopped.IsZero() {
			first(&t.Restarted)
		}
	}
}
