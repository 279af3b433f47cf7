package campaign

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

const everyDay = "MON,TUE,WED,THU,FRI,SAT,SUN"

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

// dawn is when what a run stops is to be started again.
type dawn struct {
	after  time.Duration // of a startAt of the event, from the start of the story
	clock  string        // of a startTime, or of the stack's StartTime; empty: it is a startAt
	stack  bool
	change time.Duration // when the stack's StartTime changes; 0: never
	to     string        // what it is then
}

// tell adds to the detail of an event when its instances are to be started again.
func (d *dawn) tell(detail map[string]any) {
	switch {
	case d == nil || d.stack:
	case d.clock != "":
		detail["startTime"], detail["startDays"] = d.clock, everyDay
	default:
		detail["startAt"] = begins().Add(d.after).Format(time.RFC3339)
	}
}

// begins is when the event was sent.
func begins() time.Time {
	at, err := time.Parse(time.RFC3339, eventTime)
	if err != nil {
		panic(err) // it is a constant
	}
	return at
}

// clockAt is a time of the story in whole minutes, as HH:MM of its day, not before it.
func clockAt(after time.Duration) string {
	return begins().Add(after + time.Minute - time.Second).Truncate(time.Minute).Format("15:04")
}

// drawMorning lets the run start again what it stops: while it is at work, soon after, or
// hours later. What happens to the machines until then, and how they start, is drawn too.
func (s *story) drawMorning(c *rand.Rand) {
	if s.alarm() || s.twist == onlyLook || c.IntN(3) > 0 {
		return
	}
	ends := s.deliveries[0] + s.warning() + s.timeout
	after := pick(c, s.deliveries[0]+s.warning()+upTo(c, s.timeout), ends+upTo(c, time.Hour), ends+upTo(c, 10*time.Hour), ends+time.Hour+upTo(c, 10*time.Hour)).Truncate(time.Second)
	s.dawn = &dawn{after: after}
	if s.source == "zenstop.schedule" || c.IntN(2) == 0 {
		s.dawn = &dawn{clock: clockAt(after), stack: s.source == "zenstop.schedule"}
	}
	if s.dawn.stack && c.IntN(3) == 0 && after > 3*time.Minute {
		s.dawn.change = upTo(c, after-2*time.Minute)
		s.dawn.to = pick(c, "", clockAt(after+upTo(c, 3*time.Hour)), clockAt(after+upTo(c, 3*time.Hour)), clockAt(after/2), "7 o'clock")
	}
	share := pick(c, 0, 0.2, 0.5)
	for i := range s.fleet {
		if m := &s.fleet[i]; len(m.quirks) == 0 && c.Float64() < share {
			s.drawNight(m, ends+10*time.Minute, after, c)
		}
	}
}

// drawNight draws what becomes of a machine that stops without anything odd: from when the
// stop is surely over until the start, and when it is started.
func (s *story) drawNight(m *member, from, until time.Duration, c *rand.Rand) {
	kind := pick(c, "slowStart", "neverStarts", "ignoresStarts", "fallsAgain", "refusesStart", "refusesStartForAWhile")
	if until > from+time.Minute && c.IntN(2) == 0 {
		kind = pick(c, "startedAtNight", "protectedAtNight", "recycledAtNight", "vanishesAtNight")
	}
	at := from + time.Duration(c.Int64N(int64(max(time.Second, until-from))))
	switch kind {
	case "slowStart":
		m.BootTakes = upTo(c, 5*time.Minute)
	case "neverStarts":
		m.NeverStarts = true
	case "ignoresStarts":
		m.IgnoresStarts = 1 + c.IntN(4)
	case "fallsAgain":
		m.StopsAgainAfter = upTo(c, 3*time.Minute)
	case "refusesStart":
		m.RefusesStart = pick(c, "RESOURCE_INSUFFICIENT_STOCK", "OPERATION_DENIED_INSTANCE_LOCKED", sim.CodeInstanceNotStopped, sim.CodeParameterValue)
	case "refusesStartForAWhile":
		m.RefusesStart, m.RefusesStartUntil = "RESOURCE_INSUFFICIENT_STOCK", until+upTo(c, s.timeout*2/3)
	case "startedAtNight":
		m.ExternalStartAt = at
	case "protectedAtNight":
		m.Retags = append(m.Retags, sim.Retag{At: at, Tags: tagged(m.Tags, protectTag, "")})
	case "recycledAtNight":
		m.RecycledAt = at
	case "vanishesAtNight":
		m.VanishesAt = at
	}
	m.later = []string{kind}
}

// mornings are the stack's settings for starts, as they are now.
func (w *world) mornings() runs.Mornings {
	set := runs.Mornings{StartDays: everyDay}
	if d := w.dawn; d != nil && d.stack {
		if set.StartTime = d.clock; d.change > 0 && w.elapsed() >= d.change {
			set.StartTime = d.to
		}
	}
	return set
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
func (x *execution) morning() bool { return x.session.dawn != nil && !x.starts() }

// startsAt is when what the execution stops is to be started again.
func (x *execution) startsAt() (at time.Time, ok bool) {
	d := x.session.dawn
	if d == nil {
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
			return until.Before(at.Add(time.Second)) // it was not too late
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
	return ok && strings.Contains(x.document.Summary, "startAt is") && !at.After(x.decided.Add(x.session.warning()+time.Second))
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
		left := in.Verdict == power.Protected && !of.origin.everNamed(in.ID)
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
