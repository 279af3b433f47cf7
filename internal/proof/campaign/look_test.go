package campaign

import (
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
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
	return w.other(id)
}

// opensAgain reports whether a verdict was rightly taken back: of what counted as
// stopped and was shown otherwise. It is open again, or what the same look says of it.
func (l look) opensAgain(was power.Verdict, x *execution) bool {
	return was.Reached() && l.shownOtherwise(x)
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
func (l look) bears(in *power.Instance, x *execution) bool {
	asked := l.truth.StopCalls > 0
	if provisional(&x.document) && (l.spec.FalseStatus != "" || l.spec.Unreadable != "" || l.spec.UntaggedRow != 0) {
		return true
	}
	if x.starts() {
		return l.bearsStart(in, x)
	}
	twoAnswers := l.was(sim.StatusStopped) || l.spec.FalseStatus == sim.StatusStopped && !l.truth.Stopped.IsZero() // one true, one false
	switch in.Verdict {
	case power.Stopped:
		upBefore := l.spec.OddStatus == sim.StatusRunning || l.spec.FalseStatus == sim.StatusRunning
		return twoAnswers && (asked || !l.truth.Stopping.IsZero() || upBefore)
	case power.AlreadyStopped:
		// A run that comes back need not know that the one before it stopped the machine.
		return twoAnswers && (l.truth.AcceptedStops == 0 || !l.askedSince(x.began, x) || l.unknowable(x))
	case power.Protected:
		return slices.ContainsFunc(l.moments(), l.protected) && l.untouched(x)
	case power.Kept:
		return (x.guarded() || l.world.twist == onlyLook) && l.keptBy(in, x)
	case power.Running:
		// Two looks showed it up. One of them may be a glitch: then it was up at the other.
		l.from = x.began
		return l.world.twist == onlyLook && l.was(sim.StatusRunning, sim.StatusBooting, sim.StatusInstalling, sim.StatusCreating, sim.StatusPending)
	case power.Recycled:
		return l.was(sim.StatusRecycle, sim.StatusRecycling)
	case power.Missing:
		return l.was("") || l.spec.RefusesDescribe == sim.CodeInstanceNotFound || nameless(l.spec.Unreadable)
	case power.Refused:
		return l.was(sim.StatusCreateFailed, sim.StatusInstallFailed) || l.world.edge == sharesOfZero || l.unread(x) || l.world.filter && (l.spec.Unreadable != "" || l.spec.AppearsAt+l.spec.VanishesAt > 0 || l.spec.AbsentAnswers > 0 || len(l.heard(x, 1)) == 0) || nameless(l.spec.Unreadable) || l.refusedBy(x)
	case power.Restarted:
		// Or two false answers: one of RUNNING beside another one, or one of STOPPED after a request, and RUNNING is shown for long.
		return l.was(sim.StatusRunning) || l.spec.FalseStatus != "" && (l.spec.Lag > 0 || l.spec.OddStatus != "")
	case power.TimedOut:
		rows := l.heard(x, 2)
		confirmed := bothShow(rows, sim.StatusStopped) && rows[0].Unreadable+rows[1].Unreadable == ""
		return !l.until.Before(x.document.Deadline) && (!l.plainly(sim.StatusStopped) || !confirmed)
	case power.Unverified:
		return l.world.endsEarly(in.ID, l.until)
	default:
		return false
	}
}

// refusedBy reports whether Zenlayer rejects the instance in such a way that the
// execution may end with it: with a code that is about the id itself, or until the
// deadline.
func (l look) refusedBy(x *execution) bool {
	codes := l.spec.RefusesStop + l.spec.RefusesDescribe
	final := strings.Contains(codes, "INVALID_PARAMETER") || provisional(&x.document) || l.world.twist == onlyLook
	return codes != "" && (final || !l.until.Before(x.document.Deadline))
}

// untouched reports whether no request of the execution has reached the instance, as far
// as it can know.
func (l look) untouched(x *execution) bool {
	if l.unknowable(x) {
		return true
	}
	return !slices.ContainsFunc(l.world.since(x.began), func(r request) bool {
		return r.Action == x.way().call && r.Accepted && slices.Contains(r.InstanceIDs, l.spec.ID) && l.world.sentFor(r, x)
	})
}

// keptBy reports whether the execution rightly says that the instance is KEPT: a tag holds
// and nothing was asked; or its time came in this run, which could not decide it until its
// deadline, so that another run goes on with it; or it was kept for longer when its row was
// last read, and could not be read again.
func (l look) keptBy(in *power.Instance, x *execution) bool {
	if l.keptAs(in) && l.untouched(x) {
		return true
	}
	if l.keptUnread(in, x) || l.letGo(in, x) {
		return true
	}
	over := !l.until.Before(x.document.Deadline) || l.world.endsEarly(in.ID, l.until)
	l.from = x.began
	ended := slices.ContainsFunc(l.moments(), func(at time.Time) bool {
		kept, until := l.keptAt(at)
		return kept && !until.IsZero() && !until.After(l.until)
	})
	return over && ended && in.KeepUntil != nil && l.keptAs(in)
}

// keptUnread reports whether the instance was kept until a time that has not come yet, as far
// as anybody knows: the execution has read no row of it since.
func (l look) keptUnread(in *power.Instance, x *execution) bool {
	if l.read(x) || in.KeepUntil == nil || !in.KeepUntil.After(l.until) || x.origin == nil && x.told == nil {
		return false
	}
	l.from = l.world.start
	return l.keptAs(in)
}

// letGo reports whether the execution came back to the instance, which was kept then, and could
// not warn: nobody comes back to it any more.
func (l look) letGo(in *power.Instance, x *execution) bool {
	l.from = x.began
	return x.cannotWarn() && in.KeepUntil == nil && slices.ContainsFunc(l.moments(), func(at time.Time) bool {
		kept, _ := l.keptAt(at)
		return kept
	})
}

// askedSince reports whether a StopInstances call for the event of the execution has named the
// instance since then.
func (l look) askedSince(at time.Time, x *execution) bool {
	return slices.ContainsFunc(l.world.since(at), func(r request) bool {
		return r.Action == sim.ActionStop && slices.Contains(r.InstanceIDs, l.spec.ID) && l.world.sentFor(r, x)
	})
}

// endsEarly reports whether something may have ended the run of this instance
// before its time.
func (w *world) endsEarly(id string, at time.Time) bool {
	return w.refusesAll(at) || w.partDied(id)
}

// refusesAll reports whether Zenlayer rejects the credentials, or their permission.
func (w *world) refusesAll(at time.Time) bool {
	return slices.ContainsFunc(w.troubles, func(t trouble) bool {
		return (t.kind == revoked || t.kind == noPermission) && at.Sub(w.start) >= t.from
	})
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

// protected reports whether the instance carries the protect tag at that time, in any
// case and with blanks at its ends.
func (l look) protected(at time.Time) bool {
	for key := range l.spec.TagsAt(at.Sub(l.world.start)) {
		if strings.EqualFold(bare(key), protectTag) {
			return true
		}
	}
	return false
}

// unknowable reports whether the only document that told of a request was lost, and
// the instance shows nothing of it.
func (l look) unknowable(x *execution) bool {
	shown := x.way().isFar(l.truth.Shown)
	lost := slices.ContainsFunc(l.world.hits, func(h hit) bool { return h.kind == crash || h.kind == lostResult })
	return lost && (!shown || l.spec.Lag > 0 || l.spec.FalseStatus != "" && !x.way().isFar(l.spec.FalseStatus))
}

// plainly reports whether an answer since from must have shown this status.
func (l look) plainly(status string) bool {
	odd := l.spec.OddStatus != "" || l.spec.FalseStatus != "" || l.spec.Unreadable != "" || l.spec.Lag > 0 || l.spec.AbsentAnswers > 0 || l.spec.RefusesDescribe != ""
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
