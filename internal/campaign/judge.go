package campaign

import (
	"slices"
	"strings"
	"sync"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

// judge holds what the documents of one run say against what the simulator knows.
type judge struct {
	world  *world
	mu     sync.Mutex // of what follows
	result *Result
	closed map[string]shutdown.Verdict
}

func (j *judge) wrong(format string, args ...any) {
	j.result.Wrong = append(j.result.Wrong, say(j.world.seed, format, args...))
}

func (j *judge) lost(format string, args ...any) {
	j.result.Lost = append(j.result.Lost, say(j.world.seed, format, args...))
}

func (j *judge) unbounded(format string, args ...any) {
	j.result.Unbounded = append(j.result.Unbounded, say(j.world.seed, format, args...))
}

// watch judges each verdict at the moment when it is given: what it says must
// have been so at some time since from, when the call began.
func (j *judge) watch(before, after shutdown.Run, from time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(before.Instances) > len(after.Instances) {
		j.lost("%d instances became %d", len(before.Instances), len(after.Instances))
	}
	ends := before.Outcome == shutdown.OutcomeWaiting && after.Outcome != before.Outcome
	for i := range after.Instances {
		in := &after.Instances[i]
		was := j.closed[in.ID]
		if was == in.Verdict {
			if ends && was.CountsAsStopped() {
				j.atTheEnd(in, from)
			}
			continue
		}
		j.closed[in.ID] = in.Verdict
		look := j.look(in.ID, from)
		if was != shutdown.Open && !look.opensAgain(was, in.Verdict) {
			j.wrong("%s was %s and became %q", in.ID, was, in.Verdict)
		}
		if in.Verdict != shutdown.Open && !look.bears(in, after.Deadline) {
			j.wrong("%s is %s (%s) at %s, asked since %s; in truth %s", in.ID, in.Verdict, in.Note,
				j.world.elapsed(), from.Sub(j.world.start), look)
		}
	}
}

// atTheEnd checks that a run does not end with an instance as stopped that its
// last look showed RUNNING.
func (j *judge) atTheEnd(in *shutdown.Instance, from time.Time) {
	if look := j.look(in.ID, from); look.plainly(sim.StatusRunning) {
		j.wrong("%s is %s at the end of the run, %s; in truth %s", in.ID, in.Verdict, j.world.elapsed(), look)
	}
}

// opensAgain reports whether a verdict was rightly taken back: of what counted as
// stopped and is up. It is open again, or what the same look says of it.
func (l look) opensAgain(was, is shutdown.Verdict) bool {
	up := l.spec.OddStatus == sim.StatusRunning || l.was(sim.StatusRunning, sim.StatusBooting)
	again := is == shutdown.Open || is == shutdown.TimedOut || is == shutdown.Protected
	return again && was.CountsAsStopped() && up
}

// look is the truth about one instance between two moments.
type look struct {
	world       *world
	spec        sim.Instance
	truth       sim.Truth
	from, until time.Time
}

func (j *judge) look(id string, from time.Time) look {
	return look{j.world, j.world.specs[id], j.world.server.Truth(id), from, time.Now()}
}

// was reports whether the instance had one of the statuses at some time; the
// empty status is that of an instance that is not there.
func (l look) was(statuses ...string) bool {
	for i, p := range l.truth.History {
		ended := i+1 < len(l.truth.History) && l.truth.History[i+1].At.Before(l.from)
		if !ended && !p.At.After(l.until) && slices.Contains(statuses, p.Status) {
			return true
		}
	}
	return len(l.truth.History) == 0 && slices.Contains(statuses, "")
}

// only reports whether it had this status all the time.
func (l look) only(status string) bool {
	all := []string{"", sim.StatusPending, sim.StatusCreating, sim.StatusCreateFailed, sim.StatusInstalling, sim.StatusInstallFailed, sim.StatusRunning, sim.StatusStopped, sim.StatusBooting, sim.StatusStopping, sim.StatusRecycle, sim.StatusRecycling}
	return l.was(status) && !l.was(slices.DeleteFunc(all, func(s string) bool { return s == status })...)
}

// bears reports whether the verdict is true. What each means is the contract's.
func (l look) bears(in *shutdown.Instance, deadline time.Time) bool {
	asked := l.truth.StopCalls > 0
	switch in.Verdict {
	case shutdown.Open:
		return false
	case shutdown.Stopped:
		return l.was(sim.StatusStopped) && (asked || !l.truth.Stopping.IsZero() || l.spec.OddStatus == sim.StatusRunning)
	case shutdown.AlreadyStopped:
		return l.was(sim.StatusStopped) && !asked
	case shutdown.Protected:
		return l.world.protected(in.ID, l.until) && (l.truth.AcceptedStops == 0 || l.unknowable())
	case shutdown.Recycled:
		return l.was(sim.StatusRecycle, sim.StatusRecycling)
	case shutdown.Missing:
		return l.was("")
	case shutdown.RefusedStop:
		return l.was(sim.StatusCreateFailed, sim.StatusInstallFailed) || l.spec.RefusesStop != ""
	case shutdown.Restarted:
		stopping := l.truth.Stopping
		return l.was(sim.StatusRunning) && (!stopping.IsZero() || l.spec.Status == sim.StatusStopped) && !l.truth.Restarted.IsZero() && !l.truth.Restarted.After(l.until)
	case shutdown.TimedOut:
		return !l.until.Before(deadline) && !l.plainly(sim.StatusStopped)
	case shutdown.Unverified:
		return l.world.revokeAt > 0 && l.until.Sub(l.world.start) >= l.world.revokeAt
	}
	return false
}

// unknowable reports whether the only document that told of a stop was lost, and
// the instance shows nothing of it.
func (l look) unknowable() bool {
	shown := l.truth.Shown == sim.StatusStopping || l.truth.Shown == sim.StatusStopped
	return l.world.documentsLost() && (!shown || l.spec.Lag > 0)
}

// plainly reports whether an answer since from must have shown this status.
func (l look) plainly(status string) bool {
	if !l.only(status) || l.spec.OddStatus != "" || l.spec.Lag > 0 || l.spec.AbsentAnswers > 0 {
		return false
	}
	requests := l.world.server.Requests()
	senders := l.world.byWorkflow()
	senders = senders[len(senders)-len(requests):] // the simulator forgets the oldest
	for i, r := range slices.Backward(requests) {
		if r.At.Before(l.from) {
			return false
		}
		if !senders[i] {
			continue // the plan of another delivery
		}
		if r.Action == sim.ActionDescribe && r.Status == 200 && r.Fault == "" && slices.Contains(r.InstanceIDs, l.spec.ID) {
			return true
		}
	}
	return false
}

// protected reports whether the instance carries the protect tag at that time.
func (w *world) protected(id string, at time.Time) bool {
	spec := w.specs[id]
	tags := spec.Tags
	if spec.LaterTagsAt > 0 && !at.Before(w.start.Add(spec.LaterTagsAt)) {
		tags = spec.LaterTags
	}
	_, ok := tags[protectTag]
	return ok
}

// String is the truth in short, for a finding.
func (l look) String() string {
	phases := make([]string, 0, len(l.truth.History))
	for _, p := range l.truth.History {
		phases = append(phases, p.At.Sub(l.world.start).String()+" "+p.Status)
	}
	return strings.Join(phases, ", ")
}
