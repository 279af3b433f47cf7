package runs

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// LastLook bounds the calls of Zenlayer after the deadline, for each call of
// StatusFunction. With what the workflow adds, a run whose wait ends at its deadline comes
// to its outcome within a minute of it.
const LastLook = 15 * time.Second

// Check looks at every instance that is open or has reached what the run is for, and brings the
// document up to date. It is the only call that ends a planned run: when every
// instance has a verdict and this look saw everything that it reports as reached,
// or after the deadline. Then what is still open has TIMED_OUT, or the verdict that its
// last answers give. A deadline that falls between a first sighting as STOPPED, say, and
// its confirmation is put off by one look, once.
//
// A run that is not planned has nothing to look at before the deadline: the plan
// is due. An error leaves the document as it was; the workflow calls again, and
// after the deadline it gives up.
func (r Runner) Check(ctx context.Context, run *Run) error {
	return r.carry(ctx, run, Runner.check, (*Run).brokeOff)
}

func (r Runner) check(ctx context.Context, run *Run) (move, error) {
	now := r.Now()
	if len(run.Memory.Parts) > 0 {
		return move{}, errInParts
	}
	ctx, cancel := context.WithTimeout(ctx, max(run.Deadline.Sub(now), 0)+LastLook)
	defer cancel()
	run.Checks++
	if !run.Planned && now.Before(run.Deadline) {
		return goesTo(NextPlan), nil
	}
	run.endKeeps(now)
	run.forget(now)
	run.unpack(now)
	if run.DryRun {
		return r.planLate(ctx, run)
	}
	if refused, err := r.resolveLate(ctx, run); err != nil {
		return move{}, err
	} else if refused != "" {
		return run.goOn(refused, now), nil
	}
	s, err := r.survey(ctx, run)
	if err != nil {
		return move{}, err
	}
	return run.conclude(s, r.Now()), nil
}

// planLate plans a dry run that could not be planned until its deadline.
func (r Runner) planLate(ctx context.Context, run *Run) (move, error) {
	run.Planned = true
	refused, err := r.resolve(ctx, run)
	if err != nil {
		return move{}, err
	}
	return run.goOn(refused, r.Now()), nil
}

// resolveLate resolves a filter that could not be resolved until the deadline: the report
// then names the instances, or says what Zenlayer answers.
func (r Runner) resolveLate(ctx context.Context, run *Run) (refused string, err error) {
	if run.Memory.Filter == nil {
		return "", nil
	}
	if refused, err = r.resolveFilter(ctx, run); err == nil && refused == "" && len(run.Instances) == 0 {
		refused = run.guard(r.Now())
	}
	return refused, err
}

// conclude says what comes after a check that has looked.
func (r *Run) conclude(s survey, now time.Time) move {
	once := slices.ContainsFunc(r.open(), (*power.Instance).Unconfirmed)
	if s.past && once && !r.Memory.Extended && len(r.Instances) <= MaxInstancesPerRun {
		r.Memory.Extended = true
		return goesTo(NextWait)
	}
	if s.past {
		r.stayKept(now)
		r.timeOut()
	}
	wanted := slices.ContainsFunc(s.unseen, func(in *power.Instance) bool { return !r.Action.Gone(in, now) })
	if s.past || s.whole && len(r.open()) == 0 && !wanted {
		r.remarkUnseen(s.unseen)
		return ends()
	}
	return goesTo(r.askOrWait(now))
}

// timeOut gives up at the deadline on what is open.
func (r *Run) timeOut() {
	for _, in := range r.open() {
		if r.Action.TimeOut(in); r.unwarned() && in.Verdict == power.TimedOut && in.Status == r.Action.Way().From {
			in.SetNote("not stopped: no warning named it")
		}
	}
}

// survey is what a check has looked at.
type survey struct {
	unseen []*power.Instance // had reached it before, and the look did not show them so
	past   bool              // the deadline had come when the look at the open ones was over
	whole  bool              // the look was at all that is open or has reached it
}

// survey looks at every open instance, in full batches: the rest of the last batch are
// instances that were seen as reached, first those that wait for a second sighting. Where
// nothing else is open, or the deadline is past, the look goes on to all others, because
// what is reported as reached was seen so in the last look. It does not go on where an
// instance was seen so for the first time just now: one more look is due in any
// case, and serves all.
func (r Runner) survey(ctx context.Context, run *Run) (s survey, err error) {
	busy, rest := run.toLookAt(r.Now())
	if len(busy)+len(rest) > MaxInstancesPerRun {
		run.remark(fmt.Sprintf("The last look was not possible: it would take too long for %s that could not be planned until the deadline.", countOf(len(run.Instances))))
		return survey{past: true, whole: true}, nil
	}
	free := min(len(rest), (zenlayer.MaxIDs-len(busy)%zenlayer.MaxIDs)%zenlayer.MaxIDs)
	looked := slices.Concat(busy, rest[:free])
	if s.unseen, err = r.watch(ctx, run, looked); err != nil {
		return s, err
	}
	rest = rest[free:]
	s.past = !r.Now().Before(run.Deadline)
	if !s.past && (len(run.busy()) > 0 || slices.ContainsFunc(looked, (*power.Instance).SeenOnce)) {
		return s, nil
	}
	s.whole = true
	more, err := r.watch(ctx, run, rest)
	if err != nil && (len(looked) == 0 || final(err)) {
		return s, err
	}
	if err != nil {
		more = slices.DeleteFunc(rest, func(in *power.Instance) bool { return !in.Verdict.Reached() }) // what the look has shown until then stands
	}
	s.unseen = slices.Concat(s.unseen, more)
	return s, nil
}

// busy are the open instances that wait for more than a second sighting as reached.
func (r *Run) busy() []*power.Instance {
	return slices.DeleteFunc(r.open(), (*power.Instance).SeenOnce)
}

// toLookAt are the instances to look at in any case, and those that were seen as reached,
// longest ago first where they wait for a second sighting. A look that Zenlayer rejects
// is repeated ever later, and in the last look.
func (r *Run) toLookAt(now time.Time) (busy, rest []*power.Instance) {
	last := !now.Before(r.Deadline)
	for _, in := range r.busy() {
		if d := in.Memory.Doubt; last || !d.Is(power.DoubtRejected) || !now.Before(d.NextLook()) {
			busy = append(busy, in)
		}
	}
	once := r.instances((*power.Instance).SeenOnce)
	slices.SortStableFunc(once, func(a, b *power.Instance) int { return int(a.Memory.Doubt.Since - b.Memory.Doubt.Since) })
	return busy, append(once, r.instances(func(in *power.Instance) bool { return in.Verdict.Reached() })...)
}

// watch takes in one look at these instances. It returns those that had
// reached it before and that the look did not show so.
func (r Runner) watch(ctx context.Context, run *Run, watched []*power.Instance) (unseen []*power.Instance, err error) {
	if len(watched) == 0 {
		return nil, nil
	}
	seen, err := r.look(ctx, ids(watched), rejectedBefore(watched))
	if err != nil {
		return nil, err
	}
	rules := run.rules(r.Rules)
	for _, in := range watched {
		s, ok := seen[in.ID]
		before := in.Verdict
		if ok {
			in.Observe(s, rules, s.At)
		}
		if before.Reached() && in.Verdict == before && (!ok || !s.Shows(run.Action.Way().To)) {
			unseen = append(unseen, in)
		}
	}
	return unseen, nil
}

// rejectedBefore are the ids that Zenlayer rejected in the look before, or by a row
// without a name.
func rejectedBefore(watched []*power.Instance) []string {
	var culprits []string
	for _, in := range watched {
		if d := in.Memory.Doubt; d.Is(power.DoubtRejected) || d.Is(power.DoubtUnreadable) && in.Status == "" {
			culprits = append(culprits, in.ID)
		}
	}
	return culprits
}

// remarkUnseen says in the report that the last look was not complete, and at each instance
// that it did not show.
func (r *Run) remarkUnseen(unseen []*power.Instance) {
	if len(unseen) == 0 {
		return
	}
	for _, in := range unseen {
		in.SetNote("the last look did not show it")
	}
	r.say(fmt.Sprintf("The last look did not show %s that %s seen %s before: %s.",
		countOf(len(unseen)), verb(len(unseen), "was", "were"), r.Action.Way().To, list(unseen, (*power.Instance).Label, len(unseen))))
}
