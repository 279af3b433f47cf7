package power

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// Sighting is what one answer of Zenlayer says of one instance. An instance that
// an answer says nothing about has no sighting.
type Sighting struct {
	Absent   bool              // a complete answer left it out, or Zenlayer says that there is none
	Rejected string            // Zenlayer rejects a call for this id alone: the code
	Culprit  bool              // Zenlayer rejects calls that name it, as absent or otherwise
	Final    bool              // the rejection is about the id itself, so asking again cannot help
	Row      zenlayer.Instance // otherwise
	At       time.Time         // when the answer came
}

// statusOf is the status that a row shows, printable and in capitals.
func statusOf(row zenlayer.Instance) string {
	return text.Brief(strings.ToUpper(row.Status), MaxStatus, MaxStatus)
}

// Shows reports whether the sighting shows the instance with this status.
func (s *Sighting) Shows(status string) bool {
	return s.Rejected == "" && !s.Absent && statusOf(s.Row) == status
}

// Observe takes in one sighting. It gives the instance a verdict where enough
// sightings decide it, and takes a verdict back where an instance that has
// reached the status To of the action is shown otherwise.
func (in *Instance) Observe(s Sighting, rules Rules, now time.Time) {
	in.Memory.Spared = false
	switch {
	case s.Rejected != "":
		in.observeRejection(s, rules, now)
	case s.Absent:
		in.observeAbsence(rules, now)
	default:
		in.observeRow(s.Row, rules, now)
	}
}

// observeAbsence counts an answer that leaves the instance out. What has reached the
// status To keeps its verdict, and the report says that it was not seen any more.
func (in *Instance) observeAbsence(rules Rules, now time.Time) {
	in.Memory.Fars = 0
	believed := rules.Action.doubt(in, DoubtAbsent, now)
	if believed && !in.Verdict.Reached() {
		in.Close(Missing, fmt.Sprintf("absent in %d answers in a row", in.Memory.Doubt.Count))
	}
}

// observeRejection counts a call that Zenlayer rejects for this instance alone. Only what
// is about the id itself is final: another code may pass, so the instance is asked for
// again, ever later, until the deadline.
func (in *Instance) observeRejection(s Sighting, rules Rules, now time.Time) {
	in.Memory.Fars = 0
	rules.Action.doubt(in, DoubtRejected, now)
	if in.Verdict.Reached() {
		return
	}
	in.SetNote("Zenlayer rejects calls that name it: " + s.Rejected)
	if s.Final {
		in.Close(Refused, "")
	}
}

// observeRow takes in a row. One that cannot be read decides nothing about an instance
// that nobody has touched, as its tags may protect it.
func (in *Instance) observeRow(row zenlayer.Instance, rules Rules, now time.Time) {
	status, counted, to := statusOf(row), in.Verdict.Reached(), rules.Action.Way().To
	if status != "" {
		in.Memory.SeenAt = now.Unix()
	}
	if counted {
		if status == "" { // it shows nothing, as an absence
			rules.Action.doubt(in, DoubtUnreadable, now)
			return
		}
		if status == to {
			in.Memory.Doubt = nil
			return
		}
		in.Verdict, in.Memory.Went = Open, true
	}
	if !counted && in.Status == to && status != "" && status != to {
		in.notConfirmed(status, rules.Action)
	}
	last := in.take(row, status, rules.Action)
	if row.Unreadable != "" && (status == "" || !rules.Action.touched(in)) {
		in.observeUnreadable(row.Unreadable, rules, now)
		return
	}
	if in.observeTags(row, rules, now) {
		return
	}
	if rules.CheckOnly {
		in.observeOnly(rules, now)
		return
	}
	in.observeStatus(last, rules, now)
}

// take writes down what a row shows, and returns the status that was seen before it.
func (in *Instance) take(row zenlayer.Instance, status string, a Action) (last string) {
	last = in.Status
	if d := in.Memory.Doubt; d.Is(DoubtUnreadable) || d.Is(DoubtRejected) {
		in.Note = "" // which told of it
	}
	if status != "" {
		in.Status = status
		in.Memory.CameBack = in.Memory.CameBack || a.IsNear(status) && (a.IsNear(last) || status == a.Way().Back && last == a.Way().To)
	}
	if in.Before == "" {
		in.Before = status
	}
	in.Name = text.Brief(row.Name, MaxName, MaxNameBytes)
	return last
}

// notConfirmed takes back what sightings in the status To have left that never came twice in
// a row, perhaps because of an absence or of a row that could not be read, now that another
// status is shown. With the status Back they were true: somebody acts against the run.
func (in *Instance) notConfirmed(status string, a Action) {
	in.Seconds = 0
	if in.Before == a.Way().To && !in.Memory.Went && status != a.Way().Back {
		in.Before = status
	}
}

// touched reports whether the run has asked for it, or whether it went to the far side after
// the first sighting, or after a request that may have named it.
func (a Action) touched(in *Instance) bool {
	return in.WasAsked() || (a.isFar(in.Status) || in.Memory.Went) && (!a.isFar(in.Before) || in.Memory.Perhaps)
}

// NoteUnreadable is how the note of an instance begins whose row cannot be read.
const NoteUnreadable = "its row in Zenlayer's answer cannot be read"

// observeUnreadable counts a row that cannot be read. After several it is final.
func (in *Instance) observeUnreadable(what string, rules Rules, now time.Time) {
	in.Memory.Spared, in.Memory.Fars = true, 0
	in.SetNote(NoteUnreadable + ": " + what)
	if rules.Action.doubt(in, DoubtUnreadable, now) {
		in.Close(Refused, "")
	}
}

// observeTags reports whether a tag decides the verdict. The protect tag wins. An
// instance that was asked for, or is on its way, is not asked for again, but still watched.
func (in *Instance) observeTags(row zenlayer.Instance, rules Rules, now time.Time) bool {
	protected, kept := rules.protects(row), rules.keeps(row, now)
	if in.Memory.Unmatched {
		kept.holds = false // a run that came back to it would stop it
	}
	in.Memory.Spared = protected != "" || kept.holds || row.Unreadable != "" || in.Memory.Unmatched
	if !kept.holds {
		in.KeepUntil = nil
	}
	if protected == "" && !kept.holds || rules.Action.touched(in) {
		return false
	}
	if protected != "" {
		in.Close(Protected, protected)
		return true
	}
	in.keep(kept)
	return true
}

// observeOnly applies the rules of a run that asks for nothing: who is up though it
// should be off? STOPPING is waited for.
func (in *Instance) observeOnly(rules Rules, now time.Time) {
	a := rules.Action
	switch {
	case a.IsNear(in.Status) && in.Memory.Unmatched:
		in.decide(DoubtBack, Refused, unmatched, rules, now)
	case a.IsNear(in.Status):
		in.decide(DoubtBack, Running, "", rules, now)
	case in.Status == a.Way().To:
		in.decide(DoubtReached, a.Way().Already, "", rules, now)
	case isRecycled(in.Status):
		in.decide(DoubtRecycled, Recycled, "", rules, now)
	case isFailed(in.Status):
		in.decide(DoubtFailed, Refused, in.Status+" is neither up nor off", rules, now)
	default:
		in.Memory.Doubt = nil
	}
}

// decide counts a sighting, and closes the instance where it has come often enough.
func (in *Instance) decide(of string, v Verdict, note string, rules Rules, now time.Time) {
	if rules.Action.doubt(in, of, now) {
		in.Close(v, note)
	}
}

// observeStatus applies the rules of a status that was seen after the last one.
func (in *Instance) observeStatus(last string, rules Rules, now time.Time) {
	a := rules.Action
	in.observeMovement(last, a)
	switch {
	case in.Status == a.Way().To:
		in.observeReached(rules, now)
	case isRecycled(in.Status):
		in.confirm(DoubtRecycled, Recycled, "", rules, now)
	case isFailed(in.Status):
		in.confirm(DoubtFailed, Refused, a.cannot(in.Status), rules, now)
	case a.IsNear(in.Status) && in.Memory.Unmatched:
		in.decide(DoubtBack, Refused, unmatched, rules, now)
	case in.Status == a.Way().From && in.Memory.Went:
		in.decide(DoubtBack, a.Way().Undone, a.undone(), rules, now)
	default:
		in.Memory.Doubt = nil
	}
}

// confirm is decide, except that a dry run believes one answer and says so.
func (in *Instance) confirm(of string, v Verdict, note string, rules Rules, now time.Time) {
	if rules.Action.doubt(in, of, now) || rules.OneAnswer {
		in.Close(v, note)
	}
}

// observeMovement notes whether the instance was on the near side, and whether it went to
// the far one: by one sighting after a request of this run, else by two in a row, or by one
// and then the status Back.
func (in *Instance) observeMovement(last string, a Action) {
	m, far := &in.Memory, a.isFar(in.Status)
	m.WasNear = m.WasNear || a.IsNear(in.Status) || a.IsNear(last) || far && in.Status != a.Way().To
	if !far {
		m.Went = m.Went || in.Status == a.Way().Back && m.Fars > 0
		m.Fars = 0
		return
	}
	m.Rejections = 0
	m.Fars = min(m.Fars+1, 2)
	m.Went = m.Went || m.Fars == 2 || in.WasAsked()
}

// observeReached counts a sighting in the status To. Enough of them in a row close the
// instance: as the work of this run where it was on the near side before, or came back to it
// meanwhile, even if no answer to a request is known, because the function may have crashed
// after the request.
func (in *Instance) observeReached(rules Rules, now time.Time) {
	a, asked := rules.Action, in.Memory.AskedAt
	if asked != 0 && in.Seconds == 0 {
		in.Seconds = max(0, int(now.Unix()-asked))
	}
	if asked == 0 && (in.Before == a.Way().To && !in.Memory.CameBack || !in.Memory.WasNear) {
		in.confirm(DoubtReached, a.Way().Already, "", rules, now)
		return
	}
	if in.confirm(DoubtReached, a.Way().Reached, "", rules, now); in.Verdict == a.Way().Reached {
		in.Note = ""
	}
}

// unmatched is why an instance is left alone of which nobody knows whether it is one of
// the filter's.
const unmatched = "left alone: the answers do not show whether the filter matches it"

// TimeOut gives up on an open instance at the deadline.
func (a Action) TimeOut(in *Instance) {
	d := in.Memory.Doubt
	switch {
	case in.Memory.KeepEnded != 0 && !a.isBack(in):
		in.KeepOn()
	case in.Memory.Rejections > 1, d.Is(DoubtRejected) && d.Count > 1:
		if in.Note == "" { // another answer came since the last rejection
			in.SetNote("Zenlayer rejected its " + string(a) + " until the deadline")
		}
		in.Close(Refused, "")
	case in.Memory.Unmatched:
		in.Close(Refused, unmatched)
	default:
		in.Close(TimedOut, a.lastSeen(in))
	}
}

// isBack reports whether the instance went to the far side in this run and was shown
// otherwise since: somebody may want it so.
func (a Action) isBack(in *Instance) bool { return in.Memory.Went && !a.isFar(in.Status) }

// lastSeen says in what way an open instance was last seen, where its status
// alone does not.
func (a Action) lastSeen(in *Instance) string {
	switch {
	case in.Memory.Doubt.Is(DoubtAbsent):
		return "absent in the last answer"
	case in.Memory.Doubt.Is(DoubtUnreadable):
		return ""
	case in.Unconfirmed():
		return in.Status + " only in the last answer; not confirmed by a second one"
	case in.Memory.Went && in.Status != a.Way().Through:
		return in.Status + " in the last answer, after it was seen " + a.Way().Through + " or " + a.Way().To
	case in.Memory.Spared && in.WasAsked():
		return "got the protect tag or the keep tag after the " + string(a) + " request"
	case in.Status == "" && in.Note == "":
		return "never seen"
	}
	return ""
}
