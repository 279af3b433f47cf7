package sim

import (
	"net/http"
	"strconv"
	"time"
)

// FaultKind is a way in which an answer goes wrong.
type FaultKind string

// The kinds of faults. Those marked "no effect" leave the instances alone,
// unless [Fault].TakesEffect is set.
const (
	// Throttle answers 429 REQUEST_LIMIT_EXCEEDED (vendor); no effect.
	Throttle FaultKind = "throttle"
	// Unavailable answers 500, 502, 503 or 504, with the vendor's codes or, for
	// 502, a proxy's HTML page; no effect.
	Unavailable FaultKind = "unavailable"
	// Refuse answers the fault's Code; no effect.
	Refuse FaultKind = "refuse"
	// Challenge answers 403 with `cf-mitigated: challenge` and an HTML page, as
	// Cloudflare in front of Zenlayer does (vendor SDK); no effect.
	Challenge FaultKind = "challenge"
	// TimeOut never answers; no effect.
	TimeOut FaultKind = "timeOut"
	// LostAnswer does what was asked and breaks the connection.
	LostAnswer FaultKind = "lostAnswer"
	// NoResponse answers 200 without `response`, which no vendor page explains; no effect.
	NoResponse FaultKind = "noResponse"
	// CutBody does what was asked, and ends the JSON of the answer half-way.
	CutBody FaultKind = "cutBody"
	// ShortPage leaves rows out of a DescribeInstances answer, while totalCount
	// is right. An answer without rows is not touched.
	ShortPage FaultKind = "shortPage"
)

// FaultKinds lists every kind.
func FaultKinds() []FaultKind {
	return []FaultKind{Throttle, Unavailable, Refuse, Challenge, TimeOut, LostAnswer, NoResponse, CutBody, ShortPage}
}

// Fault is something that goes wrong for the calls that meet all its
// conditions. Of several faults that a call meets, the first in the list counts.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Action string    `json:"action"` // X-ZC-Action; empty: any

	// From and Until bound it in time since the start; Until zero: no end.
	From  time.Duration `json:"from"`
	Until time.Duration `json:"until"`
	// FirstCall and LastCall bound it by the number of the call, from 1,
	// counted over the calls of Action; LastCall zero: no end.
	FirstCall int `json:"firstCall"`
	LastCall  int `json:"lastCall"`
	// Probability of each call; zero: always.
	Probability float64 `json:"probability"`
	// Times is how often it happens at most; zero: no limit.
	Times int `json:"times"`

	// TakesEffect does what was asked before the answer goes wrong.
	TakesEffect bool `json:"takesEffect"`
	// RetryAfter is sent as a header with Throttle and Unavailable, in whole
	// seconds; zero: no header. That the vendor sends it is not confirmed.
	RetryAfter time.Duration `json:"retryAfter"`
	// Code is what Refuse answers, and fixes the one of Unavailable.
	Code string `json:"code"`

	used int
}

// unavailable are the codes that Unavailable takes turns with, by chance. The
// empty one stands for a proxy's 502 page.
var unavailable = [...]string{CodeInternalError, CodeUnavailable, CodeTimedOut, ""}

// pick finds the fault of a call, if any.
func (s *Server) pick(action string, now time.Duration) *Fault {
	for i := range s.faults {
		f := &s.faults[i]
		if f.meets(action, now, s.callNumber(f.Action)) && s.luck(f.Probability) {
			f.used++
			return f
		}
	}
	return nil
}

func (f *Fault) meets(action string, now time.Duration, call int) bool {
	return (f.Action == "" || f.Action == action) &&
		(f.Kind != ShortPage || action == ActionDescribe) &&
		now >= f.From && (f.Until == 0 || now < f.Until) &&
		call >= f.FirstCall && (f.LastCall == 0 || call <= f.LastCall) &&
		(f.Times == 0 || f.used < f.Times)
}

// callNumber is the number of the present call, counted over an action or all.
func (s *Server) callNumber(action string) int {
	if action == "" {
		return s.received
	}
	return s.calls[action]
}

func (s *Server) luck(probability float64) bool {
	return probability == 0 || s.rand.Float64() < probability
}

// real reports whether the call is worked on before its answer goes wrong.
func (f *Fault) real() bool {
	switch f.Kind {
	case LostAnswer, CutBody, ShortPage:
		return true
	default:
		return f.TakesEffect
	}
}

// spoil makes the faulty answer out of the real one.
func (s *Server) spoil(f *Fault, real answer, id string) answer {
	switch f.Kind {
	case Throttle:
		return f.later(failure(refuse(CodeRequestLimit, "Too many requests."), id))
	case Unavailable:
		return f.later(s.outage(f.Code, id))
	case Refuse:
		return failure(refuse(f.Code, "Refused by the scenario."), id)
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
	case ShortPage: // already short
		return real
	default:
		return real
	}
}

// outage is one of the ways in which Zenlayer may be down.
func (s *Server) outage(code, id string) answer {
	if code == "" {
		code = unavailable[s.rand.IntN(len(unavailable))]
	}
	if code == "" {
		return htmlPage(http.StatusBadGateway, "Bad Gateway")
	}
	return failure(refuse(code, "The service is not available."), id)
}

// later adds the Retry-After header.
func (f *Fault) later(a answer) answer {
	if f.RetryAfter > 0 {
		seconds := int64((f.RetryAfter + time.Second - 1) / time.Second)
		a.header = http.Header{"Retry-After": {strconv.FormatInt(seconds, 10)}}
	}
	return a
}

func htmlPage(status int, title string) answer {
	return answer{status: status, html: true, body: []byte("<!DOCTYPE html><html><head><title>" + title + "</title></head><body></body></html>")}
}
