package shutdown

import (
	"context"
	"time"

	"zenstop/internal/zenlayer"
)

// LastLook is how long a call that is at work at the deadline, or begins after
// it, may go on asking: with what the workflow adds, a run comes to its outcome
// within one wait of the deadline.
const LastLook = 15 * time.Second

func (r Runner) untilLastLook(ctx context.Context, run *Run) (context.Context, context.CancelFunc) {
	left := max(run.Deadline.Sub(r.Now()), 0)
	return context.WithTimeout(ctx, left+LastLook)
}

// Check looks at every instance that is open or counts as stopped, and brings the
// run document up to date. What stopped and is up again is open again, and the run
// ends only with a look at everything that it reports as stopped. After the
// deadline it ends the run, also where Zenlayer cannot be asked: what is still
// open has then TIMED_OUT.
func (r Runner) Check(ctx context.Context, run *Run) error {
	ctx, cancel := r.untilLastLook(ctx, run)
	defer cancel()
	next := run.clone()
	next.Checks++
	open, stopped := next.open(), next.stopped()
	seen, err := r.look(ctx, ids(append(open, stopped...)))
	now := r.Now()
	past := !now.Before(run.Deadline)
	blind := err != nil && (final(err) && len(open) == 0 || !final(err) && past) // ends without an answer
	if err != nil && !blind {
		return err
	}
	for _, in := range open {
		if s, ok := seen[in.ID]; ok {
			r.observe(in, s, now)
		}
	}
	proven := r.reopen(stopped, seen, now)
	r.settle(&next, now, proven || blind)
	switch {
	case blind:
		next.remark("The last look failed: " + err.Error())
	case !proven && past:
		next.remark("The last look did not show all that was STOPPED before.")
	}
	*run = next
	return nil
}

// remark adds a note that belongs into the summary too.
func (r *Run) remark(text string) {
	r.Notes = append(r.Notes, Note(text))
	r.Summary = oneLine(r.Summary + " " + Note(text))
}

// reopen opens again what counted as stopped and is up, and reports whether it
// saw all of the stopped instances.
func (r Runner) reopen(stopped []*Instance, seen map[string]sighting, now time.Time) (all bool) {
	all = true
	for _, in := range stopped {
		s, ok := seen[in.ID]
		all = all && ok
		if isUp(word(s.instance.Status)) {
			in.Verdict, in.SeenStopping = Open, true
			r.observe(in, s, now)
		}
	}
	return all
}

// Waits between two looks.
const (
	minWait   = 5 * time.Second
	maxWait   = 60 * time.Second
	doubtWait = 15 * time.Second // while a doubtful sighting waits to be repeated
)

// settle says where the run stands now: verdicts at the deadline, the outcome,
// whether a stop is due, and how long to wait. Not proven is a run that needs a
// last look before it may end.
func (r Runner) settle(run *Run, now time.Time, proven bool) {
	if !now.Before(run.Deadline) {
		for _, in := range run.open() {
			in.timeOut()
		}
	}
	run.count()
	run.Outcome, run.StopDue, run.WaitSeconds = OutcomeWaiting, false, 0
	switch {
	case len(run.open()) > 0 || (!run.Planned || !proven) && now.Before(run.Deadline):
		run.StopDue = !run.Planned || run.anyDue(now)
		run.WaitSeconds = run.wait(now)
	case run.good():
		run.Outcome = OutcomeStopped
	default:
		run.Outcome = OutcomeFailed
	}
	run.Summary = run.summarize()
	run.fit()
}

func (r *Run) good() bool {
	for i := range r.Instances {
		if !r.Instances[i].Verdict.Good() {
			return false
		}
	}
	return len(r.Instances) > 0
}

func (r *Run) anyDue(now time.Time) bool {
	for _, in := range r.open() {
		if r.due(in, now) {
			return true
		}
	}
	return false
}

// wait is how long to wait before the next look, in seconds: a quarter of the
// time that has passed, sooner where something is known to come, and never
// past the deadline.
func (r *Run) wait(now time.Time) int {
	wait := min(max(now.Sub(r.StartedAt)/4, minWait), maxWait)
	for _, in := range r.open() {
		if in.Doubt != nil {
			wait = min(wait, doubtWait)
		}
		if in.wantsStop() {
			wait = min(wait, max(r.dueAt(in).Sub(now), minWait))
		}
	}
	wait = min(wait, r.Deadline.Sub(now))
	return max(1, int((wait+time.Second-1)/time.Second))
}

// timeOut gives up on an open instance at the deadline.
func (in *Instance) timeOut() {
	note := in.Note
	switch {
	case in.Doubt != nil && in.Doubt.Of == DoubtAbsent:
		note = "absent in the last answer"
	case in.SeenStopping && in.Status != zenlayer.StatusStopping && in.Status != "":
		note = in.Status + " in the last answer, after it was seen STOPPING or STOPPED"
	case in.shielded && in.AskedAt != 0:
		note = "got the protect tag after the stop request"
	case in.Status == "" && note == "":
		note = "never seen"
	}
	in.close(TimedOut, note)
}
