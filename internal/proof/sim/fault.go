package sim

import "time"

// FaultKind is a way in which an answer goes wrong.
type FaultKind string

// The kinds of faults. Those marked "no effect" do not carry out what was asked,
// unless [Fault].TakesEffect is set.
const (
	// Throttle answers 429 REQUEST_LIMIT_EXCEEDED (vendor); no effect.
	Throttle FaultKind = "throttle"
	// Unavailable answers 500 or 503 with the vendor's codes, or 502 with a proxy's
	// HTML page; no effect.
	Unavailable FaultKind = "unavailable"
	// Refuse answers the fault's Code; no effect.
	Refuse FaultKind = "refuse"
	// Challenge answers 403 with `cf-mitigated: challenge` and an HTML page, as
	// Cloudflare in front of Zenlayer does (vendor SDK); no effect.
	Challenge FaultKind = "challenge"
	// TimeOut never answers; no effect.
	TimeOut FaultKind = "timeOut"
	// LostAnswer carries out what was asked and breaks the connection.
	LostAnswer FaultKind = "lostAnswer"
	// NoResponse answers 200 without `response`, which no source shows; no effect.
	NoResponse FaultKind = "noResponse"
	// CutBody carries out what was asked and cuts the JSON of the answer in half.
	CutBody FaultKind = "cutBody"
	// ShortPage leaves rows out of a DescribeInstances answer and keeps its
	// totalCount right. An answer without rows stays as it is.
	ShortPage FaultKind = "shortPage"
	// NotTheAPI answers what is no answer of the API, in the fault's Form; no effect.
	NotTheAPI FaultKind = "notTheAPI"
	// WrongCount gives a DescribeInstances answer a totalCount that cannot be: 0 beside
	// rows, or the largest number there is. An answer without rows has the latter.
	WrongCount FaultKind = "wrongCount"
)

// FaultKinds lists every kind.
func FaultKinds() []FaultKind {
	return []FaultKind{Throttle, Unavailable, Refuse, Challenge, TimeOut, LostAnswer, NoResponse, CutBody, ShortPage, NotTheAPI, WrongCount}
}

// Fault is something that goes wrong for every call that meets all its
// conditions. Where a call meets several faults, the first in the list happens.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Action string    `json:"action"` // X-ZC-Action; empty: any

	// From and Until bound it by the time since the start, From included and
	// Until not; Until zero: no end.
	From  time.Duration `json:"from"`
	Until time.Duration `json:"until"`
	// FirstCall and LastCall bound it by the number of the call, both included.
	// Calls are counted from 1, those of Action alone; LastCall zero: no end.
	FirstCall int `json:"firstCall"`
	LastCall  int `json:"lastCall"`
	// Probability that it happens to a call, from 0 to 1; zero: always.
	Probability float64 `json:"probability"`
	// Times is how often it happens at most; zero: no limit.
	Times int `json:"times"`

	// TakesEffect carries out what was asked before the answer goes wrong.
	TakesEffect bool `json:"takesEffect"`
	// RetryAfter is sent as a header with Throttle, Unavailable, Refuse and WrongCount, in whole
	// seconds; zero: no header. That the vendor sends it is not confirmed.
	RetryAfter time.Duration `json:"retryAfter"`
	// Code is what Refuse answers. Unavailable takes one by chance where it is empty.
	Code string `json:"code"`
	// Form is what NotTheAPI answers, one of [Forms]. It takes one by chance where it is
	// empty.
	Form string `json:"form"`

	used int // how often it happened
}

// unavailable are the codes that Unavailable chooses from by chance. The empty one
// stands for a proxy's 502 page.
var unavailable = [...]string{CodeInternalError, CodeUnavailable, CodeTimedOut, ""}

// pick finds the fault that a call meets, or nil, and counts its use.
func (s *Server) pick(action string, now time.Duration) *Fault {
	for i := range s.scenario.Faults {
		f := &s.scenario.Faults[i]
		if f.meets(action, now, s.callNumber(f.Action)) && s.luck(f.Probability) {
			f.used++
			return f
		}
	}
	return nil
}

// meets reports whether a call fulfils every condition but chance.
func (f *Fault) meets(action string, now time.Duration, call int) bool {
	return (f.Action == "" || f.Action == action) &&
		(action == ActionDescribe || f.Kind != ShortPage && f.Kind != WrongCount) &&
		now >= f.From && (f.Until == 0 || now < f.Until) &&
		call >= f.FirstCall && (f.LastCall == 0 || call <= f.LastCall) &&
		(f.Times == 0 || f.used < f.Times)
}

// callNumber is how many calls of an action have arrived, the present one
// included; an empty action stands for all.
func (s *Server) callNumber(action string) int {
	if action == "" {
		return s.received
	}
	return s.calls[action]
}

// luck draws one chance; it draws nothing where the outcome is certain.
func (s *Server) luck(probability float64) bool {
	return probability == 0 || s.rand.Float64() < probability
}

// real reports whether the call is worked on before its answer goes wrong.
func (f *Fault) real() bool {
	switch f.Kind {
	case LostAnswer, CutBody, ShortPage, WrongCount:
		return true
	default:
		return f.TakesEffect
	}
}
