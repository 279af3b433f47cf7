package campaign

import (
	"slices"
	"strings"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

// look is the truth about one instance between two moments.
type look struct {
	world       *world
	spec        *sim.Instance
	truth       sim.Truth
	from, until time.Time
}

func (j *judge) look(id string, from time.Time) look {
	return look{j.world, j.world.spec(id), j.world.server.Truth(id), from, time.Now()}
}

// spec is what an instance was drawn as; nobody's instance is plain.
func (w *world) spec(id string) *sim.Instance {
	if m := w.members[id]; m != nil {
		return &m.Instance
	}
	return &sim.Instance{ID: id}
}

// opensAgain reports whether a verdict was rightly taken back: of what counted as
// stopped and is up. It is open again, or what the same look says of it.
func (l look) opensAgain(was, is shutdown.Verdict) bool {
	up := l.spec.OddStatus == sim.StatusRunning || l.was(sim.StatusRunning, sim.StatusBooting)
	again := is == shutdown.Open || is == shutdown.TimedOut || is == shutdown.Protected || is == shutdown.Kept
	return again && was.CountsAsStopped() && up
}

// statuses are those that the instance had in that time; the empty one is that of
// an instance that is not there.
func (l look) statuses() []string {
	var had []string
	for i, p := range l.truth.History {
		ended := i+1 < len(l.truth.History) && l.truth.History[i+1].At.Before(l.from)
		if !ended && !p.At.After(l.until) {
			had = append(had, p.Status)
		}
	}
	if len(l.truth.History) == 0 {
		return []string{""}
	}
	return had
}

// was reports whether the instance had one of these statuses at some time.
func (l look) was(any ...string) bool {
	return slices.ContainsFunc(l.statuses(), func(s string) bool { return slices.Contains(any, s) })
}

// only reports whether it had this status all the time.
func (l look) only(status string) bool {
	had := l.statuses()
	return len(had) == 1 && had[0] == status
}

// bears reports whether the verdict of an execution is true. What each means is the
// contract's.
func (l look) bears(in *shutdown.Instance, x *execution) bool {
	asked := l.truth.StopCalls > 0
	switch in.Verdict {
	case shutdown.Stopped:
		return l.was(sim.StatusStopped) && (asked || !l.truth.Stopping.IsZero() || l.spec.OddStatus == sim.StatusRunning)
	case shutdown.AlreadyStopped:
		// A run that comes back need not know that the one before it stopped the machine.
		return l.was(sim.StatusStopped) && (!asked || !l.askedSince(x.began))
	case shutdown.Protected:
		return slices.ContainsFunc(l.moments(), l.protected) && (l.truth.AcceptedStops == 0 || l.unknowable())
	case shutdown.Kept:
		return (x.guarded() || l.world.twist == onlyLook) && l.keptAs(in) && (l.truth.AcceptedStops == 0 || l.unknowable())
	case shutdown.Running:
		// Two looks showed it up. One of them may be a glitch: then it was up at the other.
		l.from = x.began
		return l.world.twist == onlyLook && l.was(sim.StatusRunning, sim.StatusBooting, sim.StatusInstalling, sim.StatusCreating, sim.StatusPending)
	case shutdown.Recycled:
		return l.was(sim.StatusRecycle, sim.StatusRecycling)
	case shutdown.Missing:
		return l.was("") || l.spec.RefusesDescribe == sim.CodeInstanceNotFound
	case shutdown.RefusedStop:
		return l.was(sim.StatusCreateFailed, sim.StatusInstallFailed) || l.spec.RefusesStop != "" || l.spec.RefusesDescribe != ""
	case shutdown.Restarted:
		stopping := l.truth.Stopping
		return l.was(sim.StatusRunning) && (!stopping.IsZero() || l.spec.Status == sim.StatusStopped) && !l.truth.Restarted.IsZero() && !l.truth.Restarted.After(l.until)
	case shutdown.TimedOut:
		return !l.until.Before(x.document.Deadline) && !l.plainly(sim.StatusStopped)
	case shutdown.Unverified:
		return l.world.endsEarly(in.ID, l.until)
	default:
		return false
	}
}

// askedSince reports whether a StopInstances call has named the instance since then.
func (l look) askedSince(at time.Time) bool {
	return slices.ContainsFunc(l.world.since(at), func(r request) bool {
		return r.Action == sim.ActionStop && slices.Contains(r.InstanceIDs, l.spec.ID)
	})
}

// endsEarly reports whether something may have ended the run of this instance
// before its time.
func (w *world) endsEarly(id string, at time.Time) bool {
	for i := range w.troubles {
		t := &w.troubles[i]
		if (t.kind == revoked || t.kind == noPermission) && at.Sub(w.start) >= t.from {
			return true
		}
	}
	return w.partDied(id)
}

// partDied reports whether the instance is one of a part that was aborted, or that
// never started.
func (w *world) partDied(id string) bool {
	for _, x := range w.roots {
		if name := x.partOf[id]; name != "" {
			child := w.executions[name]
			return child == nil || child.died.Load()
		}
	}
	return false
}

// protected reports whether the instance carries the protect tag at that time.
func (l look) protected(at time.Time) bool {
	_, ok := l.spec.TagsAt(at.Sub(l.world.start))[protectTag]
	return ok
}

// unknowable reports whether the only document that told of a stop was lost, and
// the instance shows nothing of it.
func (l look) unknowable() bool {
	shown := l.truth.Shown == sim.StatusStopping || l.truth.Shown == sim.StatusStopped
	lost := slices.ContainsFunc(l.world.hits, func(h hit) bool { return h.kind == crash || h.kind == lostResult })
	return lost && (!shown || l.spec.Lag > 0)
}

// plainly reports whether an answer since from must have shown this status.
func (l look) plainly(status string) bool {
	odd := l.spec.OddStatus != "" || l.spec.Lag > 0 || l.spec.AbsentAnswers > 0 || l.spec.RefusesDescribe != ""
	return !odd && l.only(status) && slices.ContainsFunc(l.world.since(l.from), func(r request) bool {
		whole := r.Fault == "" && (l.world.pageSizeCap == 0 || len(r.InstanceIDs) <= l.world.pageSizeCap)
		return !r.unheard && r.good() && whole && slices.Contains(r.InstanceIDs, l.spec.ID)
	})
}

// String is the truth in short, for a finding.
func (l look) String() string {
	phases := make([]string, 0, len(l.truth.History))
	for _, p := range l.truth.History {
		phases = append(phases, p.At.Sub(l.world.start).String()+" "+p.Status)
	}
	return strings.Join(phases, ", ")
}
