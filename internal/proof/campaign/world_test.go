package campaign

import (
	"math/rand/v2"
	"sync"
	"time"

	"zenstop/internal/proof/sim"
	"zenstop/internal/trigger"
)

// world is a story while it happens. One goroutine is at work in it at a time, all
// others wait for virtual time; the lock is there because the race detector cannot
// know that.
type world struct {
	*story
	start    time.Time
	server   *sim.Server
	settings trigger.Settings
	members  map[string]*member // the fleet by id
	calm     time.Duration      // when the last trouble of a bounded time is over
	odd      int                // instances with quirks
	slowness time.Duration      // see slow

	directLimit int // of the document that somebody sends

	mu         sync.Mutex // of what follows
	secret     sim.Credential
	revoked    bool
	left       []int // how often each trouble may still happen; -1: no limit
	calls      map[string]int
	hits       []hit
	attempts   int                  // calls of Zenlayer
	held       map[string]time.Time // until when each execution is to ask nothing, by Retry-After
	hasty      map[string]int       // calls of each execution that came before
	hastiest   time.Duration        // how long before, at most
	lambdas    []*lambda            // by number
	sending    sync.Mutex           // of the next; the simulator takes it, so nothing is asked of that within it
	arrivals   []arrival            // by number of the request
	vain       map[string]bool      // executions of which a stop request never arrived
	executions map[string]*execution
	roots      []*execution
	begin      func(name string, input []byte) // starts an execution
}

// hit is one failure that was injected into a call.
type hit struct {
	kind  fault
	at    time.Time
	owner string   // the execution for which the call was made
	ids   []string // the instances that the call named; nil: it counts for all of the execution's
}

func newWorld(s *story) (*world, error) {
	w := &world{
		story: s, start: time.Now(), settings: s.settings(), members: make(map[string]*member, len(s.fleet)),
		calm: s.lastTrouble(), slowness: s.slow(),
		secret: s.credential(), calls: map[string]int{}, held: map[string]time.Time{}, hasty: map[string]int{}, vain: map[string]bool{}, executions: map[string]*execution{},
	}
	for _, t := range s.troubles {
		w.left = append(w.left, t.times)
		if t.times == 0 {
			w.left[len(w.left)-1] = -1
		}
	}
	for i := range s.fleet {
		m := &s.fleet[i]
		if w.members[m.ID] = m; len(m.quirks) > 0 {
			w.odd++
		}
	}
	var err error
	w.server, err = sim.New(sim.Options{Scenario: s.scenario(), Credentials: []sim.Credential{w.secret}, KeepRows: true, Received: w.received, Now: time.Now, Start: w.start, Seed: s.seed})
	return w, err
}

func (s *story) credential() sim.Credential {
	if s.token {
		return sim.DefaultCredentials()[1]
	}
	return sim.DefaultCredentials()[0]
}

// scenario is the story as far as the simulator plays it.
func (s *story) scenario() sim.Scenario {
	sc := sim.Scenario{Shuffle: s.shuffle, PageSizeCap: s.pageSizeCap}
	for i := range s.fleet {
		sc.Instances = append(sc.Instances, s.fleet[i].Instance)
	}
	for _, id := range append(s.otherIDs(), s.directIDs()...) {
		sc.Instances = append(sc.Instances, *s.other(id))
	}
	if s.listsAll {
		sc.IgnoreFilters = []string{"tags"}
	}
	for _, t := range s.troubles {
		f := sim.Fault{
			Form: t.form, Kind: sim.FaultKind(t.kind), Action: t.action, From: t.from, Until: t.until, Probability: t.chance, Times: t.times,
			TakesEffect: t.after, RetryAfter: t.retryAfter,
		}
		switch t.kind {
		case throttle, unavailable, challenge, timeOut, lostAnswer, noResponse, cutBody, shortPage, notTheAPI, wrongCount:
		case oddRefusal:
			f.Kind, f.Code = sim.Refuse, codeOddOnce
		case noPermission:
			f.Kind, f.Code = sim.Refuse, sim.CodeUnauthorizedOperation
		default:
			continue
		}
		sc.Faults = append(sc.Faults, f)
	}
	return sc
}

func (w *world) elapsed() time.Duration { return time.Since(w.start) }

// happens reports whether a trouble of this kind hits a call now, and notes that it did.
func (w *world) happens(kind fault, owner string, chance *rand.Rand) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.troubles {
		t := &w.troubles[i]
		if t.kind == kind && w.left[i] != 0 && t.active(w.elapsed()) && (t.chance == 0 || chance.Float64() < t.chance) {
			w.left[i]--
			w.hits = append(w.hits, hit{kind: kind, at: time.Now(), owner: owner})
			return true
		}
	}
	return false
}

// note remembers a failure or an edge.
func (w *world) note(kind fault, owner string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hits = append(w.hits, hit{kind: kind, at: time.Now(), owner: owner})
}

// crashes counts a call, once before it is made, and says whether the process ends
// before or after it.
func (w *world) crashes(action string, after bool, owner string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !after {
		w.calls[action]++
	}
	for _, t := range w.troubles {
		if t.kind == crash && t.action == action && t.after == after && t.call == w.calls[action] {
			w.hits = append(w.hits, hit{kind: crash, at: time.Now(), owner: owner})
			return true
		}
	}
	return false
}

// enlist gives a function its number.
func (w *world) enlist(f *lambda) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lambdas = append(w.lambdas, f)
	return len(w.lambdas) - 1
}
