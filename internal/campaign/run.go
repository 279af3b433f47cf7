package campaign

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
	"zenstop/statemachine"
)

// Run carries out the run of one seed in virtual time.
func Run(t *testing.T, machine statemachine.Machine, seed uint64) *Result {
	var result *Result
	synctest.Test(t, func(t *testing.T) {
		s := &session{machine: machine, world: draw(seed)}
		var err error
		if result, err = s.run(); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	})
	return result
}

// session is one run: the deliveries of one event, and what comes of them.
type session struct {
	machine statemachine.Machine
	world   *world
	judge   *judge
	all     sync.WaitGroup
	mu      sync.Mutex // of what follows
	workers int        // goroutines so far: each keeps to moments of its own
	ends    []end
	broken  []error
	queued  int // deliveries that ended in the failure queue
}

func (s *session) run() (*Result, error) {
	w := s.world
	w.start = time.Now()
	server, err := sim.New(sim.Options{Scenario: w.scenario, Credentials: []sim.Credential{w.secret}, Now: time.Now, Start: w.start, Seed: w.seed})
	if err != nil {
		return nil, err
	}
	w.server = server
	s.judge = &judge{world: w, result: newResult(), closed: map[string]shutdown.Verdict{}}
	w.begin = s.execute
	for _, change := range s.credentialChanges() {
		defer change.Stop()
	}
	for _, at := range w.deliveries {
		s.spawn(func(chance *rand.Rand) { s.deliver(at, chance) })
	}
	s.all.Wait()
	s.judge.conclude(s)
	return s.judge.result, nil
}

// spawn starts a goroutine that is never awake at the same moment as another:
// so a seed gives the same run each time.
func (s *session) spawn(work func(*rand.Rand)) {
	s.mu.Lock()
	s.workers++
	n := s.workers
	s.mu.Unlock()
	s.all.Go(func() {
		pause(time.Duration(n) * time.Microsecond)
		work(rand.New(rand.NewPCG(s.world.seed, uint64(10+n)))) //nolint:gosec // a simulation must be repeatable by its seed
	})
}

// credentialChanges are the rotation and the end of the credentials.
func (s *session) credentialChanges() []*time.Timer {
	var timers []*time.Timer
	w := s.world
	at := func(d time.Duration, kind string, change func()) {
		if d > 0 {
			timers = append(timers, time.AfterFunc(d+500*time.Nanosecond, func() {
				w.count(kind)
				change()
			}))
		}
	}
	at(w.rotateAt, "secretRotated", func() {
		w.rotate(sim.Credential{AccessKeyID: "rotated-id", AccessKeyPassword: "rotated-password"})
	})
	at(w.revokeAt, "credentialsRevoked", func() { w.server.SetCredentials() })
	return timers
}

// deliver hands the event to StopFunction, as often as Lambda tries: thrice.
// Source: the AWS page of asynchronous invocation.
func (s *session) deliver(at time.Duration, chance *rand.Rand) {
	pause(at)
	f, err := newFunction(s.world, chance)
	for try := 1; err == nil; try++ {
		failure := f.receive(s.world.event)
		if failure == nil {
			return
		}
		if try == 3 {
			s.note(func() { s.queued++ })
			return
		}
		pause(time.Duration(try) * time.Minute)
		err = f.start()
	}
	s.note(func() { s.broken = append(s.broken, err) })
}

func (s *session) note(what func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what()
}

// execute interprets the workflow for one document.
func (s *session) execute(doc shutdown.Run) {
	s.judge.watch(shutdown.Run{}, doc, s.world.start)
	s.spawn(func(chance *rand.Rand) {
		e, err := s.carry(doc, chance)
		s.note(func() {
			if err != nil {
				s.broken = append(s.broken, err)
				return
			}
			s.ends = append(s.ends, e)
		})
	})
}

func (s *session) carry(doc shutdown.Run, chance *rand.Rand) (end, error) {
	f, err := newFunction(s.world, chance)
	if err != nil {
		return end{}, err
	}
	s.world.works(f.number)
	x := &execution{machine: s.machine, chance: chance, invoke: f.invoke, deliver: s.notify(chance), watch: s.judge.watch}
	e, err := x.run(doc)
	if err == nil {
		s.judge.bounds(e)
	}
	return e, err
}

// notify sends a message or an event, or fails to.
func (s *session) notify(chance *rand.Rand) func(string) *statemachine.ErrorOutput {
	return func(string) *statemachine.ErrorOutput {
		if chance.Float64() >= s.world.failNotices {
			return nil
		}
		s.world.count("notificationFails")
		return &statemachine.ErrorOutput{Error: "SNS.InternalErrorException", Cause: "try again"}
	}
}
