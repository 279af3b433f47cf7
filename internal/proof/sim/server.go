package sim

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// The actions (vendor).
const (
	ActionDescribe = "DescribeInstances"
	ActionStop     = "StopInstances"
	ActionStart    = "StartInstances"
)

// Options say what a [Server] simulates. The zero value is an empty account.
type Options struct {
	Scenario    Scenario
	Credentials []Credential        // what is let in; nil: DefaultCredentials
	Now         func() time.Time    // the server's clock; nil: time.Now
	Start       time.Time           // when the scenario starts; zero: at the first API request
	Seed        uint64              // of everything that is left to chance
	KeepRows    bool                // remember what each answer showed of each instance: see Truth.Rows
	Received    func(*http.Request) // called for each API request in the order in which they are counted, one after the other; nil: nothing
}

// Server is a simulated Zenlayer. It is safe for concurrent use.
type Server struct {
	now  func() time.Time
	keep bool // rows: see Options.KeepRows
	told func(*http.Request)

	mu       sync.Mutex
	start    time.Time // zero: the scenario has not started
	rand     *rand.Rand
	ids      *rand.Rand // for request ids alone, so that they change nothing else
	keys     keyring
	scenario Scenario
	limit    rateLimit
	fleet    []*instanceState // in the order of the listing
	byID     map[string]*instanceState
	picks    int // see named

	received int
	calls    map[string]int
	injected map[string]int
	log      []Request
}

// New makes a server. It fails on a scenario that contradicts itself, and its
// error names everything that is wrong.
func New(o Options) (*Server, error) {
	if err := o.Scenario.check(); err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Received == nil {
		o.Received = func(*http.Request) {}
	}
	if o.Credentials == nil {
		o.Credentials = DefaultCredentials()
	}
	s := &Server{
		now: o.Now, keep: o.KeepRows, told: o.Received,
		rand:     rand.New(rand.NewPCG(o.Seed, 1)), //nolint:gosec // a simulation must be repeatable by its seed
		ids:      rand.New(rand.NewPCG(o.Seed, 2)), //nolint:gosec // likewise
		keys:     newKeyring(o.Credentials),
		scenario: o.Scenario,
		limit:    rateLimit{perSecond: o.Scenario.RequestsPerSecond},
		calls:    map[string]int{},
		injected: map[string]int{},
	}
	s.scenario.Faults = slices.Clone(o.Scenario.Faults) // they count their uses
	s.populate()
	if !o.Start.IsZero() {
		s.begin(o.Start)
	}
	return s, nil
}

// populate makes the instances. With Shuffle their order is random, but the same
// in all answers, so that pages fit together.
func (s *Server) populate() {
	all := s.scenario.fleet(s.rand)
	s.fleet = make([]*instanceState, 0, len(all))
	s.byID = make(map[string]*instanceState, len(all))
	states := make([]instanceState, len(all)) // one allocation: a campaign makes many fleets
	for n := range all {
		i := &states[n]
		i.begin(&all[n])
		s.fleet = append(s.fleet, i)
		s.byID[i.ID] = i
	}
	if s.scenario.Shuffle {
		s.rand.Shuffle(len(s.fleet), func(a, b int) { s.fleet[a], s.fleet[b] = s.fleet[b], s.fleet[a] })
	}
}

// SetCredentials replaces the credentials that are let in, from the next request
// on, as a rotation does. Give the old and the new ones to have both valid for a
// while.
func (s *Server) SetCredentials(valid ...Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = newKeyring(valid)
}

// Injected counts what went wrong on purpose so far: faults by the name of their
// kind, requests above the scenario's limit as "rateLimit", answers that left an
// instance out as "absentAnswer", and accepted requests without
// effect as "ignoredStop" and "ignoredStart".
func (s *Server) Injected() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.injected)
}

// Calls is how many requests for an action have arrived, however they were
// answered.
func (s *Server) Calls(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[action]
}

// elapsed is the time since the scenario started; zero before that.
func (s *Server) elapsed(now time.Time) time.Duration {
	if s.start.IsZero() {
		return 0
	}
	return max(0, now.Sub(s.start))
}

// ServeHTTP answers one API request. A request that a fault leaves without an
// answer ends with [http.ErrAbortHandler].
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := s.serve(r)
	s.hold(r.Context(), a)
	if a.silent || a.broken || a.notTLS {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.headers())
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // nobody reads the answer where the client has gone
}

// hold lets the time until an answer pass: that of a hanging request, or the latency.
func (s *Server) hold(ctx context.Context, a answer) {
	if a.silent {
		<-ctx.Done()
		return
	}
	if s.scenario.Latency == 0 {
		return
	}
	select {
	case <-time.After(s.scenario.Latency):
	case <-ctx.Done():
	}
}
