package shutdown

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
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
	ctx, next := zenlayer.Share(ctx, run.sharers()), run.clone()
	next.Checks++
	if !next.Planned && r.Now().Before(run.Deadline) {
		next.settle(r.Now(), thenPlan)
		*run = next
		return nil
	}
	next.unpack()
	unseen, past, err := r.lookAtAll(ctx, &next)
	if err != nil {
		return err
	}
	now := r.Now()
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

// lookAtAll takes in a look at every open instance, in full batches: the rest of the
// last batch are instances that count as stopped. Where nothing is open then, or the
// deadline is past, the look goes on to all others that count as stopped, because
// what is reported as STOPPED was seen so in the last look. Unseen are those that
// counted as stopped before and that the look did not show so.
func (r Runner) lookAtAll(ctx context.Context, run *Run) (unseen []*Instance, past bool, err error) {
	open := run.open()
	others := run.instances(func(in *Instance) bool { return in.Verdict.CountsAsStopped() })
	if len(open)+len(others) > MaxInstancesPerRun {
		return nil, true, nil // an unplanned large run at its deadline: a look would take too long
	}
	free := min(len(others), (zenlayer.MaxIDs-len(open)%zenlayer.MaxIDs)%zenlayer.MaxIDs)
	if unseen, err = r.watch(ctx, run.rules(r.Rules), slices.Concat(open, others[:free])); err != nil {
		return nil, false, err
	}
	others = others[free:]
	past = !r.Now().Before(run.Deadline)
	if len(run.open()) > 0 && !past || len(others) == 0 {
		return unseen, past, nil
	}
	rest, err := r.watch(ctx, run.rules(r.Rules), others)
	if err != nil && (len(open) == 0 || final(err)) {
		return nil, past, err
	}
	if err != nil {
		rest = others // what the look has shown until then stands
	}
	return slices.Concat(unseen, rest), past, nil
}

// watch takes in one look at these instances. It returns those that counted as
// stopped before and that the look did not show so.
func (r Runner) watch(ctx context.Context, rules Rules, watched []*Instance) (unseen []*Instance, err error) {
	seen, err := r.look(ctx, ids(watched), refusedBefore(watched))
	if err != nil {
		return nil, err
	}
	now := r.Now()
	for _, in := range watched {
		s, ok := seen[in.ID]
		before := in.Verdict
		if ok {
			in.observe(s, rules, now)
		}
		if before.CountsAsStopped() && in.Verdict == before && !s.showsDown() {
			unseen = append(unseen, in)
		}
	}
	return unseen, nil
}

// refusedBefore are the ids that Zenlayer refused to show in the look before.
func refusedBefore(watched []*Instance) []string {
	var culprits []string
	for _, in := range watched {
		if in.Memory.Doubt.is(DoubtRefused) {
			culprits = append(culprits, in.ID)
		}
	}
	return culprits
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
