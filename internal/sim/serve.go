package sim

import (
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Path is where the API lives (vendor).
const Path = "/api/v2/bmc"

// Versions of the API that the server speaks (vendor); the fields are the same.
const (
	Version           = "2026-02-01"
	DeprecatedVersion = "2022-11-20"
)

// maxBody bounds what is read of a request; a choice of this simulator.
const maxBody = 1 << 20

// serve makes the answer to one request.
func (s *Server) serve(r *http.Request) answer {
	body, err := readBody(r)
	if r.URL.Path != Path {
		return answer{status: http.StatusNotFound, body: []byte(`{}`)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.requestID()
	switch {
	case r.Method != http.MethodPost:
		a := failure(refuse(CodeUnauthorizedOperation, "The method must be POST."), id)
		a.status = http.StatusMethodNotAllowed
		return a
	case err != nil || len(body) > maxBody:
		return failure(refuse(CodeParameterLength, "The body cannot be read, or is too large."), id)
	}
	return s.call(r, body, id)
}

func readBody(r *http.Request) ([]byte, error) {
	if r.Body == nil {
		return nil, nil
	}
	return io.ReadAll(io.LimitReader(r.Body, maxBody+1))
}

// call is one API request under the lock: it is written down, and answered
// really, faultily or both.
func (s *Server) call(r *http.Request, body []byte, id string) answer {
	wall := s.now()
	if s.start.IsZero() {
		s.start = wall
	}
	c := call{r: r, body: body, id: id, wall: wall, now: s.elapsed(wall), action: r.Header.Get("X-ZC-Action")}
	c.parameters, c.unread = parse(body)
	s.received++
	s.calls[c.action]++
	s.count(&c)

	c.fault = s.pick(c.action, c.now)
	var a answer
	if c.fault == nil || c.fault.real() {
		a, c.bad = s.act(&c)
		c.accepted = c.bad == nil
	}
	if c.fault != nil {
		if c.fault.Kind != ShortPage || c.shortened {
			s.injected[string(c.fault.Kind)]++
		}
		a = s.spoil(c.fault, a, id)
	}
	s.record(&c, a)
	return a
}

// call is what is known of the request in hand.
type call struct {
	r          *http.Request
	body       []byte
	id         string
	wall       time.Time
	now        time.Duration
	action     string
	parameters parameters
	unread     *refusal // why the body could not be read
	fault      *Fault
	shortened  bool
	bad        *refusal
	accepted   bool
}

// act does what the request asks for.
func (s *Server) act(c *call) (answer, *refusal) {
	fields, bad := s.perform(c)
	if bad != nil {
		return failure(bad, c.id), bad
	}
	return success(c.id, fields), nil
}

// perform returns the fields of the response beside requestId.
func (s *Server) perform(c *call) ([]byte, *refusal) {
	if bad := checkHeaders(c.r); bad != nil {
		return nil, bad
	}
	if bad := s.keys.authorize(c.r, c.body, c.wall); bad != nil {
		return nil, bad
	}
	if c.action != ActionDescribe && c.action != ActionStop {
		return nil, refuse(CodeUnauthorizedOperation, "There is no such action, or no permission for it.")
	}
	if c.unread != nil {
		return nil, c.unread
	}
	if c.action == ActionStop {
		return nil, s.stop(c.parameters, c.now)
	}
	page, total, bad := s.describe(c.parameters, c.now)
	if bad != nil {
		return nil, bad
	}
	if c.fault != nil && c.fault.Kind == ShortPage && len(page) > 0 {
		page, c.shortened = s.shorten(page), true
	}
	return listing(page, total, c.now), nil
}

// shorten leaves out at least one row.
func (s *Server) shorten(page []*machine) []*machine {
	for range 1 + s.rand.IntN(len(page)) {
		at := s.rand.IntN(len(page))
		page = slices.Delete(page, at, at+1)
	}
	return page
}

// checkHeaders checks what every request must carry beside its signature. The
// codes are a choice of this simulator.
func checkHeaders(r *http.Request) *refusal {
	contentType := r.Header.Get("Content-Type")
	if contentType != "application/json" {
		if media, _, err := mime.ParseMediaType(contentType); err != nil || media != "application/json" {
			return refuse(CodeParameterValue, "Content-Type must be application/json.")
		}
	}
	switch version := r.Header.Get("X-ZC-Version"); {
	case r.Header.Get("X-ZC-Action") == "":
		return refuse(CodeMissingParameter, "X-ZC-Action is required.")
	case version == "":
		return refuse(CodeMissingParameter, "X-ZC-Version is required.")
	case version != Version && version != DeprecatedVersion:
		return refuse(CodeParameterValue, "X-ZC-Version is not known.")
	}
	return nil
}

// requestID looks like the vendor's: a T and a UUID in capitals.
func (s *Server) requestID() string {
	const digits = "0123456789ABCDEF"
	id := []byte("Txxxxxxxx-xxxx-4xxx-xxxx-xxxxxxxxxxxx")
	var bits uint64
	for i, c := range id {
		if c == 'x' {
			if bits == 0 {
				bits = s.ids.Uint64() | 1
			}
			id[i] = digits[bits&15]
			bits >>= 4
		}
	}
	return string(id)
}

// headers are those that the answer is sent with.
func (a answer) headers() http.Header {
	h := make(http.Header, 3)
	maps.Copy(h, a.header)
	kind := "application/json;charset=UTF-8"
	if a.html {
		kind = "text/html; charset=UTF-8"
	}
	h["Content-Type"] = []string{kind}
	h["Content-Length"] = []string{strconv.Itoa(len(a.body))}
	return h
}
