package campaign

import (
	"maps"
	"slices"
	"strings"
	"time"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

const (
	lastWait    = time.Minute      // from the deadline to the last verdict: one wait
	longestTale = 30 * time.Second // from there to the end, where notifications fail
)

// bounds checks when an execution came to its outcome, and ended.
func (j *judge) bounds(x *execution) {
	if x.document.Outcome != shutdown.OutcomeStopped && x.document.Outcome != shutdown.OutcomeFailed {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	late, tale := x.decided.Sub(x.document.Deadline), x.overAt.Sub(x.decided)
	j.result.WorstOverrun = max(j.result.WorstOverrun, late)
	if late > lastWait || tale > longestTale {
		j.unbounded("%s had its verdicts %s after its deadline, and ended %s later", x.name, late, tale)
	}
	rounds, _ := x.end.Variables["rounds"].(float64)
	j.result.WorstRounds = max(j.result.WorstRounds, int(rounds))
	j.result.WorstEvents = max(j.result.WorstEvents, x.end.Events)
}

// conclude checks the story as a whole.
func (j *judge) conclude(s *session) {
	w, r := j.world, j.result
	r.WorstSeed = w.seed
	r.Runs, r.Instances, r.Executions, r.Calls = 1, len(w.fleet), len(w.executions), w.attempts
	for i := range w.fleet {
		for _, q := range w.fleet[i].quirks {
			r.Quirks[q]++
		}
	}
	if len(w.roots) > 1 || len(s.claims) > 1 {
		j.find(twice, "one event has the executions %v", slices.Sorted(maps.Keys(s.claims)))
	}
	if len(w.roots) == 0 {
		if s.queued == 0 {
			j.lost("no execution, and nothing in the failure queue")
		}
		r.Outcomes["(failure queue)"]++
	}
	for _, x := range w.executions {
		if !x.died.Load() {
			r.Simulated += x.overAt.Sub(x.began)
		}
		j.end(x)
	}
	for _, x := range w.roots {
		r.Outcomes[x.document.Outcome]++
		j.account(x)
		j.meet(x)
	}
	j.calls()
}

// end checks how an execution ended against its outcome.
func (j *judge) end(x *execution) {
	run := &x.document
	events := map[shutdown.Outcome]string{
		shutdown.OutcomeStopped: "Instances Stopped", shutdown.OutcomePlanned: "Stop Planned", shutdown.OutcomeSkipped: "Stop Skipped",
		shutdown.OutcomeFailed: "Instances Not Stopped", shutdown.OutcomeRefused: "Stop Refused",
	}
	names := map[shutdown.Outcome]string{shutdown.OutcomeFailed: "Zenstop.StopFailed", shutdown.OutcomeRefused: "Zenstop.Refused"}
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

// mute reports whether notifications may fail.
func (w *world) mute() bool {
	return slices.ContainsFunc(w.troubles, func(t trouble) bool { return t.kind == noticeFails })
}

// verdictOfAll checks outcome, counts and summary against the verdicts.
func (j *judge) verdictOfAll(x *execution) {
	run := &x.document
	if x.died.Load() || run.Outcome != shutdown.OutcomeStopped && run.Outcome != shutdown.OutcomeFailed {
		return
	}
	bad, all, counted := "", 0, map[shutdown.Verdict]int{}
	for v, n := range run.Counts {
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
	case counted[shutdown.Open] > 0:
		j.lost("%s ended with %d open instances", x.name, counted[shutdown.Open])
	case all != len(run.Instances)+run.Omitted:
		j.lost("%s has %d instances and omits %d, its counts say %v", x.name, len(run.Instances), run.Omitted, run.Counts)
	case run.Omitted == 0 && !maps.Equal(counted, run.Counts):
		j.wrong("%s counts %v, its rows say %v", x.name, run.Counts, counted)
	case (run.Outcome == shutdown.OutcomeStopped) != (bad == "" && all > 0):
		j.wrong("%s has the outcome %s and the counts %v", x.name, run.Outcome, run.Counts)
	case bad != "" && !named:
		j.wrong("the summary of %s names no instance: %s", x.name, run.Summary)
	}
}

// account checks that the run's documents hold each instance asked for exactly
// once, and that the event's own outcome came out.
func (j *judge) account(x *execution) {
	want, settled := j.expected(x)
	if o := x.document.Outcome; want != "" && o != want && settled {
		j.wrong("%s has the outcome %s instead of %s: %s", x.name, o, want, x.document.Summary)
	}
	if (want == shutdown.OutcomeRefused || want == shutdown.OutcomeSkipped) && x.document.Outcome == want {
		return
	}
	found, counts := map[string]int{}, map[shutdown.Verdict]int{}
	for _, part := range j.documents(x) {
		for i := range part.document.Instances {
			in := &part.document.Instances[i]
			found[in.ID]++
			counts[in.Verdict]++
			if in.StopRequests > 3 {
				j.wrong("%s was asked to stop %d times", in.ID, in.StopRequests)
			}
			j.prompt(in, part)
		}
	}
	for id := range x.partOf {
		if j.world.partDied(id) {
			found[id]++
			counts[shutdown.Unverified]++
		}
	}
	delete(counts, shutdown.Open)
	add(j.result.Verdicts, counts)
	if x.hasParts() {
		j.partition(x, counts)
	}
	j.complete(x, found)
}

// documents are the executions whose rows are those of the run: its own, or those
// of its parts. A part that died is in the run's own document.
func (j *judge) documents(x *execution) []*execution {
	if !x.hasParts() {
		return []*execution{x}
	}
	var all []*execution
	for i := range x.parts {
		if child := j.world.executions[x.parts[i].Run]; child != nil && !child.died.Load() {
			all = append(all, child)
		}
	}
	return all
}

// complete checks that nothing asked for is missing, and nothing there twice.
func (j *judge) complete(x *execution, found map[string]int) {
	w := j.world
	for id, n := range found {
		if w.members[id] == nil || n > 1 {
			j.lost("%s stands in %d documents", id, n)
		}
	}
	if w.filter && x.planned == nil { // the filter was never resolved
		if !w.hopeless && w.timeLeft(x) >= patience+w.search() || len(found) > 0 {
			j.lost("%s never resolved its filter: %s", x.name, x.document.Summary)
		}
		return
	}
	missing, omitted := 0, x.document.Omitted
	if x.hasParts() {
		omitted = 0 // the rows are those of the parts
	}
	for id := range w.members {
		if found[id] == 0 && (x.planned == nil || x.planned[id]) {
			missing++
		}
	}
	if missing > omitted {
		j.lost("%d instances asked for are not in the report, which omits %d", missing, omitted)
	}
}

// partition checks that each instance of a large run is in a part, that each part's
// execution had the part's instances, and that the report counts what the parts say.
func (j *judge) partition(x *execution, counts map[shutdown.Verdict]int) {
	if !maps.Equal(x.document.Counts, counts) {
		j.lost("the report of %s counts %v, its parts %v", x.name, x.document.Counts, counts)
	}
	for id := range x.planned {
		if x.partOf[id] == "" {
			j.lost("%s is in no part", id)
		}
	}
	for _, child := range j.world.executions {
		for id := range child.mine {
			if x.partOf[id] != child.name {
				j.lost("%s is in the execution %s and not in its part", id, child.name)
			}
		}
	}
}

func idsOf(p *shutdown.Part) []string {
	var ids []string
	for _, of := range p.Statuses {
		ids = append(ids, of...)
	}
	return ids
}

// expected is the outcome that the event decides, if it does, and whether nothing
// may have kept the run from it.
func (j *judge) expected(x *execution) (want shutdown.Outcome, settled bool) {
	w := j.world
	if x.document.StartedAt.Sub(w.start.Truncate(time.Second)) > maxEventAge {
		return shutdown.OutcomeRefused, true // it came too late
	}
	want = w.twist.expects()
	atOnce := w.twist == misspelt || w.twist == skipped
	return want, atOnce || !w.hopeless && w.timeLeft(x) >= patience+w.search()
}

// listed are the fleet's instances that Zenlayer listed all the time since from.
func (w *world) listed(from time.Time) map[string]bool {
	all := make(map[string]bool, len(w.fleet))
	for i := range w.fleet {
		id := w.fleet[i].ID
		gone := false
		if m := &w.fleet[i]; m.AppearsAt > 0 || m.VanishesAt > 0 || m.Missing || m.RecycledAt > 0 || m.Status == sim.StatusRecycle || m.Status == sim.StatusRecycling {
			gone = look{w, &m.Instance, w.server.Truth(id), from, time.Now()}.was("")
		}
		if !gone {
			all[id] = true
		}
	}
	return all
}
