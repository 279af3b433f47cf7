package sim

import (
	"io"
	"net/http"
	"time"
)

// Path is where the API lives (vendor).
const Path = "/api/v2/bmc"

// maxBody is how many bytes of a request's body are read; a choice of this
// simulator.
const maxBody = 1 << 20

// serve makes the answer to one request.
func (s *Server) serve(r *http.Request) answer {
	body, err := readBody(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.requestID()
	switch {
	case r.URL.Path != Path || r.Method != http.MethodPost:
		// The status and the code are a choice of this simulator, the flat JSON is
		// the vendor's.
		return failure(refuse(CodeUnauthorizedOperation, "There is no such operation: the API is POST "+Path+"."), id)
	case err != nil || len(body) > maxBody:
		return failure(refuse(CodeParameterLength, "The body cannot be read, or is too large."), id)
	}
	return s.receive(r, body, id)
}

// readBody reads a body up to one byte above the limit, which shows that it is
// too large.
func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, maxBody+1))
}

// call is what is known of the request in hand.
type call struct {
	r          *http.Request
	body       []byte
	id         string        // the requestId of its answer
	wall       time.Time     // when it arrived
	now        time.Duration // the same, from the start of the scenario
	action     string
	parameters parameters
	unread     *refusal         // why the body could not be read; nil: it could
	named      []*instanceState // those that the body names, each once
	fault      *Fault           // that the call meets; nil: none
	shortened  bool             // whether a ShortPage left rows out
	bad        *refusal         // why the call is refused; nil: it is not, or was not worked on
	accepted   bool             // whether it was worked on and not refused
}

// receive counts one API request, answers it and writes it down. The caller
// holds the lock.
func (s *Server) receive(r *http.Request, body []byte, id string) answer {
	wall := s.now()
	if s.start.IsZero() {
		s.begin(wall)
	}
	c := call{r: r, body: body, id: id, wall: wall, now: s.elapsed(wall), action: r.Header.Get("X-ZC-Action")}
	c.parameters, c.unread = parse(body)
	c.named = s.named(c.parameters.InstanceIDs)
	s.count(&c)
	s.told(r)
	a := s.answer(&c)
	s.record(&c, a)
	return a
}

// answer does what is asked, unless the rate limit or a fault of the scenario is
// in the way, and lets the fault change the answer.
func (s *Server) answer(c *call) answer {
	if s.limit.exceeded(c.now) {
		s.injected["rateLimit"]++
		return failure(refuse(CodeRequestLimit, "Too many requests in this second."), c.id)
	}
	c.fault = s.pick(c.action, c.now)
	if c.fault == nil {
		return s.act(c)
	}
	var a answer
	if c.fault.real() {
		a = s.act(c)
	}
	if c.fault.Kind != ShortPage || c.shortened {
		s.injected[string(c.fault.Kind)]++
	}
	return s.spoil(c.fault, a, c.id)
}

// act does what the request asks for.
func (s *Server) act(c *call) answer {
	fields, bad := s.perform(c)
	c.bad, c.accepted = bad, bad == nil
	if bad != nil {
		return failure(bad, c.id)
	}
	return success(c.id, fields)
}

// perform checks and carries out the request. It returns the fields of the
// response besides requestId, beginning with a comma.
func (s *Server) perform(c *call) ([]byte, *refusal) {
	if bad := checkHeaders(c.r); bad != nil {
		return nil, bad
	}
	if bad := s.keys.authorize(c.r, c.body, c.wall); bad != nil {
		return nil, bad
	}
	if c.action != ActionDescribe && c.action != ActionStop && c.action != ActionStart {
		return nil, refuse(CodeUnauthorizedOperation, "There is no such action, or no permission for it.")
	}
	if c.unread != nil {
		return nil, c.unread
	}
	if c.action == ActionStop {
		return nil, s.stop(c)
	}
	if c.action == ActionStart {
		return nil, s.boot(c)
	}
	page, total, bad := s.describe(c)
	if bad != nil {
		return nil, bad
	}
	if c.fault != nil && c.fault.Kind == ShortPage && len(page) > 0 {
		page, c.shortened = s.shorten(page), true
	}
	if c.fault != nil && c.fault.Kind == WrongCount {
		total = s.wrongCount(len(page))
	}
	answered := listing(page, total, c.now)
	if s.keep && (c.fault == nil || c.fault.Kind == ShortPage || c.fault.Kind == WrongCount) {
		s.keepRows(page, c)
	}
	return answered, nil
}
