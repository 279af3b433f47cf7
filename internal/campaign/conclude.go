package campaign

import (
	"strings"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

const (
	lastWait    = time.Minute      // from the deadline to the last verdict: one wait
	longestTale = 30 * time.Second // from there to the end, where notifications fail
)

// bounds checks when an execution came to its verdicts, and ended.
func (j *judge) bounds(e end) {
	if e.document.Outcome == shutdown.OutcomeRefused || e.document.Outcome == shutdown.OutcomePlanned {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	late, tale := e.decided.Sub(e.document.Deadline), e.at.Sub(e.decided)
	j.result.WorstOverrun = max(j.result.WorstOverrun, late)
	if late > lastWait || tale > longestTale {
		j.unbounded("%s had its verdicts %s after its deadline, and ended %s later", e.document.Run, late, tale)
	}
	if e.document.Run != "" {
		j.result.WorstRounds = max(j.result.WorstRounds, e.rounds)
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// conclude checks the run as a whole.
func (j *judge) conclude(s *session) {
	w, r := j.world, j.result
	r.WorstSeed = w.seed
	r.Runs, r.Instances, r.Executions, r.Calls = 1, len(w.asked), len(s.ends), w.attempts
	add(r.Faults, w.faults)
	add(r.Faults, w.server.Injected())
	add(r.Quirks, w.quirks)
	for _, err := range s.broken {
		j.lost("an execution broke: %v", err)
	}
	if len(s.ends) == 0 {
		if s.queued == 0 || w.stops > 0 {
			j.lost("no execution")
		}
		r.Outcomes["(failure queue)"]++
		return
	}
	j.account(s.ends)
	for _, e := range s.ends {
		r.Outcomes[e.document.Outcome]++
		j.ending(e)
	}
	j.calls(s)
}

// account checks that the documents hold each instance asked for exactly once,
// with a verdict where the run was carried out.
func (j *judge) account(ends []end) {
	found := map[string]int{}
	for _, e := range ends {
		for i := range e.document.Instances {
			in := &e.document.Instances[i]
			found[in.ID]++
			if in.StopRequests > 3 {
				j.wrong("%s was asked to stop %d times", in.ID, in.StopRequests)
			}
			if in.Verdict != shutdown.Open {
				j.result.Verdicts[in.Verdict]++
			} else if o := e.document.Outcome; o == shutdown.OutcomeStopped || o == shutdown.OutcomeFailed {
				j.lost("%s has no verdict", in.ID)
			}
			j.prompt(in, e)
		}
	}
	unresolved := j.world.filter && len(found) == 0 && (j.world.hopeless || j.world.left(ends[0]) < patience)
	for _, id := range j.world.asked {
		if found[id] != 1 && !unresolved {
			j.lost("%s stands in %d documents", id, found[id])
		}
	}
	if len(found) > len(j.world.asked) {
		j.lost("%d instances in the documents, %d asked for", len(found), len(j.world.asked))
	}
}

// ending checks how the execution ended against its outcome.
func (j *judge) ending(e end) {
	good := true
	for i := range e.document.Instances {
		good = good && e.document.Instances[i].Verdict.Good()
	}
	events := map[shutdown.Outcome]string{
		shutdown.OutcomeStopped: "Instances Stopped", shutdown.OutcomePlanned: "Stop Planned", shutdown.OutcomeSkipped: "Stop Skipped",
		shutdown.OutcomeFailed: "Instances Not Stopped", shutdown.OutcomeRefused: "Stop Refused",
	}
	names := map[shutdown.Outcome]string{shutdown.OutcomeFailed: "Zenstop.StopFailed", shutdown.OutcomeRefused: "Zenstop.Refused"}
	o := e.document.Outcome
	switch {
	case o == shutdown.OutcomeStopped && !good, o == shutdown.OutcomeFailed && good && len(e.document.Instances) > 0:
		j.wrong("%s has the outcome %s", e.document.Run, o)
	case e.succeeded != o.Good():
		j.wrong("%s with the outcome %s ended with success %v", e.document.Run, o, e.succeeded)
	case e.notification != events[o] || e.name != names[o] || !o.Good() && e.cause == "":
		j.wrong("%s with the outcome %s sent %q and ended as %q, %q", e.document.Run, o, e.notification, e.name, e.cause)
	case j.world.expect != "" && o != j.world.expect && !j.world.hopeless && j.world.timeout >= j.world.calm+patience:
		j.wrong("%s has the outcome %s instead of %s", e.document.Run, o, j.world.expect)
	}
}

// calls checks what was asked of Zenlayer, and how often.
func (j *judge) calls(s *session) {
	w, r := j.world, j.result
	truths := map[string]sim.Truth{}
	for _, t := range w.server.Truths() {
		truths[t.ID] = t
		r.WorstStops, r.WorstLooks = max(r.WorstStops, t.StopCalls), max(r.WorstLooks, t.DescribeCalls)
	}
	if w.expect != "" && w.stops > 0 {
		j.wrong("%d StopInstances calls in a run that may stop nothing", w.stops)
	}
	limit := w.callLimit(s.ends)
	r.WorstShare = max(r.WorstShare, float64(w.attempts)/float64(limit))
	if w.attempts > limit {
		j.unbounded("%d calls for %d instances, at most %d", w.attempts, len(w.asked), limit)
	}
	j.order(truths)
}

// callLimit is the bound on calls that the README states.
func (w *world) callLimit(ends []end) int {
	const (
		attempts = 4  // of one call
		listing  = 10 // two pages, five times
		culprit  = 15 // StopInstances calls until one of a hundred stands alone, each with a look
	)
	batches := (len(w.asked) + sim.MaxIDs - 1) / sim.MaxIDs
	plan := batches
	if w.filter {
		plan = listing
	}
	calls := 3 * len(w.deliveries) * plan // each tried thrice
	for _, e := range ends {
		calls += e.invoked[statusFunction]*batches + e.invoked[stopFunction]*(max(plan, 2*batches)+2*culprit*len(w.odd))
	}
	return attempts * calls
}

// order checks that each StopInstances call names only what was asked for, and
// what a look of the same function since the last call showed as unprotected and
// not on its way.
func (j *judge) order(truths map[string]sim.Truth) {
	type key struct {
		sender int
		id     string
	}
	looked, sent := map[key]time.Time{}, map[key]bool{}
	requests := j.world.server.Requests()
	senders := j.world.senders[len(j.world.senders)-len(requests):] // the simulator forgets the oldest
	for i, q := range requests {
		switch {
		case q.Action == sim.ActionDescribe && q.Status == 200 && (q.Fault == "" || q.Fault == sim.ShortPage):
			for _, id := range q.InstanceIDs {
				looked[key{senders[i], id}] = q.At
				delete(sent, key{senders[i], id})
			}
		case q.Action == sim.ActionStop:
			refused := q.Fault == "" && (strings.HasPrefix(q.Code, "OPERATION_") || strings.HasPrefix(q.Code, "INVALID_"))
			for _, id := range q.InstanceIDs {
				k := key{senders[i], id}
				if why := j.mayStop(id, looked[k], q.At, sent[k], truths[id]); why != "" {
					j.wrong("StopInstances at %s names %s, %s", q.At.Sub(j.world.start), id, why)
				}
				sent[k] = sent[k] || q.Accepted || refused
			}
		}
	}
}

func (j *judge) mayStop(id string, looked, at time.Time, sent bool, truth sim.Truth) string {
	l := look{j.world, j.world.specs[id], truth, looked, looked}
	switch {
	case j.world.specs[id].Tags[groupTag] != group:
		return "which nobody asked for"
	case looked.IsZero() || at.Sub(looked) > functionTime:
		return "which nobody had looked at"
	case sent:
		return "a second time without a look"
	case j.world.protected(id, looked):
		return "which is protected"
	case !l.was(sim.StatusRunning) && l.spec.Lag == 0 && l.spec.OddStatus == "":
		return "which was not RUNNING"
	}
	return ""
}
