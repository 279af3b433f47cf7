package sim

import (
	"slices"
	"time"
)

// MaxRequests is how many requests a [Server] remembers at most. When it has as
// many, it forgets the older half.
const MaxRequests = 20_000

// Request is one API request as it arrived, and what came of it. It holds
// nothing of its credentials.
type Request struct {
	ID          string    `json:"id"`     // the requestId of the answer
	Number      int       `json:"number"` // from 1 on, in the order in which they were counted
	At          time.Time `json:"at"`
	Action      string    `json:"action"`
	InstanceIDs []string  `json:"instanceIds"`
	Status      int       `json:"status"`   // HTTP status; zero: it got no answer
	Code        string    `json:"code"`     // of the failure, whether or not its answer was sent; empty: none
	Accepted    bool      `json:"accepted"` // it was carried out, even if its answer went wrong
	Fault       FaultKind `json:"fault"`    // empty: none
}

// Requests are the last requests that the server remembers, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.log)
}

// record adds the call to the log.
func (s *Server) record(c *call, a answer) {
	if len(s.log) >= MaxRequests {
		s.log = slices.Delete(s.log, 0, MaxRequests/2)
	}
	r := Request{
		ID: c.id, Number: s.received, At: c.wall, Action: c.action, InstanceIDs: c.parameters.InstanceIDs,
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

// count adds the call to the counters of its action and of the instances that it
// names.
func (s *Server) count(c *call) {
	s.received++
	s.calls[c.action]++
	for _, i := range c.named {
		switch c.action {
		case ActionStop:
			i.stopCalls++
		case ActionStart:
			i.startCalls++
		case ActionDescribe:
			i.describeCalls++
		}
	}
}
