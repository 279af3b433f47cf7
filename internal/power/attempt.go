package power

import (
	"strings"
	"time"

	"zenstop/internal/zenlayer"
)

// When an instance that is still in the status From of the action is asked for again, and
// how often at most.
const (
	Patience     = 2 * time.Minute  // after an accepted request
	lostPatience = 30 * time.Second // after one without an answer, or rejected
	MaxPatience  = 5 * time.Minute  // the patience grows by a third up to this while attempts fail
	MaxRequests  = 3
)

// WasAsked reports whether a request named it that was accepted, or may have been.
func (in *Instance) WasAsked() bool { return in.Memory.AskedAt != 0 }

// Asked notes what came of a request that was not rejected: err is nil where Zenlayer
// accepted it.
func (a Action) Asked(in *Instance, err error, now time.Time) {
	switch {
	case err == nil:
		in.accepted(now)
	case zenlayer.MayHaveLanded(err):
		in.unanswered(now)
	default:
		in.Failed(now)
	}
	if err != nil {
		in.SetNote("no answer to the last " + string(a) + " request: " + strings.TrimPrefix(err.Error(), "zenlayer "+string(a.Way().Call)+": "))
	}
}

// accepted notes that Zenlayer accepted a request.
func (in *Instance) accepted(now time.Time) {
	m := &in.Memory
	in.Requests++
	in.Note = ""
	m.AskedAt, m.Failures, m.MaxBatch, m.Rejections = now.Unix(), 0, 0, 0
}

// unanswered notes that a request may have had an effect, but no answer says so.
func (in *Instance) unanswered(now time.Time) {
	in.Memory.AskedAt = now.Unix()
	in.Memory.Failures++
}

// Failed notes that a request could not be made, or surely had no effect.
func (in *Instance) Failed(now time.Time) {
	in.Memory.FailedAt = now.Unix()
	in.Memory.Failures++
}

// Reject notes that Zenlayer rejected a request for this instance alone. That is final at
// once where the id is malformed. Any other code may pass, so the instance is asked for
// again, alone and ever later, and is REFUSED where that goes on until the deadline, for two
// rejections at least. One as not in the status From says little: the instance may be on its
// way, by a request whose answer is lost, say, while DescribeInstances does not show that yet.
func (a Action) Reject(in *Instance, err error, now time.Time) {
	in.SetNote("Zenlayer rejects its " + string(a) + ": " + zenlayer.Reason(err))
	in.Failed(now)
	in.Memory.MaxBatch = 1
	if zenlayer.Reason(err) != a.Way().NotFrom {
		in.Memory.Rejections = min(in.Memory.Rejections+1, 2)
	}
	if zenlayer.IsParameterRejected(err) {
		in.Close(Refused, "")
	}
}

// Wants reports whether the instance may be asked for, now or later. What went to the far
// side is never asked for again: if it is back, somebody wants it so. The protect tag holds
// even if it was set after the first request.
func (a Action) Wants(in *Instance) bool {
	return in.Verdict == Open && in.Status == a.Way().From && in.Memory.Doubt == nil && !in.Memory.Went && !in.Memory.Spared &&
		in.Requests < MaxRequests
}

// Due reports whether the instance should be asked for now.
func (a Action) Due(in *Instance, now, deadline time.Time) bool {
	return a.Wants(in) && !now.Before(in.DueAt(deadline))
}

// DueAt is the earliest time for the next request.
func (in *Instance) DueAt(deadline time.Time) time.Time {
	var at time.Time
	after := func(unix int64, wait time.Duration) {
		if next := time.Unix(unix, 0).Add(wait); unix != 0 && next.After(at) {
			at = next
		}
	}
	m := &in.Memory
	if in.Requests > 0 {
		after(m.AskedAt, Patience)
	}
	after(m.AskedAt, m.backoff(m.AskedAt, deadline))
	after(m.FailedAt, m.backoff(m.FailedAt, deadline))
	return at
}

// backoff is how long to leave the instance alone after an attempt at that time
// without a good answer, so that an outage of that call does not use up the
// calls of the workflow. It grows slowly, and shrinks again as the deadline comes
// near, so that little of the time after an outage is lost.
func (m *Memory) backoff(unix int64, deadline time.Time) time.Duration {
	wait := lostPatience
	for range min(m.Failures-1, 20) {
		wait = min(wait*4/3, MaxPatience)
	}
	return max(lostPatience, min(wait, deadline.Sub(time.Unix(unix, 0))/4))
}

// EndBackoff lets a failed attempt be repeated soon, because the API answers again. What
// it rejects is not meant.
func (in *Instance) EndBackoff() {
	if in.Memory.Rejections == 0 {
		in.Memory.Failures = min(in.Memory.Failures, 1)
	}
}

// Restores reports whether the instance is to be brought back to where it was: a request of
// the run, or of the one before that has handed it on, has named it, or may have. What somebody
// else has brought back, or put into the recycle bin, is left alone, and so is what was not
// touched after all.
func (a Action) Restores(in *Instance) bool {
	v, w := in.Verdict, a.Way()
	if v == w.Undone || v == Recycled {
		return false
	}
	if v == w.Already { // this run has not touched it
		return in.Memory.Restore
	}
	return in.WasAsked() && in.Before != w.To || in.Memory.Perhaps || in.Memory.Restore
}

// BatchSize is how many instances may be sent in one call with this one.
func (in *Instance) BatchSize() int {
	if in.Memory.MaxBatch > 0 {
		return min(in.Memory.MaxBatch, zenlayer.MaxIDs)
	}
	return zenlayer.MaxIDs
}
