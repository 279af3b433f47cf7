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
}

// statusOf is the status that a row shows, printable and in capitals.
func statusOf(row zenlayer.Instance) string {
	return text.Brief(strings.ToUpper(row.Status), MaxStatus, MaxStatus)
}

// ShowsStopped reports whether the sighting shows the instance as STOPPED.
func (s *Sighting) ShowsStopped() bool {
	return s.Rejected == "" && !s.Absent && statusOf(s.Row) == zenlayer.StatusStopped
}

// Observe takes in one sighting. It gives the instance a verdict where enough
// sightings decide it, and takes a verdict back where an instance that counts as
// stopped is shown otherwise.
func (in *Instance) Observe(s Sighting, rules Rules, now time.Time) {
	in.Memory.Spared = false
	switch {
	case s.Rejected != "":
		in.observeRejection(s, now)
	case s.Absent:
		in.observeAbsence(now)
	default:
		in.observeRow(s.Row, rules, now)
	}
}

// observeAbsence counts an answer that leaves the instance out. What counts as stopped
// keeps its verdict, and the report says that it was not seen any more.
func (in *Instance) observeAbsence(now time.Time) {
	in.Memory.Downs = 0
	believed := in.doubt(DoubtAbsent, now)
	if believed && !in.Verdict.CountsAsStopped() {
		in.Close(Missing, fmt.Sprintf("absent in %d answers in a row", in.Memory.Doubt.Count))
	}
}

// observeRejection counts a call that Zenlayer rejects for this instance alone. Only what
// is about the id itself is final: another code may pass, so the instance is asked for
// again, ever later, until the deadline.
func (in *Instance) observeRejection(s Sighting, now time.Time) {
	in.Memory.Downs = 0
	in.doubt(DoubtRejected, now)
	if in.Verdict.CountsAsStopped() {
		return
	}
	in.SetNote("Zenlayer rejects calls that name it: " + s.Rejected)
	if s.Final {
		in.Close(RefusedStop, "")
	}
}

// observeRow takes in a row. One that cannot be read decides nothing about an instance
// that nobody has touched, as its tags may protect it.
func (in *Instance) observeRow(row zenlayer.Instance, rules Rules, now time.Time) {
	status, counted := statusOf(row), in.Verdict.CountsAsStopped()
	if counted {
		if status == "" { // it shows nothing, as an absence
			in.doubt(DoubtUnreadable, now)
			return
		}
		if status == zenlayer.StatusStopped {
			in.Memory.Doubt = nil
			return
		}
		in.Verdict, in.Memory.WentDown = Open, true
	}
	if !counted && in.Status == zenlayer.StatusStopped && status != "" && status != zenlayer.StatusStopped {
		in.notConfirmed(status)
	}
	last := in.take(row, status)
	if row.Unreadable != "" && (status == "" || !in.touched()) {
		in.observeUnreadable(row.Unreadable, now)
		return
	}
	if in.observeTags(row, rules, now) {
		return
	}
	if rules.CheckOnly {
		in.observeOnly(now)
		return
	}
	in.observeStatus(last, rules, now)
}

// take writes down what a row shows, and returns the status that was seen before it.
func (in *Instance) take(row zenlayer.Instance, status string) (last string) {
	last = in.Status
	if d := in.Memory.Doubt; d.Is(DoubtUnreadable) || d.Is(DoubtRejected) {
		in.Note = "" // which told of it
	}
	if status != "" {
		in.Status = status
		in.Memory.CameUp = in.Memory.CameUp || isUp(status) && (isUp(last) || status == zenlayer.StatusBooting && last == zenlayer.StatusStopped)
	}
	if in.Before == "" {
		in.Before = status
	}
	in.Name = text.Brief(row.Name, MaxName, MaxNameBytes)
	return last
}

// notConfirmed takes back what sightings as STOPPED have left that never came twice in a
// row, perhaps because of an absence or of a row that could not be read, now that another
// status is shown. With BOOTING they were true: somebody started the instance.
func (in *Instance) notConfirmed(status string) {
	in.Seconds = 0
	if in.Before == zenlayer.StatusStopped && !in.Memory.WentDown && status != zenlayer.StatusBooting {
		in.Before = status
	}
}

// touched reports whether the run has asked for a stop of it, perhaps by a request whose
// answer is lost.
func (in *Instance) touched() bool { return in.WasAsked() || in.wentDown() }

// wentDown reports whether it began to stop after the first sighting, perhaps by
// a request of this run whose answer is lost.
func (in *Instance) wentDown() bool {
	return (isDown(in.Status) || in.Memory.WentDown) && !isDown(in.Before)
}

// observeUnreadable counts a row that cannot be read. After several it is final.
func (in *Instance) observeUnreadable(what string, now time.Time) {
	in.Memory.Spared, in.Memory.Downs = true, 0
	in.SetNote("its row in Zenlayer's answer cannot be read: " + what)
	if in.doubt(DoubtUnreadable, now) {
		in.Close(RefusedStop, "")
	}
}

// observeTags reports whether a tag decides the verdict. The protect tag wins. An
// instance that was asked to stop, or is on its way, is not asked again, but still watched.
func (in *Instance) observeTags(row zenlayer.Instance, rules Rules, now time.Time) bool {
	protected, kept := rules.protects(row), rules.keeps(row, now)
	if in.Memory.Unmatched {
		kept.holds = false // a run that came back to it would stop it
	}
	in.Memory.Spared = protected != "" || kept.holds || row.Unreadable != "" || in.Memory.Unmatched
	if !kept.holds {
		in.KeepUntil = nil
	}
	if protected == "" && !kept.holds || in.touched() {
		return false
	}
	if protected != "" {
		in.Close(Protected, protected)
		return true
	}
	in.keep(kept)
	return true
}

// observeOnly applies the rules of a run that stops nothing: who is up though it
// should be off? STOPPING is waited for.
func (in *Instance) observeOnly(now time.Time) {
	switch {
	case isUp(in.Status) && in.Memory.Unmatched:
		in.decide(DoubtRunning, RefusedStop, unmatched, now)
	case isUp(in.Status):
		in.decide(DoubtRunning, Running, "", now)
	case in.Status == zenlayer.StatusStopped:
		in.decide(DoubtStopped, AlreadyStopped, "", now)
	case isRecycled(in.Status):
		in.decide(DoubtRecycled, Recycled, "", now)
	case isFailed(in.Status):
		in.decide(DoubtFailed, RefusedStop, in.Status+" is neither up nor off", now)
	default:
		in.Memory.Doubt = nil
	}
}

// decide counts a sighting, and closes the instance where it has come often enough.
func (in *Instance) decide(of string, v Verdict, note string, now time.Time) {
	if in.doubt(of, now) {
		in.Close(v, note)
	}
}

// observeStatus applies the rules of a status that was seen after the last one.
func (in *Instance) observeStatus(last string, rules Rules, now time.Time) {
	in.observeMovement(last)
	switch {
	case in.Status == zenlayer.StatusStopped:
		in.observeStopped(rules, now)
	case isRecycled(in.Status):
		in.confirm(DoubtRecycled, Recycled, "", rules, now)
	case isFailed(in.Status):
		in.confirm(DoubtFailed, RefusedStop, in.Status+" cannot be stopped", rules, now)
	case isUp(in.Status) && in.Memory.Unmatched:
		in.decide(DoubtRunning, RefusedStop, unmatched, now)
	case in.Status == zenlayer.StatusRunning && in.Memory.WentDown:
		in.decide(DoubtRunning, Restarted, "RUNNING again after it was seen STOPPING or STOPPED", now)
	default:
		in.Memory.Doubt = nil
	}
}

// confirm is decide, except that a dry run believes one answer and says so.
func (in *Instance) confirm(of string, v Verdict, note string, rules Rules, now time.Time) {
	if in.doubt(of, now) || rules.OneAnswer {
		in.Close(v, note)
	}
}

// observeMovement notes whether the instance was up, and whether it went down: by one
// sighting after a stop request of this run, else by two in a row, or by one and then
// BOOTING.
func (in *Instance) observeMovement(last string) {
	m := &in.Memory
	m.WasUp = m.WasUp || isUp(in.Status) || isUp(last) || in.Status == zenlayer.StatusStopping
	if !isDown(in.Status) {
		m.WentDown = m.WentDown || in.Status == zenlayer.StatusBooting && m.Downs > 0
		m.Downs = 0
		return
	}
	m.Rejections = 0
	m.Downs = min(m.Downs+1, 2)
	m.WentDown = m.WentDown || m.Downs == 2 || in.WasAsked()
}

// observeStopped counts a sighting as STOPPED. Two in a row close the instance: as
// stopped by this run where it was up before, or came up meanwhile, even if no answer to a
// request is known, because the function may have crashed after the request.
func (in *Instance) observeStopped(rules Rules, now time.Time) {
	asked := in.Memory.AskedAt
	if asked != 0 && in.Seconds == 0 {
		in.Seconds = max(0, int(now.Unix()-asked))
	}
	if asked == 0 && (in.Before == zenlayer.StatusStopped && !in.Memory.CameUp || !in.Memory.WasUp) {
		in.confirm(DoubtStopped, AlreadyStopped, "", rules, now)
		return
	}
	if in.confirm(DoubtStopped, Stopped, "", rules, now); in.Verdict == Stopped {
		in.Note = ""
	}
}

// unmatched is why an instance is left alone of which nobody knows whether it is one of
// the filter's.
const unmatched = "left alone: the answers do not show whether the filter matches it"

// TimeOut gives up on an open instance at the deadline.
func (in *Instance) TimeOut() {
	d := in.Memory.Doubt
	switch {
	case in.Memory.KeepEnded != 0 && !in.upAgain():
		in.KeepOn()
	case in.Memory.Rejections > 1, d.Is(DoubtRejected) && d.Count > 1:
		in.Close(RefusedStop, "")
	case in.Memory.Unmatched:
		in.Close(RefusedStop, unmatched)
	default:
		in.Close(TimedOut, in.lastSeen())
	}
}

// upAgain reports whether the instance went down in this run and was shown otherwise since:
// somebody may want it up.
func (in *Instance) upAgain() bool {
	return in.Memory.WentDown && !isDown(in.Status)
}

// lastSeen says in what way an open instance was last seen, where its status
// alone does not.
func (in *Instance) lastSeen() string {
	switch {
	case in.Memory.Doubt.Is(DoubtAbsent):
		return "absent in the last answer"
	case in.Memory.Doubt.Is(DoubtUnreadable):
		return ""
	case in.Unconfirmed():
		return in.Status + " in the last answer alone, which nothing confirmed"
	case in.Memory.WentDown && in.Status != zenlayer.StatusStopping:
		return in.Status + " in the last answer, after it was seen STOPPING or STOPPED"
	case in.Memory.Spared && in.WasAsked():
		return "got the protect tag or the keep tag after the stop request"
	case in.Status == "" && in.Note == "":
		return "never seen"
	}
	return ""
}
