package campaign

import (
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// foretold checks that a dry run says of each open instance what would come of it, and that it does not
// hide a row that it could not read.
func (j *judge) foretold(in *power.Instance, x *execution) {
	if in.Verdict != power.Open {
		return
	}
	rows := j.look(in.ID, j.world.start).heard(x, 1)
	unread := len(rows) > 0 && rows[0].Unreadable != "" && rows[0].Unreadable != string(sim.WrongCount)
	crowded := len(x.document.Instances) > 500 // such a document may have no room for all notes
	if in.Note == "" && !crowded || unread && !strings.HasPrefix(in.Note, power.NoteUnreadable) {
		j.wrong("the dry run says of %s, whose row it could read: %v, only %q", in.ID, !unread, in.Note)
	}
}

// account checks that the run's documents hold each instance asked for exactly
// once, and that the event's own outcome came out.
func (j *judge) account(x *execution) {
	if x.unreported {
		return // see same
	}
	want, settled := j.expected(x)
	o := x.document.Outcome
	if o == runs.OutcomeRefused && (x.notWarned() || x.beyondLimit() || x.startsTooSoon()) {
		return
	}
	if o == runs.OutcomeRefused && j.world.filter && x.planned != nil && x.matchesNobody() {
		return // all that the filter matched has vanished in time, or cannot be read
	}
	if want != "" && o != want && settled {
		j.wrong("%s has the outcome %s instead of %s: %s", x.name, o, want, x.document.Summary)
	}
	if o != want && !acted(o) {
		j.wrong("%s has the outcome %s, which nothing asks for: %s", x.name, o, x.document.Summary)
	}
	if o == want && o != runs.OutcomePlanned {
		return
	}
	found, counts, omitted := map[string]int{}, map[power.Verdict]int{}, 0
	for _, part := range j.documents(x) {
		omitted += part.document.Omitted
		if part.document.Omitted > 0 {
			add(counts, part.document.Counts)
		}
		for i := range part.document.Instances {
			in := &part.document.Instances[i]
			found[in.ID]++
			if part.document.Omitted == 0 {
				counts[in.Verdict]++
			}
			if o == runs.OutcomePlanned {
				j.foretold(in, x)
			}
			if in.Requests > 3 {
				j.wrong("%s was asked to stop %d times", in.ID, in.Requests)
			}
			if part.starts() {
				j.promptStart(in, part)
			} else {
				j.prompt(in, part)
			}
		}
	}
	for id := range x.partOf {
		if j.world.partDied(id) {
			found[id]++
			counts[power.Unverified]++
		}
	}
	delete(counts, power.Open)
	add(j.result.Verdicts, counts)
	if x.hasParts() {
		j.partition(x, counts)
	}
	j.complete(x, found, omitted)
}

// documents are the executions whose rows are those of the run: its own, or those
// of its parts. A part that died is in the run's own document.
func (j *judge) documents(x *execution) []*execution {
	if !x.hasParts() {
		return []*execution{x}
	}
	var all []*execution
	for i := range x.parts {
		if child := j.world.executions[x.parts[i].Name]; child != nil && !child.died.Load() {
			all = append(all, child)
		}
	}
	return all
}

// complete checks that nothing asked for is missing but what was omitted, and nothing there
// twice.
func (j *judge) complete(x *execution, found map[string]int, omitted int) {
	w := j.world
	for id, n := range found {
		if !w.mayBeNamed(id) || n > 1 {
			j.lost("%s stands in %d documents", id, n)
		}
	}
	if w.filter && x.planned == nil { // the filter was never resolved
		if !w.hopeless(x) && w.timeLeft(x) >= patience+w.search() || len(found) > 0 && x.foreseen == nil && x.decided.Before(x.document.Deadline) {
			j.lost("%s never resolved its filter: %s", x.name, x.document.Summary)
		}
		return
	}
	missing := 0
	for id := range w.members {
		unread := w.filter && w.members[id].Unreadable != "" && w.members[id].UnreadableAnswers != 1 // nobody can tell whether it matches
		if found[id] == 0 && !unread && (x.planned == nil || x.planned[id]) {
			missing++
		}
	}
	if missing > omitted {
		j.lost("%d instances asked for are not in the report, or those of the parts, which omit %d", missing, omitted)
	}
}

// expected is the outcome that the event decides, if it does, and whether nothing
// may have kept the run from it.
func (j *judge) expected(x *execution) (want runs.Outcome, settled bool) {
	w := j.world
	if x.document.StartedAt.Sub(w.start.Truncate(time.Second)) > maxEventAge {
		return runs.OutcomeRefused, true // it came too late
	}
	want = w.twist.expects()
	atOnce := w.twist == misspelt || w.twist == skipped
	return want, atOnce || !w.hopeless(x) && w.timeLeft(x) >= patience+w.search()
}

// matchesNobody reports whether the filter may have matched nobody whose row can be read.
func (x *execution) matchesNobody() bool {
	for id := range x.planned {
		if x.session.members[id].Unreadable == "" {
			return false
		}
	}
	return true
}

// beyondLimit reports whether the plan came so late that more was to be stopped by then
// than the event allows.
func (x *execution) beyondLimit() bool {
	return x.session.edge == sharesOfZero && strings.Contains(x.document.Summary, "limit")
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
