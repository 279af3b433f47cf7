package campaign

import (
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
)

// patience is what a run may need after the last bounded fault, beside the
// time in which the instance stops: lost results, crashes, stops asked again.
const patience = 5 * time.Minute

// timeLeft is the time that the faults left the execution. It may start late, as its
// event was delivered late.
func (w *world) timeLeft(x *execution) time.Duration {
	from := w.start.Add(w.calm)
	if started := x.document.StartedAt; started.After(from) {
		from = started
	}
	if at := x.document.StopAt; at != nil && at.After(from) {
		from = *at
	}
	return x.document.Deadline.Sub(from)
}

// prompt checks that an instance whose story has one end came to it: no fault that
// passes in time may keep it from its verdict.
func (j *judge) prompt(in *power.Instance, x *execution) {
	w := j.world
	m := w.members[in.ID]
	if m == nil || w.filter && m.Unreadable != "" && m.UnreadableAnswers != 1 {
		return // found elsewhere, or left alone where its first rows could not be read
	}
	want, takes := expect(m)
	if w.twist == onlyLook {
		want, takes = expectOfLooks(m)
	}
	if w.edge == sharesOfZero && in.Verdict == power.Refused || m.FalseStatus == sim.StatusStopped && in.Verdict == power.Restarted {
		return // it is beyond the limit; it seemed to have gone down
	}
	if want == "" || w.hopeless(x) || w.twist.expects() != "" || in.Verdict == want || want.Good() && in.Verdict.Good() {
		return
	}
	if in.Verdict == power.Restarted && m.ExternalStartAt > 0 && w.start.Add(m.ExternalStartAt).Before(x.decided) {
		return // the run came late, and the night began meanwhile
	}
	if rows := j.look(in.ID, x.began).heard(x, 2); m.FalseStatus != "" && len(rows) == 2 && slices.Contains([]string{rows[0].Status, rows[1].Status}, m.FalseStatus) && in.Verdict == power.TimedOut {
		return // its false answer was that of the look at the deadline, which is put off by one look only
	}
	if spare := w.timeLeft(x) - takes - patience - w.search(); spare >= 0 && spare >= w.setbacks(in.ID, x) {
		j.wrong("%s is %q and not %s though nothing kept it from that since %s and it takes %s", in.ID, in.Verdict, want, w.calm, takes)
	}
}

// search is what the search for the culprits of refused batches may take, and the
// looks at a large fleet.
func (w *world) search() time.Duration {
	return time.Duration(15*w.odd+12*(len(w.fleet)/sim.MaxIDs)) * w.slowness
}

// setbacks is what the requests for an instance that failed after the last
// bounded fault may have cost it: each is followed by some minutes in which it is
// left alone, up to a quarter of the time to the deadline.
func (w *world) setbacks(id string, x *execution) time.Duration {
	const each = 150 * time.Second
	cost := time.Duration(0)
	for _, r := range w.requests() {
		if r.Action == x.way().call && r.Fault != "" && !r.At.Before(w.start.Add(w.calm)) && slices.Contains(r.InstanceIDs, id) {
			cost += each
		}
	}
	return cost
}

// expect is the verdict that an instance must come to, and in what time; empty
// where it may be another one. STOPPED stands for every good one.
func expect(m *member) (want power.Verdict, takes time.Duration) {
	quirks, spec := m.quirks, &m.Instance
	switch {
	case len(quirks) == 0:
		return power.Stopped, spec.StopTakes
	case len(quirks) > 1:
		return "", 0
	}
	switch quirks[0] {
	case "untaggedOnce", "protectedOtherwise", "falseStopped", "falseRunning", "falseFailure":
		return power.Stopped, spec.StopTakes + 2*time.Minute
	case "unreadable", "protectedUnreadably":
		return expectUnreadable(spec)
	case "stoppingAgain", "oddAfterStop":
		if spec.AfterStopFor > 0 {
			return power.Stopped, spec.StopTakes + spec.AfterStopIn + spec.AfterStopFor
		}
	case "refusesStopForAWhile":
		return power.Stopped, spec.StopTakes + spec.RefusesStopUntil + backoff
	case "refusesDescribeForAWhile":
		return power.Stopped, spec.StopTakes + spec.RefusesDescribeUntil + backoff
	case "forgingName":
		if !spec.NeverStops {
			return power.Stopped, spec.StopTakes
		}
	case "alreadyStopped", "alreadyStopping", "stoppedByOthers", "glimpseOfRunning", "blankStatus", "protected", "kept", "keptAndProtected", "keepPassed", "keptUnreadably", "keptToday":
		return power.Stopped, spec.StopTakes
	case "absentAnswers":
		return power.Stopped, spec.StopTakes + time.Minute
	case "lag":
		return power.Stopped, spec.StopTakes + spec.Lag
	case "starting":
		return power.Stopped, spec.StopTakes + spec.BecomesRunningAfter
	case "unknownStatus":
		return power.Stopped, spec.StopTakes + spec.OddFrom + spec.OddFor
	case "ignoresStops":
		if spec.IgnoresStops <= 2 { // each time it is asked again after two minutes, and one wait
			return power.Stopped, spec.StopTakes + time.Duration(spec.IgnoresStops)*3*time.Minute
		}
	case "missing":
		return power.Missing, time.Minute
	case "recycled":
		return power.Recycled, 0
	case "creationFailed":
		return power.Refused, 0
	case "refusesStop":
		if spec.RefusesStop != sim.CodeInstanceNotRunning && spec.ExternalStopAt == 0 { // which says least: it is asked until the deadline
			return power.Refused, 3 * time.Minute
		}
	case "refusesDescribe":
		if spec.Status == sim.StatusStopped {
			return "", 0 // a filter's listing may show it
		}
		if spec.RefusesDescribe == sim.CodeInstanceNotFound {
			return power.Missing, time.Minute
		}
		return power.Refused, time.Minute
	}
	return "", 0
}

// backoff is how long the run may leave alone what Zenlayer has rejected before.
const backoff = 5 * time.Minute

// expectUnreadable is expect for an instance whose rows cannot be read, for ever or in the
// first answers.
func expectUnreadable(spec *sim.Instance) (want power.Verdict, takes time.Duration) {
	const few = 2 // which are not several
	protects := look{spec: spec, world: &world{}}.protected(time.Time{})
	switch {
	case nameless(spec.Unreadable) || spec.UnreadableFrom > 1 && (spec.UnreadableAnswers == 0 || spec.UnreadableAnswers > few):
		return "", 0
	case spec.UnreadableAnswers == 0:
		return power.Refused, 2 * time.Minute
	case spec.UnreadableAnswers > few || protects:
		return "", 0
	}
	return power.Stopped, spec.StopTakes + 2*time.Minute
}

// expectOfLooks is expect for a run that only looks.
func expectOfLooks(m *member) (want power.Verdict, takes time.Duration) {
	if len(m.quirks) == 0 {
		return power.Running, 0
	}
	if len(m.quirks) > 1 {
		return "", 0
	}
	switch m.quirks[0] {
	case "neverStops", "ignoresStops", "lag", "restarts":
		return power.Running, 0
	case "alreadyStopped", "alreadyStopping", "protected", "kept", "keptAndProtected", "keptUnreadably", "keptToday", "offAndGlimpsed":
		if m.quirks[0] == "kept" && m.Status == "" {
			return "", 0 // its time may have passed
		}
		return power.AlreadyStopped, m.StopTakes
	case "missing", "recycled", "creationFailed":
		return expect(m)
	}
	return "", 0
}

// slow is what a call takes at most, and on average for a Retry-After or an answer that
// never comes, both of which the client waits for.
func (s *story) slow() time.Duration {
	slow := s.latency
	for i := range s.troubles {
		if t := &s.troubles[i]; t.until == 0 {
			takes := min(t.retryAfter, cloud.FunctionTime)
			if t.kind == timeOut {
				takes = attemptTime
			}
			slow += time.Duration(t.chance * float64(takes))
		}
	}
	return slow
}

// attemptTime is how long the client waits for an answer that never comes, the
// default of zenlayer.Config.Timeout.
const attemptTime = 8 * time.Second
