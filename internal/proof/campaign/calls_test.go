package campaign

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// directOwner is who sends a run document to StopFunction by hand.
const directOwner = "direct"

// calls checks what was asked of Zenlayer, and how often.
func (j *judge) calls() {
	w, r := j.world, j.result
	truths := map[string]sim.Truth{}
	for _, t := range w.server.Truths() {
		truths[t.ID] = t
		r.WorstStops, r.WorstLooks = max(r.WorstStops, t.StopCalls), max(r.WorstLooks, t.DescribeCalls)
	}
	limit := w.callLimit()
	r.WorstShare = max(r.WorstShare, float64(w.attempts)/float64(limit))
	if w.attempts > limit {
		j.unbounded("%d calls for %d instances, at most %d", w.attempts, len(w.fleet), limit)
	}
	j.order(truths)
	asked := 0
	for _, id := range w.directIDs() {
		if truths[id].StopCalls > 0 {
			asked++
		}
	}
	if asked > min(w.limit, w.directLimit) {
		j.wrong("a document that came directly stopped %d instances, MaxInstances is %d, its own limit %d", asked, w.limit, w.directLimit)
	}
	j.limits()
	j.requests(truths)
}

// requests checks that the reports count the requests that Zenlayer has accepted, in a
// story in which no answer to one can be lost, and nothing that a function returns.
func (j *judge) requests(truths map[string]sim.Truth) {
	harmless := []fault{throttle, shortPage, wrongCount, oddRefusal, noPermission, revoked, secretsDown, secretRotated, lambdaThrottled, startThrottled, noticeFails, slowNotice, nobodySubscribed}
	loses := func(t trouble) bool { return !slices.Contains(harmless, t.kind) }
	if j.world.direct > 0 || slices.ContainsFunc(j.world.troubles, loses) {
		return
	}
	counted := map[string]int{}
	for _, x := range j.world.executions {
		if x.document.Omitted > 0 || x.unreported {
			return
		}
		for i := range x.document.Instances {
			if in := &x.document.Instances[i]; !x.hasParts() {
				counted[x.way().call+" "+in.ID] += in.Requests
			}
		}
	}
	for key, n := range counted {
		call, id, _ := strings.Cut(key, " ")
		accepted := truths[id].AcceptedStops
		if call == sim.ActionStart {
			accepted = len(truths[id].Starts)
		}
		if n != accepted {
			j.wrong("%s: %d requests were accepted of %s, and the reports count %d", id, accepted, call, n)
		}
	}
}

// limits checks that an event has not stopped more instances than it and the stack allow,
// in all of its parts, and that a run that comes back stops none but its own.
func (j *judge) limits() {
	w := j.world
	most := w.limit
	if w.eventLimit > 0 {
		most = min(most, w.eventLimit)
	}
	stopped := map[string]bool{}
	for _, q := range w.requests() {
		x := w.executions[w.lambdas[q.sender].owner]
		if x == nil || x.rival() || q.Action != x.way().call || !q.Accepted || q.unheard || x.starts() && x.origin != nil {
			continue
		}
		for _, id := range q.InstanceIDs {
			if of := x.comesFrom(); of.origin == nil {
				stopped[id] = true
			} else if !of.backs[id] {
				j.wrong("%s comes back to others and stops %s", x.name, id)
			}
		}
	}
	if len(stopped) > most {
		j.wrong("the event stopped %d instances, its limit is %d", len(stopped), most)
	}
}

// comesFrom is the execution of which this one is a part, or itself.
func (x *execution) comesFrom() *execution {
	if x.parent != nil {
		return x.parent
	}
	return x
}

// callLimit is the bound on calls that docs/events.md states.
func (w *world) callLimit() int {
	const (
		attempts = 5  // of one call, one of them after credentials were read afresh
		passes   = 10 // five of a listing, and five more where its first is refused
		culprit  = 15 // StopInstances calls until one of a hundred stands alone, each with a look
	)
	calls := 20 // of a document that comes directly
	for _, x := range w.executions {
		size := len(x.mine)
		if x.parent == nil {
			size = len(w.fleet)
		}
		batches := (size + sim.MaxIDs - 1) / sim.MaxIDs
		look := batches + 2*culprit*w.refusing() + len(w.otherIDs()) // one that cannot be read is asked for alone
		plan := look
		if w.filter {
			plan += passes * 10 // pages at most
		}
		calls += x.invoked[cloud.StatusFunction]*look + x.invoked[cloud.StopFunction]*(plan+2*look+2*culprit*w.odd)
	}
	return attempts * calls
}

// refusing is how many instances refuse to be described.
func (s *story) refusing() int {
	n := 0
	for i := range s.fleet {
		if s.fleet[i].RefusesDescribe != "" {
			n++
		}
	}
	return n
}

// order checks that each StopInstances or StartInstances call names only what was asked for,
// and what a look of the same function since the last call showed as unprotected and not on
// its way.
func (j *judge) order(truths map[string]sim.Truth) {
	type key struct {
		sender int
		id     string
	}
	looked, sent := map[key]time.Time{}, map[key]bool{}
	number := map[key]int{}
	for _, q := range j.world.requests() {
		switch {
		case q.good():
			for _, id := range q.InstanceIDs {
				looked[key{q.sender, id}], number[key{q.sender, id}] = q.At, q.Number
				delete(sent, key{q.sender, id})
			}
		case q.Action == sim.ActionStop || q.Action == sim.ActionStart:
			refused := q.Fault == "" && q.Status/100 == 4 && q.Status != http.StatusUnauthorized
			for _, id := range q.InstanceIDs {
				k := key{q.sender, id}
				may := j.mayStop
				if q.Action == sim.ActionStart {
					may = j.mayStart
				}
				if why := cmp.Or(j.spares(id, q, looked[k], truths[id], number[k]), may(id, q, looked[k], sent[k], truths[id])); why != "" {
					j.wrong("%s at %s names %s, "+why, q.Action, q.At.Sub(j.world.start), id)
				}
				if row, ok := rowOf(truths[id], number[k]); ok && row.Unreadable != "" && row.Unreadable != string(sim.WrongCount) {
					j.wrong("%s at %s names %s, whose row could not be read: %s", q.Action, q.At.Sub(j.world.start), id, row.Unreadable)
				}
				if q.Action == sim.ActionStop {
					j.mayStopNow(id, q, looked[k], truths[id], number[k])
				}
				sent[k] = sent[k] || q.Accepted || refused
			}
		}
	}
}

// spares says that an instance was protected when it was looked at before a request, or nothing.
func (j *judge) spares(id string, q request, looked time.Time, truth sim.Truth, number int) string {
	w := j.world
	l := look{w, w.spec(id), truth, looked, looked}
	if x := w.executions[w.lambdas[q.sender].owner]; !l.protected(looked) || x != nil && l.hidesTag(x, number, l.protected) {
		return ""
	}
	return "which is protected"
}

// mayStop says why an instance must not be in a StopInstances call, or nothing.
func (j *judge) mayStop(id string, q request, looked time.Time, sent bool, truth sim.Truth) string {
	w := j.world
	m := w.members[id]
	l := look{w, w.spec(id), truth, looked, looked}
	direct := w.lambdas[q.sender].owner == directOwner
	switch {
	case direct != strings.HasPrefix(id, directOwner), !direct && m == nil:
		return "which nobody asked for"
	case !direct && (w.twist.expects() != "" || w.twist == onlyLook):
		return "in a run that may stop nothing"
	}
	if why := l.unready(q, looked, sent, sim.StatusRunning); why != "" || direct {
		return why
	}
	x := w.executions[w.lambdas[q.sender].owner]
	if at, ok := x.startsAt(); ok && !q.At.Before(at) {
		return "when it is to be started again"
	}
	switch run := &x.document; {
	case run.Outcome == runs.OutcomeRefused:
		return "in a run that was refused"
	case q.At.After(run.Deadline):
		return "after the deadline"
	}
	return ""
}

// unready says why no request may name an instance that must be in the status from: nobody has
// looked at it just before, or what was seen forbids it.
func (l look) unready(q request, looked time.Time, sent bool, from string) string {
	switch {
	case looked.IsZero() || q.At.Sub(looked) > cloud.FunctionTime:
		return "which nobody had looked at"
	case sent:
		return "a second time without a look"
	case !l.was(from) && l.spec.Lag == 0 && l.spec.OddStatus == "" && l.spec.FalseStatus == "":
		return "which was not " + from
	}
	return ""
}
