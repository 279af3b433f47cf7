package campaign

import (
	"math/rand/v2"
	"sync"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/internal/sim"
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
// One goroutine is at work in it at a time, all others wait for virtual time; the
// lock is there because the race detector cannot know that.
type world struct {
	mu       sync.Mutex // of all that changes after the draw
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
	odd        map[string][]string // the quirks of instances that have any
	attempts   int
	stops      int // StopInstances calls so far
	looks      int // other calls so far
	copies     int
	senders    []int // of each request that reached the simulator
	functions  int
	workflow   map[int]bool // functions that work for an execution
	unheard    map[int]bool // requests, by their place in senders
	executions map[string]bool
	begin      func(shutdown.Run) // of a new execution
}

// count notes an injected fault.
func (w *world) count(kind string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.faults[kind]++
}

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
	w.mu.Lock()
	defer w.mu.Unlock()
	n := &w.looks
	if stop {
		n = &w.stops
	}
	if !after {
		*n++
	}
	for _, c := range w.crashAt {
		if c.stop == stop && c.after == after && c.call == *n {
			w.faults["crash"]++
			return true
		}
	}
	return false
}

// resultLost says whether the answer of a function gets lost this time.
func (w *world) resultLost(chance *rand.Rand) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loseResults == 0 || chance.IntN(4) != 0 {
		return false
	}
	w.loseResults--
	w.faults["lostResult"]++
	return true
}

// startExecution is Step Functions: a name starts once.
func (w *world) startExecution(run shutdown.Run) error {
	fresh, err := w.claim(run.Run)
	if fresh {
		w.begin(run)
	}
	return err
}

func (w *world) claim(name string) (fresh bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.startsToFail > 0 {
		w.startsToFail--
		w.faults["startExecutionFails"]++
		return false, errStart
	}
	fresh = !w.executions[name]
	w.executions[name] = true
	return fresh, nil
}

// enlist gives a function its number.
func (w *world) enlist() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.functions++
	return w.functions
}

// received notes who sent the request that goes to the simulator now.
func (w *world) received(sender int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.senders = append(w.senders, sender)
}

// works notes that a function works for an execution.
func (w *world) works(function int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.workflow[function] = true
}

// byWorkflow reports of each request that the simulator received whether it was
// sent for an execution, which heard of its answer: not for the plan of a
// delivery, and not by a function whose result was lost.
func (w *world) byWorkflow() []bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := make([]bool, len(w.senders))
	for i, sender := range w.senders {
		all[i] = w.workflow[sender] && !w.unheard[i]
	}
	return all
}

// sent is how many requests the simulator has received.
func (w *world) sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.senders)
}

// lose notes that nobody heard what a function learned from its requests since then.
func (w *world) lose(function, since int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := since; i < len(w.senders); i++ {
		if w.senders[i] == function {
			w.unheard[i] = true
		}
	}
}

// documentsLost reports whether the result of any function was lost so far.
func (w *world) documentsLost() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.faults["crash"]+w.faults["lostResult"]+w.faults["functionTimeOut"] > 0
}

// tried notes one attempt of a call.
func (w *world) tried() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts++
}

// current is what Secrets Manager holds now.
func (w *world) current() sim.Credential {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.secret
}

// rotate puts another secret in its place.
func (w *world) rotate(c sim.Credential) {
	w.mu.Lock()
	w.secret = c
	w.mu.Unlock()
	w.server.SetCredentials(c)
}

// encodes says whether a document of that many instances is to go through JSON
// this time: of large ones only a part does, for time's sake.
func (w *world) encodes(instances int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.copies++
	return instances <= 100 || w.copies%4 == 1
}
