package sim

import "time"

// Truth is what really became of an instance until now. A client cannot see it;
// tests compare it with what the client says.
type Truth struct {
	ID     string `json:"id"`
	Gone   bool   `json:"gone"`   // not listed now: missing, not there yet, or vanished
	Status string `json:"status"` // the real one now; empty when gone
	Shown  string `json:"shown"`  // what DescribeInstances would say now; empty when gone

	AcceptedStops int         `json:"acceptedStops"`          // by StopInstances, those without effect included
	FirstAccepted time.Time   `json:"firstAccepted,omitzero"` // zero: never
	StopCalls     int         `json:"stopCalls"`              // StopInstances requests that named it, however answered
	Starts        []time.Time `json:"starts"`                 // when StartInstances calls were accepted, those without effect included
	StartCalls    int         `json:"startCalls"`             // StartInstances requests that named it, however answered
	DescribeCalls int         `json:"describeCalls"`          // DescribeInstances requests that named it, however answered

	Stopping  time.Time `json:"stopping,omitzero"`  // first time STOPPING; zero: never
	Stopped   time.Time `json:"stopped,omitzero"`   // first time STOPPED; zero: never
	Restarted time.Time `json:"restarted,omitzero"` // first time BOOTING or RUNNING after that; zero: never

	Tags    map[string]string `json:"tags"`    // now; not to be changed
	History []Phase           `json:"history"` // real statuses from the start until now; not to be changed
	Rows    []Row             `json:"rows"`    // with Options.KeepRows: what good answers showed, in their order; not to be changed
}

// Row is what one answer of DescribeInstances showed of an instance. Answers that a
// fault spoils show nothing.
type Row struct {
	Request    int    `json:"request"`    // the number of the request, from 1 on
	Status     string `json:"status"`     // as the row says it; empty where it says none
	Unreadable string `json:"unreadable"` // in what way it could not be read, or "wrongCount" beside such a count; empty: it could
	Untagged   bool   `json:"untagged"`   // it showed no tags, by Instance.UntaggedRow
}

// Phase is one real status of an instance and when it began.
type Phase struct {
	At     time.Time `json:"at"`
	Status string    `json:"status"` // empty: not listed (not there yet, or gone)
}

// Truth returns what became of one instance until now. An instance that the
// scenario does not have is Gone.
func (s *Server) Truth(id string) Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i, ok := s.byID[id]; ok {
		return s.truth(i)
	}
	return Truth{ID: id, Gone: true}
}

// Truths returns what became of every instance of the scenario, in the order in
// which DescribeInstances lists them.
func (s *Server) Truths() []Truth {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]Truth, 0, len(s.fleet))
	for _, i := range s.fleet {
		all = append(all, s.truth(i))
	}
	return all
}

func (s *Server) truth(i *instanceState) Truth {
	wall := s.now()
	now := s.elapsed(wall)
	i.advance(now)
	base := s.start
	if base.IsZero() {
		base = wall
	}
	t := Truth{
		ID: i.ID, Gone: !i.listed, Tags: i.tags,
		Rows: i.rowsKept, AcceptedStops: i.accepted, StopCalls: i.stopCalls, StartCalls: i.startCalls, DescribeCalls: i.describeCalls,
	}
	if i.listed {
		t.Status, t.Shown = i.status, i.shown(now)
	}
	if i.accepted > 0 {
		t.FirstAccepted = base.Add(i.firstAccepted)
	}
	for _, at := range i.starts {
		t.Starts = append(t.Starts, base.Add(at))
	}
	t.History = make([]Phase, 0, len(i.history))
	for _, p := range i.history {
		t.add(Phase{base.Add(p.at), p.status})
	}
	return t
}

// add appends one phase to the history and sets the times that depend on it.
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
