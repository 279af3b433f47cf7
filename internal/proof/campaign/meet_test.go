package campaign

import (
	"net/http"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/sim"
)

// meet counts which faults met which verdicts and which outcome in one run.
//
// A fault meets an outcome where it was injected before the run's end. It meets a
// verdict where it was injected while the instance had not got it yet, into a call
// that named the instance, or that named none and was made for its execution: a
// listing, say, or a function that could not be called. What the run meets before
// it has parts counts for all of them.
func (j *judge) meet(x *execution) {
	hits := j.hits(x)
	if x.origin != nil {
		hits = slices.DeleteFunc(hits, func(h hit) bool { return h.owner != x.name && h.kind != tagsChange })
	}
	j.outcome(x, hits)
	for _, part := range j.documents(x) {
		var mine []hit
		for _, h := range hits {
			if (h.owner == "" || h.owner == x.name || h.owner == part.name) && h.kind != noticeFails && h.kind != slowNotice && h.kind != stopCrossesEnd {
				mine = append(mine, h)
			}
		}
		j.meetVerdicts(part, mine)
	}
	for _, name := range x.partOf {
		switch child := j.world.executions[name]; {
		case child == nil:
			j.result.met(startThrottled).Verdicts[power.Unverified]++
		case child.died.Load():
			j.result.met(partDied).Verdicts[power.Unverified]++
		}
	}
}

func (j *judge) outcome(x *execution, hits []hit) {
	counted := map[fault]bool{}
	count := func(f fault) {
		if !counted[f] {
			counted[f] = true
			m := j.result.met(f)
			m.Runs++
			m.Outcomes[x.document.Outcome]++
			m.Seeds[ofOutcome(x.document.Outcome)] = j.world.seed
		}
	}
	for _, h := range hits {
		if h.at.After(x.overAt) {
			continue
		}
		count(h.kind)
		if late, ok := h.kind.atEnd(); ok && !h.at.Before(x.document.Deadline) {
			count(late)
		}
	}
}

func (j *judge) meetVerdicts(x *execution, hits []hit) {
	for f, of := range byFault(hits) {
		m := j.result.met(f)
		for i := range x.document.Instances {
			in := &x.document.Instances[i]
			if v := j.verdicts[x.seat(in.ID)]; v.is != power.Open && of.hits(in.ID, v.at) {
				m.Verdicts[v.is]++
				m.Seeds[ofVerdict(v.is)] = j.world.seed
			}
		}
	}
}

// strikes says since when a fault of one kind struck: all instances of an
// execution, and single ones.
type strikes struct {
	all time.Time // zero: never
	ids map[string]time.Time
}

func (s *strikes) hits(id string, before time.Time) bool {
	at, one := s.ids[id]
	return !s.all.IsZero() && !s.all.After(before) || one && !at.After(before)
}

func byFault(hits []hit) map[fault]*strikes {
	all := map[fault]*strikes{}
	for _, h := range hits {
		s := all[h.kind]
		if s == nil {
			s = &strikes{ids: map[string]time.Time{}}
			all[h.kind] = s
		}
		if h.ids == nil && (s.all.IsZero() || h.at.Before(s.all)) {
			s.all = h.at
		}
		for _, id := range h.ids {
			if at, ok := s.ids[id]; !ok || h.at.Before(at) {
				s.ids[id] = h.at
			}
		}
	}
	return all
}

// hits are all failures of the story, those of single requests included.
func (j *judge) hits(x *execution) []hit {
	w := j.world
	all := slices.DeleteFunc(slices.Clone(w.hits), func(h hit) bool { return h.owner == directOwner })
	requests := w.requests()
	for _, r := range requests {
		if kind := w.kindOf(&r); kind != "" && w.lambdas[r.sender].owner != directOwner {
			all = append(all, hit{kind, r.At, w.lambdas[r.sender].owner, r.InstanceIDs})
		}
	}
	if w.edge != "" {
		all = append(all, hit{kind: w.edge, at: x.began, owner: x.name})
	}
	return slices.Concat(all, w.listings(x, requests), w.retags())
}

// retags are the changes of tags.
func (w *world) retags() []hit {
	var hits []hit
	for i := range w.fleet {
		m := &w.fleet[i]
		for _, r := range slices.Concat(m.Retags, []sim.Retag{{At: m.LaterTagsAt}}) {
			if r.At > 0 {
				hits = append(hits, hit{kind: tagsChange, at: w.start.Add(r.At), ids: []string{m.ID}})
			}
		}
	}
	return hits
}

// kindOf is the fault that a request met, or none.
func (w *world) kindOf(r *request) fault {
	switch {
	case r.Fault == sim.Refuse && r.Code == codeOddOnce:
		return oddRefusal
	case r.Fault == sim.Refuse:
		return noPermission
	case r.Fault != "":
		return fault(r.Fault)
	case r.Status == http.StatusUnauthorized && slices.ContainsFunc(w.troubles, func(t trouble) bool { return t.kind == revoked && r.At.Sub(w.start) >= t.from }):
		return revoked
	case r.Code == codeOddStop:
		return oddStopCode
	case r.Code == codeOddDescribe:
		return oddDescribeCode
	case r.Code == sim.CodeZoneNotFound:
		return unknownZone
	}
	return ""
}

// listings finds the listings of several pages, and those that changed meanwhile.
func (w *world) listings(x *execution, requests []request) []hit {
	var hits []hit
	var first time.Time
	for _, r := range requests {
		if !w.filter || r.Action != sim.ActionDescribe || len(r.InstanceIDs) > 0 || w.lambdas[r.sender].owner != x.name {
			continue
		}
		if first.IsZero() || r.At.Sub(first) > cloud.FunctionTime {
			first = r.At
			continue
		}
		if w.pageSizeCap > 0 {
			hits = append(hits, hit{kind: severalPages, at: r.At, owner: x.name})
		}
		if w.changed(first, r.At) {
			hits = append(hits, hit{kind: listingChanges, at: r.At, owner: x.name})
		}
	}
	return hits
}

// changed reports whether an instance appeared or vanished between two moments.
func (w *world) changed(from, until time.Time) bool {
	during := func(at time.Duration) bool {
		return at > 0 && w.start.Add(at).After(from) && w.start.Add(at).Before(until)
	}
	return slices.ContainsFunc(w.fleet, func(m member) bool { return during(m.AppearsAt) || during(m.VanishesAt) })
}
