package shutdown

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zenstop/internal/text"
)

// LastLook bounds the calls of Zenlayer after the deadline, for each call of
// StatusFunction. With what the workflow adds, a run comes to its outcome within
// one wait, 60 s, of its deadline.
const LastLook = 15 * time.Second

// Check looks at every instance that is open or counts as stopped, and brings the
// document up to date. It is the only call that ends a planned run: when every
// instance has a verdict and this look saw everything that it reports as stopped,
// or after the deadline. Then what is still open has TIMED_OUT.
//
// A run that is not planned has nothing to look at before the deadline: the plan
// is due. An error leaves the document as it was; the workflow calls again, and
// after the deadline it gives up.
func (r Runner) Check(ctx context.Context, run *Run) error {
	if len(run.Plan.Parts) > 0 {
		return errInParts
	}
	ctx, cancel := context.WithTimeout(ctx, max(run.Deadline.Sub(r.Now()), 0)+LastLook)
	defer cancel()
	next := run.clone()
	next.Checks++
	if !next.Planned && r.Now().Before(run.Deadline) {
		next.settle(r.Now(), thenPlan)
		*run = next
		return nil
	}
	next.unpack()
	unseen, err := r.lookAtAll(ctx, &next)
	if err != nil {
		return err
	}
	now := r.Now()
	past := !now.Before(run.Deadline)
	if past {
		for _, in := range next.open() {
			in.timeOut()
		}
	}
	wanted := slices.ContainsFunc(unseen, func(in *Instance) bool { return !in.gone(now) })
	if past || len(next.open()) == 0 && !wanted {
		next.settle(now, thenEnd)
		next.remarkUnseen(unseen)
	} else {
		next.settle(now, next.stopOrWait(now))
	}
	*run = next
	return nil
}

// lookAtAll takes in one look at every instance that is open or counts as
// stopped. It returns those that counted as stopped before and that the look did
// not show so.
func (r Runner) lookAtAll(ctx context.Context, run *Run) (unseen []*Instance, err error) {
	watched := slices.Concat(run.open(), run.instances(func(in *Instance) bool { return in.Verdict.CountsAsStopped() }))
	if len(watched) > MaxInstancesPerRun {
		return nil, nil // an unplanned large run at its deadline: a look would take too long
	}
	seen, err := r.look(ctx, ids(watched))
	if err != nil {
		return nil, err
	}
	now := r.Now()
	for _, in := range watched {
		s, ok := seen[in.ID]
		before := in.Verdict
		if ok {
			in.observe(s, r.ProtectTagKey, now)
		}
		if before.CountsAsStopped() && in.Verdict == before && !s.showsDown() {
			unseen = append(unseen, in)
		}
	}
	return unseen, nil
}

// remarkUnseen says in the report that the last look was not complete.
func (r *Run) remarkUnseen(unseen []*Instance) {
	if len(unseen) == 0 {
		return
	}
	note := fmt.Sprintf("The last look did not show %s that %s seen STOPPED before: %s.",
		countOf(len(unseen)), verb(len(unseen), "was", "were"), list(unseen, (*Instance).label, len(unseen)))
	r.Notes = append(r.Notes, Note(note))
	r.Summary = text.Cut(text.Line(r.Summary+" "+note), maxSummary)
}

// Waits between two looks.
const (
	minWait   = 5 * time.Second
	maxWait   = 60 * time.Second
	doubtWait = 15 * time.Second // while a sighting in doubt waits to be repeated
)

// wait is how long to wait before the next look, in seconds: a quarter of the
// time that has passed, sooner where something is known to come, and never past
// the deadline.
func (r *Run) wait(now time.Time) int {
	wait := min(max(now.Sub(r.StartedAt)/4, minWait), maxWait)
	for i := range r.Instances {
		in := &r.Instances[i]
		if in.Memory.Doubt != nil {
			wait = min(wait, doubtWait)
		}
		if in.wantsStop() {
			wait = min(wait, max(in.dueAt(r.Deadline).Sub(now), minWait))
		}
	}
	wait = min(wait, r.Deadline.Sub(now))
	return max(1, int((wait+time.Second-1)/time.Second))
}
