package sim

import (
	"slices"
	"time"
)

// MaxRequests is how many requests a [Server] remembers; it forgets the oldest.
const MaxRequests = 20_000

// Request is one API request as it arrived, and what came of it. It holds
// nothing of its credentials.
type Request struct {
	ID          string    `json:"id"` // the requestId of the answer
	At          time.Time `json:"at"`
	Action      string    `json:"action"`
	InstanceIDs []string  `json:"instanceIds"`
	Status      int       `json:"status"`   // HTTP; zero: it got no answer
	Code        string    `json:"code"`     // of the failure, sent or lost; empty: none
	Accepted    bool      `json:"accepted"` // it was done, even if the answer went wrong
	Fault       FaultKind `json:"fault"`    // empty: none
}

// Requests are the last [MaxRequests] requests, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// record writes the call down.
func (s *Server) record(c *call, a answer) {
	if len(s.log) >= MaxRequests {
		s.log = slices.Delete(s.log, 0, MaxRequests/2)
	}
	r := Request{
		ID: c.id, At: c.wall, Action: c.action, InstanceIDs: c.parameters.InstanceIDs,
		Status: a.status, Code: a.code, Accepted: c.accepted,
	}
	if r.Code == "" && c.bad != nil {
		r.Code = c.bad.code
	}
	if c.fault != nil && (c.fault.Kind != ShortPage || c.shortened) {
		r.Fault = c.fault.Kind
	}
	s.log = append(s.log, r)
}

// count adds the call to the counters of the instances that it names.
func (s *Server) count(c *call) {
	for _, m := range s.named(c.parameters.InstanceIDs) {
		switch c.action {
		case ActionStop:
			m.stopCalls++
		case ActionDescribe:
			m.describeCalls++
		}
	}
}
