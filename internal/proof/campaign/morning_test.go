package campaign

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// way is what the contract says of an action.
type way struct {
	call, from, through, to, back string
	reached, undone               power.Verdict
}

// way is that of the execution's action.
func (x *execution) way() way {
	if x.starts() {
		return way{sim.ActionStart, sim.StatusStopped, sim.StatusBooting, sim.StatusRunning, sim.StatusStopping, power.Started, power.StoppedAgain}
	}
	return way{sim.ActionStop, sim.StatusRunning, sim.StatusStopping, sim.StatusStopped, sim.StatusBooting, power.Stopped, power.Restarted}
}

// isFar reports whether the status is that to which the action leads, or on the way.
func (w way) isFar(status string) bool { return status == w.through || status == w.to }

// starts reports whether the execution starts instances.
func (x *execution) starts() bool { return x.document.Action == power.Start }

// acted reports whether a run with this outcome may have asked for something.
func acted(o runs.Outcome) bool {
	return o == runs.OutcomeStopped || o == runs.OutcomeStarted || o == runs.OutcomeFailed
}

// root is the execution of the event from which this one comes.
func (x *execution) root() *execution {
	for x.parent != nil || x.origin != nil {
		if x.parent != nil {
			x = x.parent
		} else {
			x = x.origin
		}
	}
	return x
}

// morning reports whether what the execution stops is to be started again.
func (x *execution) morning() bool {
	_, ok := x.startsAt()
	return ok && !x.starts()
}

// saysNothingBack reports whether the execution, or one on whose behalf it is at work, says that
// nothing is started again.
func (x *execution) saysNothingBack() bool {
	for ; x != nil; x = cmp.Or(x.parent, x.origin) {
		if x.document.Action == power.Stop && slices.ContainsFunc(x.document.Notes, func(note string) bool { return strings.HasPrefix(note, "Nothing is started again: ") }) {
			return true
		}
	}
	return false
}

// readsMorning checks that a plan of the execution of an event, made since from, leaves out the
// start where the settings cannot be read, and only there.
func (j *judge) readsMorning(x *execution, from time.Time) {
	d, run := j.world.dawn, &x.document
	if d == nil || x.rival() || x.starts() || x.parent != nil || x.origin != nil || !run.Planned {
		return
	}
	if blind := d.blinds(from.Sub(j.world.start), j.world.elapsed()); !blind && run.StartAt == nil {
		j.find(abandoned, "%s does not know when it starts again what it stops, though the settings can be read: %v", x.name, run.Notes)
	}
	if run.StartAt == nil && !x.saysNothingBack() {
		j.wrong("%s starts nothing again, and does not say why: %v", x.name, run.Notes)
	}
}

// promised checks that the report of an event says how many instances are started again, and
// when.
func (j *judge) promised(x *execution) {
	if x.unreported || x.starts() {
		return
	}
	run, n := &x.document, 0
	says := " started again at "
	for _, y := range j.world.executions {
		if y.starts() && y.origin != nil && (y.origin == x || y.origin.parent == x) {
			n += len(y.restored)
		}
		if y.starts() && y.origin == x && !x.hasParts() {
			var input runs.Run
			j.must(json.Unmarshal(y.input, &input))
			says += input.StartAt.Format(time.RFC3339) + ", by the run " + y.name + "."
		}
	}
	if run.StartsAgain != n {
		j.find(abandoned, "%s says that %d instances are started again, and they are %d", x.name, run.StartsAgain, n)
	}
	if strings.Contains(run.Summary, says) != (n > 0) && len(run.Summary) < maxSummary && run.Outcome != runs.OutcomePlanned {
		j.find(abandoned, "%d instances of %s are started again, and it says: %s", n, x.name, run.Summary)
	}
}

// startsAt is when what the execution stops is to be started again.
func (x *execution) startsAt() (at time.Time, ok bool) {
	d := x.session.dawn
	if d == nil || x.root().rival() || x.saysNothingBack() {
		return time.Time{}, false
	}
	if d.clock == "" {
		return x.session.start.Add(d.after), true
	}
	return nextClock(x.actsFrom(), d.clock), true
}

// actsFrom is the moment from which the run of the event may stop.
func (x *execution) actsFrom() time.Time {
	run := &x.root().document
	if run.StopAt != nil {
		return *run.StopAt
	}
	return run.StartedAt
}

// nextClock is when clocks in UTC show this time next.
func nextClock(after time.Time, clock string) time.Time {
	of, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}
	}
	at := time.Date(after.UTC().Year(), after.UTC().Month(), after.UTC().Day(), of.Hour(), of.Minute(), 0, 0, time.UTC)
	if !at.After(after) {
		at = at.AddDate(0, 0, 1)
	}
	return at
}

// wakesFor is how long a run that wakes up may take until it has read the settings.
const wakesFor = 10 * time.Minute

// mayStartFrom is the moment from which the execution may ask for starts, and whether it may
// at all: the schedule's time is worked out once more when the run wakes up.
func (x *execution) mayStartFrom() (at time.Time, may bool) {
	d := x.session.dawn
	at, _ = x.origin.startsAt()
	if d == nil || !d.stack || d.change == 0 || x.session.start.Add(d.change).After(at) {
		return at, true
	}
	if d.to == "" {
		return at, false
	}
	if wakes := at.Sub(x.session.start); d.blinds(wakes, wakes+wakesFor) {
		return at, true // what cannot be read changes nothing
	}
	if later := nextClock(x.actsFrom(), d.to); later.After(at) {
		return later, true
	}
	return at, true
}

// inTime reports whether a run comes back to what is kept until then: a machine that is kept
// until the start, or longer, stays up, and so does one for which it is too late.
func (x *execution) inTime(until time.Time) bool {
	at, ok := x.startsAt()
	if !ok {
		return true
	}
	reported := x.decided
	for _, other := range x.session.executions {
		if other.origin == x && !other.starts() {
			return until.Before(at) // it was not too late
		}
	}
	if x.warner().told == nil || x.cannotWarn() {
		reported = reported.Add(x.session.warning())
	}
	soon := reported.Add(longestReport + longestBack + x.session.uncallable(x.decided))
	return until.Before(at) && soon.Before(at)
}

// startsTooSoon reports whether the run was refused because the start was to come before its
// first stop.
func (x *execution) startsTooSoon() bool {
	at, ok := x.startsAt()
	return ok && strings.Contains(x.document.Summary, "startAt is") && !at.After(x.decided.Add(x.session.foretold()+time.Second))
}

// brokeOff notes whom a stop round may have named that returned no document.
func (x *execution) brokeOff(function string, failure *asl.Failure) {
	ran := !strings.HasPrefix(failure.Error, "Zenlayer.") && failure.Error != "Lambda.TooManyRequestsException"
	if function != cloud.StopFunction || !x.document.Planned || x.document.Next != runs.NextStop || !ran {
		return
	}
	if x.broke == nil {
		x.broke = map[string]bool{}
	}
	for i := range x.document.Instances {
		if in := &x.document.Instances[i]; in.Verdict == power.Open && in.Status == sim.StatusRunning {
			x.broke[in.ID] = true
		}
	}
}

// named says whether requests of the execution have named the instance: surely, so that it
// has stopped, or perhaps.
func (x *execution) named(id string) (surely, perhaps bool) {
	perhaps = x.broke[id] || x.session.inVain(x.name)
	for _, r := range x.session.requests() {
		if r.Action != sim.ActionStop || x.lambda == nil || r.sender != x.lambda.number || !slices.Contains(r.InstanceIDs, id) {
			continue
		}
		surely = surely || r.Accepted
		perhaps = perhaps || r.Accepted || r.Fault != "" && r.Fault != sim.Throttle || r.Status == 0 || r.Status/100 == 5
	}
	return surely, perhaps
}

// everNamed reports whether the execution may have named the instance, or one before it that
// could not decide it.
func (x *execution) everNamed(id string) bool {
	for ; x != nil; x = x.origin {
		if _, perhaps := x.named(id); perhaps {
			return true
		}
	}
	return false
}

// goesOn is the execution that goes on with an instance which this one could not decide, or
// this one itself, and what its document says of the instance.
func (x *execution) goesOn(in power.Instance) (*execution, power.Instance) {
	for _, y := range x.session.executions {
		if y.origin != x || !y.backs[in.ID] {
			continue
		}
		for _, of := range y.whole().Instances {
			if of.ID == in.ID {
				return y.goesOn(of)
			}
		}
		return y, power.Instance{}
	}
	return x, in
}

// restores checks the input of an execution that starts again, at the moment when it begins.
func (j *judge) restores(x *execution) {
	at, ok := x.origin.startsAt()
	if latest := latestOf(at, time.Now().Add(2*time.Minute+time.Second)); !ok || x.document.StartAt == nil || x.document.StartAt.Before(at) || x.document.StartAt.After(latest) {
		j.find(tooSoon, "%s starts at %v, what %s stops is due at %s", x.name, x.document.StartAt, x.origin.name, at)
	}
	of := x.origin
	if lost := strings.TrimSuffix(x.name, "-start"); lost != of.name { // of a part that died, everything that was up
		for id := range x.restored {
			if of.partOf[id] != lost || !j.world.partDied(id) {
				j.find(unasked, "%s starts %s, which is not of a part that died", x.name, id)
			}
		}
		return
	}
	for id := range x.restored {
		if !of.everNamed(id) {
			j.find(unasked, "%s starts %s, which no stop request of %s has named", x.name, id, of.name)
		}
	}
	for _, in := range of.document.Instances {
		left := in.Verdict == power.Protected && !of.everNamed(in.ID)
		if x.restored[in.ID] && (left || in.Verdict == power.Restarted || in.Verdict == power.Recycled) {
			j.find(unasked, "%s starts %s, which is %s in %s", x.name, in.ID, in.Verdict, of.name)
		}
	}
}

// abandoned checks that what was stopped is in exactly one execution that starts it again,
// unless the report says that none could be started.
func (j *judge) abandoned() {
	if j.world.dawn == nil {
		return
	}
	starting := map[string][]*execution{} // by id
	for _, x := range j.world.executions {
		for id := range x.restored {
			starting[id] = append(starting[id], x)
		}
	}
	for _, x := range j.world.executions {
		if !x.morning() || x.hasParts() || !x.died.Load() && (!acted(x.document.Outcome) || x.leavesThem()) {
			continue
		}
		for i := range x.whole().Instances {
			in := &x.whole().Instances[i]
			last, of := x.goesOn(*in)
			if surely, _ := x.named(in.ID); !surely || of.Verdict == power.Restarted || of.Verdict == power.Recycled || in.Before == sim.StatusStopped || last != x && last.leavesThem() {
				continue
			}
			n := 0
			for _, by := range starting[in.ID] {
				if by.name == last.name+"-start" {
					n++
				}
			}
			if x.died.Load() && !x.parent.sawUp(x, in.ID) {
				continue
			}
			if root := x.root(); n != 1 && (!x.died.Load() || acted(root.document.Outcome) && !root.leavesThem() && root.partOf[in.ID] != "") {
				j.find(abandoned, "%s was stopped by %s, and %d executions start it again: it is %s in %s, which is %s, and was %s before; %+v", in.ID, x.name, n, of.Verdict, last.name, last.document.Outcome, in.Before, last.document.Summary)
			}
		}
	}
	for id, all := range starting {
		for i, x := range all {
			for _, other := range all[:i] {
				if x.root() == other.root() && x.name != other.name {
					j.find(startedTwice, "%s is started by %s and by %s", id, x.name, other.name)
				}
			}
		}
	}
}

// sawUp reports whether the plan saw the instance of a part up: only then it is started again
// where the part has died.
func (x *execution) sawUp(part *execution, id string) bool {
	for i := range x.parts {
		for status, ids := range x.parts[i].Statuses {
			if x.parts[i].Name == part.name && slices.Contains(ids, id) {
				return slices.Contains([]string{sim.StatusRunning, sim.StatusBooting, sim.StatusInstalling, sim.StatusCreating, sim.StatusPending}, status)
			}
		}
	}
	return false
}

// mayStart says why an instance must not be in a StartInstances call, or nothing.
func (j *judge) mayStart(id string, q request, looked time.Time, sent bool, truth sim.Truth) string {
	w := j.world
	x := w.executions[w.lambdas[q.sender].owner]
	l := look{w, w.spec(id), truth, looked, looked}
	switch {
	case x == nil || !x.starts():
		return "in a run that stops"
	case x.origin != nil && !x.restored[id], w.members[id] == nil:
		return "which nobody asked for"
	case x.origin == nil && w.twist.expects() != "":
		return "in a run that may start nothing"
	}
	if why := l.unready(q, looked, sent, sim.StatusStopped); why != "" {
		return why
	}
	if q.At.After(x.document.Deadline) {
		return "after the deadline"
	}
	if x.origin == nil {
		return ""
	}
	if from, may := x.mayStartFrom(); !may || q.At.Before(from) {
		j.find(tooSoon, "StartInstances at %s names %s, whose start is due at %s, %v", q.At.Sub(w.start), id, from, may)
	}
	return ""
}

// bearsStart reports whether the verdict of an execution that starts is true.
func (l look) bearsStart(in *power.Instance, x *execution) bool {
	twoAnswers := l.was(sim.StatusRunning) || l.spec.FalseStatus == sim.StatusRunning
	switch in.Verdict {
	case power.Started:
		return twoAnswers
	case power.AlreadyRunning:
		return (twoAnswers || l.lagged() && x.origin == nil) && (!l.startedBy(x) || l.unknowable(x))
	case power.Protected:
		return slices.ContainsFunc(l.moments(), l.protected) && l.untouched(x)
	case power.Recycled:
		return l.was(sim.StatusRecycle, sim.StatusRecycling)
	case power.Missing:
		return l.was("") || l.spec.RefusesDescribe == sim.CodeInstanceNotFound || nameless(l.spec.Unreadable)
	case power.Refused:
		codes := l.spec.RefusesStart + l.spec.RefusesDescribe
		rejected := codes != "" && (strings.Contains(codes, "INVALID_PARAMETER") || provisional(&x.document) || !l.until.Before(x.document.Deadline))
		unmatched := l.world.filter && x.origin == nil && (l.spec.Unreadable != "" || l.spec.AppearsAt+l.spec.VanishesAt > 0 || l.spec.AbsentAnswers > 0 || len(l.heard(x, 1)) == 0)
		return l.was(sim.StatusCreateFailed, sim.StatusInstallFailed) || l.unread(x) || nameless(l.spec.Unreadable) || rejected || unmatched
	case power.StoppedAgain:
		return l.was(sim.StatusStopped) || l.spec.FalseStatus != ""
	case power.TimedOut:
		confirmed := l.plainly(sim.StatusRunning) && l.twice(x, sim.StatusRunning) && l.apart(x, 30*time.Second)
		return !l.until.Before(x.document.Deadline) && !confirmed
	case power.Unverified:
		return l.world.endsEarly(in.ID, l.until)
	default:
		return false
	}
}

// lagged reports whether answers may still show the instance RUNNING after it was stopped.
func (l look) lagged() bool {
	stopped := latestOf(l.truth.Stopping, l.truth.Stopped)
	return l.spec.Lag > 0 && l.from.Before(stopped.Add(l.spec.Lag+time.Minute))
}

// startedBy reports whether a request of the execution has started the instance.
func (l look) startedBy(x *execution) bool {
	return slices.ContainsFunc(l.world.since(x.began), func(r request) bool {
		return r.Action == sim.ActionStart && r.Accepted && r.sender == x.lambda.number && slices.Contains(r.InstanceIDs, l.spec.ID)
	})
}

// apart reports whether the last answers in a row that show the instance where it should be
// are so far apart.
func (l look) apart(x *execution, span time.Duration) bool {
	rows := l.heard(x, recent)
	readable := slices.DeleteFunc(slices.Clone(rows), func(r sim.Row) bool { return r.Unreadable != "" })
	const rounding = time.Second // a document has whole seconds
	least := span - rounding - l.world.latency
	return l.spanOf(rows, x.way().to) >= least || l.spanOf(readable, x.way().to) >= least
}

// spanOf is how far apart the first rows are that show the status, one after the other.
func (l look) spanOf(rows []sim.Row, status string) time.Duration {
	n := 0
	for n < len(rows) && rows[n].Status == status {
		n++
	}
	if n < 2 {
		return -1
	}
	l.world.sending.Lock()
	defer l.world.sending.Unlock()
	return l.world.arrivals[rows[0].Request-1].at.Sub(l.world.arrivals[rows[n-1].Request-1].at)
}

// accountStart checks that an execution that starts again says what became of each of its
// instances.
func (j *judge) accountStart(x *execution) {
	run := &x.document
	j.result.Outcomes[run.Outcome]++
	if _, may := x.mayStartFrom(); !acted(run.Outcome) && (run.Outcome != runs.OutcomeSkipped || may) {
		j.wrong("%s has the outcome %s: %s", x.name, run.Outcome, run.Summary)
	}
	j.accountRows(x, x.restored, j.promptStart)
}

// promptStart is prompt for an execution that starts.
func (j *judge) promptStart(in *power.Instance, x *execution) {
	w := j.world
	m := w.members[in.ID]
	if m == nil || w.hopeless(x) || w.twist.expects() != "" || !acted(x.document.Outcome) || w.filter && m.Unreadable != "" {
		return
	}
	want, takes := expectStart(m)
	if want == "" || in.Verdict == want || want.Good() && in.Verdict.Good() {
		return
	}
	if m.RefusesStartUntil > 0 {
		takes += max(0, w.start.Add(m.RefusesStartUntil).Sub(x.document.StartedAt))
	}
	if spare := w.timeLeft(x) - takes - patience - w.search(); spare >= 0 && spare >= w.setbacks(in.ID, x) {
		j.wrong("%s is %q in %s and not %s though nothing kept it from that since %s and it takes %s", in.ID, in.Verdict, x.name, want, w.calm, takes)
	}
}
