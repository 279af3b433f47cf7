package shutdown

import (
	"context"
	"time"
)

// LastLook is how long a call that is at work at the deadline, or begins after
// it, may go on asking: with what the workflow adds, a run comes to its outcome
// within one wait of the deadline.
const LastLook = 15 * time.Second

func (r Runner) untilLastLook(ctx context.Context, run *Run) (context.Context, context.CancelFunc) {
	left := max(run.Deadline.Sub(r.Now()), 0)
	return context.WithTimeout(ctx, left+LastLook)
}

// Check looks at every open instance and brings the run document up to date.
// After the deadline it ends the run, also where Zenlayer cannot be asked: what
// is still open has then TIMED_OUT.
func (r Runner) Check(ctx context.Context, run *Run) error {
	ctx, cancel := r.untilLastLook(ctx, run)
	defer cancel()
	next := run.clone()
	next.Checks++
	var trouble error
	if open := next.open(); len(open) > 0 {
		seen, err := r.look(ctx, ids(open))
		if err != nil && (final(err) || r.Now().Before(run.Deadline)) {
			return err
		}
		trouble = err
		now := r.Now()
		for _, in := range open {
			if s, ok := seen[in.ID]; ok {
				r.observe(in, s, now)
			}
		}
	}
	r.settle(&next, r.Now())
	if trouble != nil {
		next.Notes = append(next.Notes, oneLine("At the deadline Zenlayer could not be asked: "+trouble.Error()))
		next.Summary += " " + next.Notes[len(next.Notes)-1]
	}
	*run = next
	return nil
}

// Waits between two looks.
const (
	minWait   = 5 * time.Second
	maxWait   = 60 * time.Second
	doubtWait = 15 * time.Second // while a doubtful sighting waits to be repeated
)

// settle says where the run stands now: verdicts at the deadline, the outcome,
// whether a stop is due, and how long to wait.
func (r Runner) settle(run *Run, now time.Time) {
	if !now.Before(run.Deadline) {
		for _, in := range run.open() {
			in.timeOut()
		}
	}
	run.count()
	run.Outcome, run.StopDue, run.WaitSeconds = OutcomeWaiting, false, 0
	switch {
	case len(run.open()) > 0 || !run.Planned && now.Before(run.Deadline):
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
		if in.due(now) {
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
			wait = min(wait, max(in.dueAt().Sub(now), minWait))
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
	case in.shielded && in.AskedAt != 0:
		note = "got the protect tag after the stop request"
	case in.Status == "" && note == "":
		note = "never seen"
	}
	in.close(TimedOut, note)
}
