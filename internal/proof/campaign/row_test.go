package campaign

import (
	"math"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// heard are the last rows of the instance, the newest first and so many at most, of which
// the execution, or the run whose part it is, has learned. A row whose id cannot be read
// tells nobody anything.
func (l look) heard(x *execution, most int) []sim.Row {
	l.world.sending.Lock()
	defer l.world.sending.Unlock()
	var rows []sim.Row
	for _, r := range slices.Backward(l.truth.Rows) {
		if l.world.hears(x, r.Request) && !nameless(r.Unreadable) {
			if rows = append(rows, r); len(rows) == most {
				break
			}
		}
	}
	return rows
}

// read reports whether the execution has learned of a row that can be read.
func (l look) read(x *execution) bool {
	return slices.ContainsFunc(l.heard(x, math.MaxInt), func(r sim.Row) bool { return r.Unreadable == "" })
}

// hears reports whether the execution has learned of the answer to a request, and still
// knows it: what came before the time of a warning is forgotten then. The caller holds the lock.
func (w *world) hears(x *execution, number int) bool {
	a := w.arrivals[number-1]
	own := x.lambda != nil && a.sender == x.lambda.number
	of := x.parent != nil && x.parent.lambda != nil && a.sender == x.parent.lambda.number
	due := x.comesFrom().document.StopAt
	forgotten := due != nil && a.at.Before(*due) && !time.Now().Before(*due)
	return (own || of) && !a.unheard && !forgotten
}

// nameless reports whether a row of this form does not say of whom it is.
func nameless(form string) bool { return form == sim.WithoutInstanceID || form == sim.IDIsNumber }

// tagsOnly reports whether all but the tags of a row of this form can be read.
func tagsOnly(form string) bool {
	return slices.Contains([]string{sim.TagsAsMap, sim.TagsOtherwise, sim.TagsWithoutKeys, sim.TagsAsText}, form)
}

// recent is how many rows show what an instance has come to.
const recent = 40

// twice reports whether the last two answers about the instance showed this status.
// Whether one that cannot be read is an answer, is the product's choice.
func (l look) twice(x *execution, status string) bool {
	rows := l.heard(x, recent)
	readable := slices.DeleteFunc(slices.Clone(rows), func(r sim.Row) bool { return r.Unreadable != "" })
	return bothShow(rows, status) || bothShow(readable, status)
}

func bothShow(rows []sim.Row, status string) bool {
	return len(rows) > 1 && rows[0].Status == status && rows[1].Status == status
}

// went reports whether answers showed the instance on its way or where it should go, in such a
// way that a run may believe it: after a request of the run, or twice in a row, or once and
// then on its way back.
func (l look) went(x *execution) bool {
	if l.world.inVain(x.name) {
		return true // as far as the run knows, it may have asked
	}
	asked := l.askedAt(x)
	later := ""
	for _, r := range l.heard(x, len(l.truth.Rows)) {
		if way := x.way(); way.isFar(r.Status) && (asked > 0 && r.Request > asked || way.isFar(later) || later == way.back) {
			return true
		}
		later = r.Status
	}
	return false
}

// askedAt is the number of the first request of the execution for its action that named the
// instance; 0: none did.
func (l look) askedAt(x *execution) int {
	for _, r := range l.world.requests() {
		if r.Action == x.way().call && x.lambda != nil && r.sender == x.lambda.number && slices.Contains(r.InstanceIDs, l.spec.ID) {
			return r.Number
		}
	}
	return 0
}

// shownOtherwise reports whether an answer to the last call of the execution showed
// anything but the status that the run proves.
func (l look) shownOtherwise(x *execution) bool {
	return slices.ContainsFunc(l.heard(x, recent), func(r sim.Row) bool {
		return r.Request > x.sent && (r.Status != x.way().to || r.Unreadable != "")
	})
}

// shown reports whether an answer to the last call of the execution had a row of the
// instance.
func (l look) shown(x *execution) bool {
	rows := l.heard(x, 1)
	return len(rows) > 0 && rows[0].Request > x.sent
}

// lastShown is the status that the last of those answers showed; empty where none did, or
// where it cannot be read.
func (l look) lastShown(x *execution) string {
	if !l.shown(x) {
		return ""
	}
	row := l.heard(x, 1)[0]
	if row.Unreadable != "" && !tagsOnly(row.Unreadable) || bare(row.Status) == "" {
		return ""
	}
	return row.Status
}

// several answers in a row are believed; so are, of rows that cannot be read, one fewer,
// as a look whose result was lost may have shown another.
const several = 3

// doubtful says why a verdict rests on too few answers, or nothing.
func (l look) doubtful(v power.Verdict, x *execution) (why string) {
	switch {
	case provisional(&x.document):
	case v.Reached() && !l.twice(x, x.way().to):
		return "not its last two answers showed it " + x.way().to
	case v == power.Started && !l.apart(x, 30*time.Second):
		return "its last two answers were less than 30 s apart"
	case v == x.way().undone && !l.twice(x, x.way().from):
		return "not its last two answers showed it " + x.way().from
	case v == x.way().undone && !l.went(x):
		return "one answer alone showed it on its way or there, before any request of the run"
	}
	return ""
}

// unread reports whether several answers in a row about the instance could not be read.
func (l look) unread(x *execution) bool {
	rows := l.heard(x, several-1)
	return len(rows) == several-1 && !slices.ContainsFunc(rows, func(r sim.Row) bool {
		return r.Unreadable == "" && bare(r.Status) != "" || r.Unreadable == string(sim.WrongCount)
	})
}

// rowOf is what the answer to this request showed of the instance.
func rowOf(truth sim.Truth, number int) (row sim.Row, ok bool) {
	i, ok := slices.BinarySearchFunc(truth.Rows, number, func(r sim.Row, n int) int { return r.Request - n })
	if !ok {
		return sim.Row{}, false
	}
	return truth.Rows[i], true
}

// provisional reports whether the verdicts of a document are those of one answer.
func provisional(run *runs.Run) bool {
	return run.Outcome == runs.OutcomePlanned || run.Outcome == runs.OutcomeRefused
}
