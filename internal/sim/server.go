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

// The two actions (vendor).
const (
	ActionDescribe = "DescribeInstances"
	ActionStop     = "StopInstances"
)

// Options say what a [Server] simulates. The zero value is an empty account.
type Options struct {
	Scenario    Scenario
	Credentials []Credential              // what is let in; default: DefaultCredentials
	Now         func() time.Time          // the server's clock; default: time.Now
	Start       time.Time                 // when the scenario starts; default: at the first API request
	Seed        uint64                    // of all that is left to chance
	Hang        func(ctx context.Context) // what a TimeOut does with a request; default: wait for the end of ctx
}

// Server is a fake Zenlayer. It is safe for concurrent use.
type Server struct {
	now  func() time.Time
	hang func(ctx context.Context)

	mu            sync.Mutex
	start         time.Time // zero: not yet
	rand          *rand.Rand
	ids           *rand.Rand // of request ids alone, so that they disturb nothing
	keys          keyring
	fleet         []*machine
	byID          map[string]*machine
	shuffle       bool
	ignoreFilters []string
	faults        []Fault
	look          int

	received int
	calls    map[string]int
	injected map[string]int
	log      []Request
}

// New makes a server; it fails on a scenario that contradicts itself, naming
// everything that is wrong with it.
func New(o Options) (*Server, error) {
	if err := o.Scenario.check(); err != nil {
		return nil, err
	}
	s := &Server{
		now: o.Now, hang: o.Hang, start: o.Start,
		rand:          rand.New(rand.NewPCG(o.Seed, 1)), //nolint:gosec // a simulation must be repeatable by its seed
		ids:           rand.New(rand.NewPCG(o.Seed, 2)), //nolint:gosec // likewise
		shuffle:       o.Scenario.Shuffle,
		ignoreFilters: o.Scenario.IgnoreFilters,
		faults:        slices.Clone(o.Scenario.Faults),
		calls:         map[string]int{},
		injected:      map[string]int{},
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.hang == nil {
		s.hang = func(ctx context.Context) { <-ctx.Done() }
	}
	if o.Credentials == nil {
		o.Credentials = DefaultCredentials()
	}
	s.keys = newKeyring(o.Credentials)
	s.populate(o.Scenario)
	return s, nil
}

// populate makes the machines. With Shuffle their order is by chance, but one
// and the same for all answers, so that pages fit together.
func (s *Server) populate(sc Scenario) {
	all := sc.fleet(s.rand)
	s.fleet = make([]*machine, 0, len(all))
	s.byID = make(map[string]*machine, len(all))
	for _, i := range all {
		m := newMachine(i)
		s.fleet = append(s.fleet, m)
		s.byID[i.ID] = m
	}
	if s.shuffle {
		s.rand.Shuffle(len(s.fleet), func(i, j int) { s.fleet[i], s.fleet[j] = s.fleet[j], s.fleet[i] })
	}
}

// SetCredentials replaces what is let in, from the next request on: a rotation.
// Give the old and the new ones to have both valid for a while.
func (s *Server) SetCredentials(valid ...Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keys = newKeyring(valid)
}

// Injected counts what went wrong so far on purpose, by the name of the fault's
// kind, and as "absentAnswer" and "ignoredStop" the quirks of instances.
func (s *Server) Injected() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.injected)
}

// Calls is how many requests for an action arrived, however they were answered.
func (s *Server) Calls(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[action]
}

// elapsed is the scenario's own time: zero until it starts.
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
	if a.silent {
		s.hang(r.Context())
	}
	if a.silent || a.broken {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), a.headers())
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // a client that has gone misses it, as from Zenlayer
}
