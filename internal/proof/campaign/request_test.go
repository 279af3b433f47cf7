package campaign

import (
	"net/http"
	"slices"
	"time"

	"zenstop/internal/proof/sim"
)

// senderKey is of the number of the function that sends a request, in its context.
type senderKey struct{}

// received notes who sent the request that the simulator has just counted.
func (w *world) received(r *http.Request) {
	sender, _ := r.Context().Value(senderKey{}).(int)
	w.sending.Lock()
	defer w.sending.Unlock()
	w.arrivals = append(w.arrivals, arrival{sender: sender, at: time.Now()})
}

// sent is how many requests the simulator has received.
func (w *world) sent() int {
	w.sending.Lock()
	defer w.sending.Unlock()
	return len(w.arrivals)
}

// lose notes that nobody heard what a function learned from its requests since then.
func (w *world) lose(sender, since int) {
	w.sending.Lock()
	defer w.sending.Unlock()
	for i := since; i < len(w.arrivals); i++ {
		if a := &w.arrivals[i]; a.sender == sender {
			a.unheard = true
		}
	}
}

// arrival is what the simulator does not know of a request that it received.
type arrival struct {
	sender  int // the number of a lambda
	at      time.Time
	unheard bool // nobody learned of its answer
}

// request is one that the simulator received, and who sent it.
type request struct {
	sim.Request
	arrival
}

// requests are those that the simulator remembers, oldest first.
func (w *world) requests() []request {
	known := w.server.Requests()
	w.sending.Lock()
	defer w.sending.Unlock()
	all := make([]request, len(known))
	for i, r := range known {
		all[i] = request{r, w.arrivals[r.Number-1]}
	}
	return all
}

// tried notes one attempt of a call of Zenlayer.
func (w *world) tried() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.attempts++
}

// tryInVain notes a stop request whose time was over before it arrived: who sent it cannot
// know that.
func (w *world) tryInVain(owner, action string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if action == sim.ActionStop {
		w.vain[owner] = true
	}
}

// inVain reports whether a stop request of the execution never arrived.
func (w *world) inVain(owner string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.vain[owner]
}

// good reports whether the request has an answer of DescribeInstances that can be read.
func (r *request) good() bool {
	return r.Action == sim.ActionDescribe && r.Status == 200 && (r.Fault == "" || r.Fault == sim.ShortPage || r.Fault == sim.WrongCount)
}

// seenBy are the instances that a function has had a good answer about since then.
func (w *world) seenBy(function int, from time.Time) map[string]bool {
	seen := map[string]bool{}
	for _, r := range w.since(from) {
		if r.sender == function && r.good() {
			for _, id := range r.InstanceIDs {
				seen[id] = true
			}
		}
	}
	return seen
}

// since are the requests from this moment on.
func (w *world) since(from time.Time) []request {
	requests := w.requests()
	first, _ := slices.BinarySearchFunc(requests, from, func(r request, at time.Time) int { return r.At.Compare(at) })
	return requests[first:]
}
