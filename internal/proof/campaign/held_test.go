package campaign

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// keepsTo checks that an execution makes no call of Zenlayer before the time of a
// Retry-After is over, of which it has learned.
func (w *world) keepsTo(owner string) {
	const rounding = time.Second // a document has whole seconds
	w.mu.Lock()
	defer w.mu.Unlock()
	if left := time.Until(w.held[owner]); left > rounding && owner != directOwner {
		w.hasty[owner]++
		w.hastiest = max(w.hastiest, left)
	}
}

// hold takes in the Retry-After of an answer.
func (w *world) hold(owner string, resp *http.Response) {
	seconds, err := strconv.Atoi(resp.Header.Get("Retry-After"))
	if err != nil {
		return
	}
	w.note(retryAfter, owner)
	w.mu.Lock()
	defer w.mu.Unlock()
	if until := time.Now().Add(min(time.Duration(seconds)*time.Second, longestRetryAfter)); until.After(w.held[owner]) {
		w.held[owner] = until
	}
}

// heldUntil is until when an execution is to ask nothing.
func (w *world) heldUntil(owner string) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.held[owner]
}

// unhold forgets a Retry-After of which nobody has learned.
func (w *world) unhold(owner string, until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.held[owner] = until
}

// holds checks that nobody asked too soon.
func (j *judge) holds() {
	for _, owner := range slices.Sorted(maps.Keys(j.world.hasty)) {
		j.wrong("%s made %d calls of Zenlayer before Retry-After was over, up to %s before it", owner, j.world.hasty[owner], j.world.hastiest)
	}
}
