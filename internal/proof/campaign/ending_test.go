package campaign

import (
	"maps"
	"slices"
	"strings"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
)

// bounds checks when an execution came to its outcome, and ended.
func (j *judge) bounds(x *execution) {
	if !acted(x.document.Outcome) {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	late, tale := x.decided.Sub(x.document.Deadline), x.overAt.Sub(x.decided)
	j.result.WorstOverrun = max(j.result.WorstOverrun, late)
	latest, longest := lastWait+putOffBy, longestTale
	if x.hasParts() {
		latest += longestReport + j.world.uncallable(x.document.Deadline) // a part has ended when it is reported
	}
	if x.origin != nil { // it may have been started after its time
		latest += max(0, x.began.Sub(x.document.StartedAt))
	}
	longest += j.world.uncallable(x.decided)
	if j.world.slow() {
		longest += slowTale
	}
	if len(x.keptRows()) > 0 {
		longest += longestBack
	}
	if x.morning() {
		longest += longestBack
	}
	if d := j.world.dawn; d != nil && d.clear > 0 { // a start that comes to be known caps the deadline then
		latest += max(0, j.world.start.Add(d.clear).Sub(x.document.Deadline))
	}
	for _, part := range j.documents(x) {
		if part != x && (len(part.keptRows()) > 0 || part.morning()) {
			latest = lastWait + putOffBy + longestReport + 2*longestBack + j.world.uncallable(x.document.Deadline) // a part has ended when somebody comes back to what it kept
		}
	}
	if late > latest || tale > longest {
		j.unbounded("%s had its verdicts %s after its deadline, and ended %s later", x.name, late, tale)
	}
	if x.unreported && j.world.uncallable(x.decided) < shortestTry {
		j.wrong("%s was not reported, and a function could be called soon after", x.name)
	}
	rounds, _ := x.end.Variables["rounds"].(float64)
	j.result.WorstRounds = max(j.result.WorstRounds, int(rounds))
	j.result.WorstEvents = max(j.result.WorstEvents, x.end.Events)
}

// end checks how an execution ended against its outcome.
func (j *judge) end(x *execution) {
	run := &x.document
	events := map[runs.Outcome]string{
		runs.OutcomeStopped: "Instances Stopped", runs.OutcomePlanned: "Stop Planned", runs.OutcomeSkipped: "Stop Skipped",
		runs.OutcomeFailed: "Instances Not Stopped", runs.OutcomeRefused: "Stop Refused",
	}
	if x.starts() {
		events = map[runs.Outcome]string{
			runs.OutcomeStarted: "Instances Started", runs.OutcomePlanned: "Start Planned", runs.OutcomeSkipped: "Start Skipped",
			runs.OutcomeFailed: "Instances Not Started", runs.OutcomeRefused: "Start Refused",
		}
	}
	names := map[runs.Outcome]string{runs.OutcomeFailed: "Zenstop.StopFailed", runs.OutcomeRefused: "Zenstop.Refused"}
	switch part := run.Part > 0; {
	case x.died.Load():
	case part != (x.parent != nil):
		j.wrong("%s says that it is part %d", x.name, run.Part)
	case part && (x.messages > 0 || x.event != "" || x.end.Status != asl.Succeeded):
		j.wrong("the part %s told somebody of its outcome, or ended as %s %q %q", x.name, x.end.Status, x.end.Error, x.end.Cause)
	case part:
	case x.end.Status != asl.Succeeded && x.end.Error != names[run.Outcome]:
		j.lost("%s with the outcome %s ended as %s %q %q", x.name, run.Outcome, x.end.Status, x.end.Error, x.end.Cause)
	case (x.end.Status == asl.Succeeded) != run.Outcome.Good():
		j.wrong("%s with the outcome %s ended as %s", x.name, run.Outcome, x.end.Status)
	case !j.world.mute() && (x.event != events[run.Outcome] || x.messages != 1):
		j.wrong("%s with the outcome %s sent %q and %d messages", x.name, run.Outcome, x.event, x.messages)
	case !run.Outcome.Good() && x.end.Cause != run.Summary:
		j.wrong("%s with the summary %q ended as %q", x.name, run.Summary, x.end.Cause)
	}
	j.verdictOfAll(x)
}

// mute reports whether metrics and notifications may fail.
func (w *world) mute() bool {
	return slices.ContainsFunc(w.troubles, func(t trouble) bool { return t.kind == noticeFails }) || w.slow()
}

// slow reports whether messages may come late, or too late.
func (w *world) slow() bool {
	return slices.ContainsFunc(w.troubles, func(t trouble) bool { return t.kind == slowNotice })
}

// nameless reports whether the filter of an execution matched an instance whose id could
// not be read.
func (x *execution) nameless() bool {
	w := x.session.world
	return w.filter && slices.ContainsFunc(w.fleet, func(m member) bool { return nameless(m.Unreadable) && (x.planned == nil || x.planned[m.ID]) })
}

// verdictOfAll checks outcome, counts and summary against the verdicts.
func (j *judge) verdictOfAll(x *execution) {
	run := &x.document
	if x.died.Load() || !acted(run.Outcome) {
		return
	}
	bad, all, counted := "", 0, map[power.Verdict]int{}
	counts := maps.Clone(run.Counts)
	maps.DeleteFunc(counts, func(_ power.Verdict, n int) bool { return n == 0 }) // 0 of something is nothing
	for v, n := range counts {
		all += n
		if !v.Good() && n > 0 {
			bad = string(v)
		}
	}
	named := false
	for i := range run.Instances {
		in := &run.Instances[i]
		counted[in.Verdict]++
		named = named || !in.Verdict.Good() && strings.Contains(run.Summary, in.ID)
	}
	switch {
	case counted[power.Open] > 0:
		j.lost("%s ended with %d open instances", x.name, counted[power.Open])
	case all != len(run.Instances)+run.Omitted:
		j.lost("%s has %d instances and omits %d, its counts say %v", x.name, len(run.Instances), run.Omitted, run.Counts)
	case run.Omitted == 0 && !maps.Equal(counted, counts):
		j.wrong("%s counts %v, its rows say %v", x.name, run.Counts, counted)
	case x.unreported: // it fails whatever its verdicts are, and its summary names nobody
	case run.Outcome.Good() != (bad == "" && all > 0) && !x.leavesThem() && (run.Outcome != runs.OutcomeFailed || !x.nameless() && !x.keepsUnread()):
		j.wrong("%s has the outcome %s and the counts %v", x.name, run.Outcome, run.Counts)
	case x.parent == nil && x.origin == nil && run.Outcome == runs.OutcomeStopped && x.tellsNoName():
		j.wrong("%s is %s though the listing had a row whose instanceId could not be read", x.name, run.Outcome)
	case bad != "" && !named:
		j.wrong("the summary of %s names no instance: %s", x.name, run.Summary)
	}
}

// tellsNoName reports whether the filter of the execution matched for certain an instance
// whose id never can be read.
func (x *execution) tellsNoName() bool {
	return x.planned != nil && slices.ContainsFunc(x.session.fleet, func(m member) bool {
		always := m.UnreadableAnswers == 0 && m.UnreadableFrom <= 1 && len(m.quirks) == 1
		return nameless(m.Unreadable) && always && x.planned[m.ID]
	})
}
