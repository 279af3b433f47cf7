package campaign

import (
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"zenstop/internal/handler"
	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// tell lets a story happen in virtual time.
func tell(t *testing.T, machine *asl.Machine, s *story) *Result { return tellTo(t, machine, s, nil) }

// tellTo is tell with a recorder for a picture.
func tellTo(t *testing.T, machine *asl.Machine, s *story, r *recorder) *Result {
	var result *Result
	synctest.Test(t, func(t *testing.T) {
		w, err := newWorld(s)
		if err != nil {
			t.Fatalf("seed %d: %v", s.seed, err)
		}
		result = (&session{world: w, machine: machine, judge: newJudge(w), recorder: r}).run()
	})
	return result
}

// session is one story: the deliveries of one event, and what comes of them.
type session struct {
	*world
	machine  *asl.Machine
	judge    *judge
	recorder *recorder // nil: no picture is wanted
	all      sync.WaitGroup
	workers  int             // goroutines so far: each keeps to moments of its own
	claims   map[string]bool // the names that StopFunction claimed for the event
	queued   int             // deliveries that ended in the failure queue
}

func (s *session) run() *Result {
	s.claims = map[string]bool{}
	s.begin = s.execute
	for _, change := range s.credentialChanges() {
		defer change.Stop()
	}
	if s.direct > 0 {
		s.spawn(s.sendDocument)
	}
	if s.rival != nil {
		s.spawn(s.compete)
	}
	for i, at := range s.deliveries {
		s.spawn(func(chance *rand.Rand) { s.deliver(i, at, chance) })
	}
	s.all.Wait()
	s.judge.conclude(s)
	return s.judge.result
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
		work(rand.New(rand.NewPCG(s.seed, uint64(10+n))))
	})
}

// pause lets virtual time pass.
func pause(d time.Duration) {
	if d > 0 {
		<-time.After(d)
	}
}

// credentialChanges are the rotation and the end of the credentials.
func (s *session) credentialChanges() []*time.Timer {
	var timers []*time.Timer
	for _, t := range s.troubles {
		change := map[fault]func(){revoked: s.revoke, secretRotated: s.rotate}[t.kind]
		if change != nil {
			timers = append(timers, time.AfterFunc(t.from+500*time.Nanosecond, change))
		}
	}
	return timers
}

// Asynchronous invocation of a function. Source: template.yaml, and the AWS page
// of asynchronous invocation.
const (
	deliveryTries = 3
	deliveryAge   = time.Hour
	deliveryWait  = 5 * time.Minute // the longest while the function is throttled
)

// deliver hands the event to StopFunction, as often as Lambda tries.
func (s *session) deliver(n int, at time.Duration, chance *rand.Rand) {
	pause(at)
	f := newLambda(s.world, "", chance)
	if n > 0 {
		s.note(deliveredAgain, "")
	}
	for failures, wait := 0, time.Second; s.elapsed()-at < deliveryAge; {
		answer, failure := f.call(cloud.StopFunction, s.event())
		if failure == nil {
			s.claimed(answer)
			return
		}
		if failure.Error == "Lambda.TooManyRequestsException" {
			wait = min(2*wait, deliveryWait)
			pause(wait)
			continue
		}
		if failures++; failures == deliveryTries {
			break
		}
		pause(time.Duration(failures) * time.Minute)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queued++
}

// sendDocument calls StopFunction with a run document that nobody planned: it asks
// for more stops than the stack allows.
func (s *session) sendDocument(chance *rand.Rand) {
	pause(time.Duration(chance.Int64N(int64(pick(chance, 1, 10*time.Second, s.timeout)))))
	s.note(documentDirectly, "")
	run := runs.New(runs.Request{Action: power.Stop, Name: "direct", Target: runs.Target{InstanceIDs: s.directIDs()}, Timeout: time.Hour}, time.Now())
	call := "plan"
	if chance.IntN(2) == 0 {
		call, run.Planned = "stop", true
		for i := range run.Instances {
			run.Instances[i].Before, run.Instances[i].Status, run.Instances[i].Memory.Due = sim.StatusRunning, sim.StatusRunning, true
		}
	}
	s.directLimit = pick(chance, 0, s.limit, 100_000)
	run.Memory.MaxInstances = &s.directLimit
	_, _ = newLambda(s.world, directOwner, chance).call(cloud.StopFunction, encode(map[string]any{call: run}))
}

// claimed takes in what StopFunction answered to an event.
func (s *session) claimed(answer any) {
	claim, ok := answer.(handler.Claim)
	if !ok || s.known(claim.Run) == nil {
		s.judge.wrong("StopFunction answers an event with %+v, and there is no such execution", answer)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claims[claim.Run] = true
}
