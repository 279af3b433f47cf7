package sim

import (
	"net/http"
	"strconv"
	"time"
)

// spoil makes the faulty answer out of the real one, which is empty unless the
// fault lets the call be worked on.
func (s *Server) spoil(f *Fault, real answer, id string) answer {
	switch f.Kind {
	case Throttle:
		return f.later(failure(refuse(CodeRequestLimit, "Too many requests."), id))
	case Unavailable:
		return f.later(s.outage(f.Code, id))
	case Refuse:
		return f.later(failure(refuse(f.Code, "Refused by the scenario."), id))
	case Challenge:
		page := htmlPage(http.StatusForbidden, "Just a moment...")
		page.header = http.Header{"Cf-Mitigated": {"challenge"}}
		return page
	case TimeOut:
		return answer{silent: true}
	case LostAnswer:
		return answer{broken: true}
	case NoResponse:
		return answer{status: http.StatusOK, body: []byte(`{"requestId":"` + id + `"}`)}
	case CutBody:
		real.body = real.body[:len(real.body)/2]
		return real
	case NotTheAPI:
		return s.foreign(f.Form, id)
	case WrongCount: // perform has given the count already
		return f.later(real)
	case ShortPage: // perform has left the rows out already
		return real
	default:
		return real
	}
}

// outage is the answer of a Zenlayer that is down: with this code, or, where it is
// empty, with one by chance.
func (s *Server) outage(code, id string) answer {
	if code == "" {
		code = unavailable[s.rand.IntN(len(unavailable))]
	}
	if code == "" {
		return htmlPage(http.StatusBadGateway, "Bad Gateway")
	}
	return failure(refuse(code, "The service is not available."), id)
}

// later adds the Retry-After header that the fault asks for.
func (f *Fault) later(a answer) answer {
	if f.RetryAfter > 0 {
		seconds := int64((f.RetryAfter + time.Second - 1) / time.Second)
		a.header = http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
	}
	return a
}

// htmlPage is what a proxy answers where it cannot reach the API.
func htmlPage(status int, title string) answer {
	return answer{status: status, html: true, body: []byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body></body></html>")}
}
