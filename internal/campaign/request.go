package campaign

import (
	"slices"
	"time"

	"zenstop/internal/sim"
)

// received notes who sent the request that goes to the simulator now.
func (w *world) received(sender int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.senders = append(w.senders, sender)
}

// sent is how many requests the simulator has received.
func (w *world) sent() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.senders)
}

// lose notes that nobody heard what a function learned from its requests since then.
func (w *world) lose(sender, since int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := since; i < len(w.senders); i++ {
		if w.senders[i] == sender {
			w.unheard[i] = true
		}
	}
}

// request is one that the simulator received, and who sent it.
type request struct {
	sim.Request
	number  int // from 1 on
	sender  int
	unheard bool // nobody learned of its answer
}

// requests are those that the simulator remembers, oldest first.
func (w *world) requests() []request {
	w.mu.Lock()
	defer w.mu.Unlock()
	known := w.server.Requests()
	first := len(w.senders) - len(known)
	all := make([]request, len(known))
	for i := range known {
		all[i] = request{known[i], first + i + 1, w.senders[first+i], w.unheard[first+i]}
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
