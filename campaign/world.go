package campaign

import (
	"math/rand/v2"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/sim"
)

// window is a time in which something is out, counted from the start of the run.
type window struct{ from, until time.Duration }

// crash is the end of a process at one call of Zenlayer.
type crash struct {
	stop  bool // at a StopInstances call, else at any other
	after bool // the call has taken effect
	call  int  // counted from 1 over the calls of this kind
}

// world is all that one run meets, drawn from its seed, and what happens in it.
// One goroutine is at work in it at a time: all others wait for virtual time.
type world struct {
	seed     uint64
	start    time.Time
	asked    []string // ids that the run must account for
	specs    map[string]sim.Instance
	scenario sim.Scenario
	server   *sim.Server
	settings trigger.Settings
	event    []byte
	timeout  time.Duration
	expect   shutdown.Outcome // where the request itself decides it: PLANNED, REFUSED; else empty
	filter   bool

	deliveries   []time.Duration // of the event
	latency      time.Duration   // of a call, at most
	unreachable  []window
	lambdaDown   []window
	secretless   []window
	crashAt      []crash
	loseResults  int // results of functions that are lost on the way
	startsToFail int // StartExecution calls
	failNotices  float64
	secret       sim.Credential
	rotateAt     time.Duration // zero: never
	revokeAt     time.Duration // zero: never; then nothing can be asked any more
	hopeless     bool          // an outage outlasts the deadline, or the credentials end
	calm         time.Duration // the last fault of a bounded time is over

	faults     map[string]int
	quirks     map[string]int
	odd        map[string]bool // instances with a quirk
	attempts   int
	stops      int // StopInstances calls so far
	looks      int // other calls so far
	largest    int
	copies     int
	senders    []int // of each request that reached the simulator
	functions  int
	workflow   map[int]bool // functions that work for an execution
	executions map[string]bool
	begin      func(shutdown.Run) // of a new execution
}

// count notes an injected fault.
func (w *world) count(kind string) { w.faults[kind]++ }

func (w *world) elapsed() time.Duration { return time.Since(w.start) }

func (w *world) in(windows []window) bool {
	now := w.elapsed()
	for _, x := range windows {
		if now >= x.from && now < x.until {
			return true
		}
	}
	return false
}

// crashes counts a call, once before it is sent, and says whether the process
// ends before or after it.
func (w *world) crashes(stop, after bool) bool {
	n := &w.looks
	if stop {
		n = &w.stops
	}
	if !after {
		*n++
	}
	for _, c := range w.crashAt {
		if c.stop == stop && c.after == after && c.call == *n {
			w.count("crash")
			return true
		}
	}
	return false
}

// resultLost says whether the answer of a function gets lost this time.
func (w *world) resultLost(chance *rand.Rand) bool {
	if w.loseResults == 0 || chance.IntN(4) != 0 {
		return false
	}
	w.loseResults--
	w.count("lostResult")
	return true
}

// startExecution is Step Functions: a name starts once.
func (w *world) startExecution(run shutdown.Run) error {
	if w.startsToFail > 0 {
		w.startsToFail--
		w.count("startExecutionFails")
		return errStart
	}
	if w.executions[run.Run] {
		return nil
	}
	w.executions[run.Run] = true
	w.begin(run)
	return nil
}
