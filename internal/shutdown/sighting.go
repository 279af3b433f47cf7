package shutdown

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// sighting is what one answer of Zenlayer says of one instance. An instance that
// an answer says nothing about has no sighting.
type sighting struct {
	absent   bool              // a complete answer left it out, or Zenlayer says that there is none
	refused  string            // Zenlayer refuses a call for this id alone: the code
	culprit  bool              // Zenlayer refuses calls that name it, as absent or otherwise
	final    bool              // the refusal is about the id itself, so asking again cannot help
	instance zenlayer.Instance // otherwise
}

// statusOf is the status that a row shows, printable and in capitals.
func statusOf(row zenlayer.Instance) string {
	return brief(strings.ToUpper(row.Status), maxStatus, maxStatus)
}

// showsStopped reports whether the sighting shows the instance as STOPPED.
func (s *sighting) showsStopped() bool {
	return s.refused == "" && !s.absent && statusOf(s.instance) == zenlayer.StatusStopped
}

// observe takes in one sighting. It gives the instance a verdict where enough
// sightings decide it, and takes a verdict back where an instance that counts as
// stopped is shown otherwise.
func (in *Instance) observe(s sighting, rules Rules, now time.Time) {
	in.spared = false
	switch {
	case s.refused != "":
		in.observeRefusal(s, now)
	case s.absent:
		in.observeAbsence(now)
	default:
		in.observeRow(s.instance, rules, now)
	}
}

// observeAbsence counts an answer that leaves the instance out. What counts as stopped
// keeps its verdict, and the report says that it was not seen any more.
func (in *Instance) observeAbsence(now time.Time) {
	in.Memory.Downs = 0
	believed := in.doubt(DoubtAbsent, now)
	if believed && !in.Verdict.CountsAsStopped() {
		in.close(Missing, fmt.Sprintf("absent in %d answers in a row", in.Memory.Doubt.Count))
	}
}

// observeRefusal counts a call that Zenlayer refuses for this instance alone. Only what
// is about the id itself is final: another code may pass, so the instance is asked for
// again, ever later, until the deadline.
func (in *Instance) observeRefusal(s sighting, now time.Time) {
	in.Memory.Downs = 0
	in.doubt(DoubtRefused, now)
	if in.Verdict.CountsAsStopped() {
		return
	}
	in.note("Zenlayer refuses calls that name it: " + s.refused)
	if s.final {
		in.close(RefusedStop, "")
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
	if rules.checkOnly {
		in.observeOnly(now)
		return
	}
	in.observeStatus(last, rules, now)
}

// take writes down what a row shows, and returns the status that was seen before it.
func (in *Instance) take(row zenlayer.Instance, status string) (last string) {
	last = in.Status
	if d := in.Memory.Doubt; d.is(DoubtUnreadable) || d.is(DoubtRefused) {
		in.Note = "" // which told of it
	}
	if status != "" {
		in.Status = status
	}
	if in.Before == "" {
		in.Before = status
	}
	in.Name = brief(row.Name, maxName, maxNameBytes)
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
func (in *Instance) touched() bool { return in.wasAsked() || in.wentDown() }

// wentDown reports whether it began to stop after the first sighting, perhaps by
// a request of this run whose answer is lost.
func (in *Instance) wentDown() bool {
	return (isDown(in.Status) || in.Memory.WentDown) && !isDown(in.Before)
}

// observeUnreadable counts a row that cannot be read. After several it is final.
func (in *Instance) observeUnreadable(what string, now time.Time) {
	in.spared, in.Memory.Downs = true, 0
	in.note("its row in Zenlayer's answer cannot be read: " + what)
	if in.doubt(DoubtUnreadable, now) {
		in.close(RefusedStop, "")
	}
}

// observeTags reports whether a tag decides the verdict. The protect tag wins. An
// instance that was asked to stop, or is on its way, is not asked again, but still watched.
func (in *Instance) observeTags(row zenlayer.Instance, rules Rules, now time.Time) bool {
	protected, kept := rules.protects(row), rules.keeps(row, now)
	if in.Memory.Unmatched {
		kept.holds = false // a run that came back to it would stop it
	}
	in.spared = protected != "" || kept.holds || row.Unreadable != "" || in.Memory.Unmatched
	if protected == "" && !kept.holds || in.touched() {
		return false
	}
	if protected != "" {
		in.close(Protected, protected)
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
		in.close(v, note)
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
	if in.doubt(of, now) || rules.oneAnswer {
		in.close(v, note)
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
	m.Refusals = 0
	m.Downs = min(m.Downs+1, 2)
	m.WentDown = m.WentDown || m.Downs == 2 || in.wasAsked()
}

// observeStopped counts a sighting as STOPPED. Two in a row close the instance: as
// stopped by this run where it was up before, even if no answer to a request is known,
// because the function may have crashed after the request.
func (in *Instance) observeStopped(rules Rules, now time.Time) {
	asked := in.Memory.AskedAt
	if asked != 0 && in.Seconds == 0 {
		in.Seconds = max(0, int(now.Unix()-asked))
	}
	if asked == 0 && (in.Before == zenlayer.StatusStopped || !in.Memory.WasUp) {
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

// timeOut gives up on an open instance at the deadline.
func (in *Instance) timeOut() {
	d := in.Memory.Doubt
	switch {
	case in.Memory.KeepEnded != 0:
		in.keepOn()
	case in.Memory.Refusals > 1, d.is(DoubtRefused) && d.Count > 1:
		in.close(RefusedStop, "")
	case in.Memory.Unmatched:
		in.close(RefusedStop, unmatched)
	default:
		in.close(TimedOut, in.lastSeen())
	}
}

// lastSeen says in what way an open instance was last seen, where its status
// alone does not.
func (in *Instance) lastSeen() string {
	switch {
	case in.Memory.Doubt.is(DoubtAbsent):
		return "absent in the last answer"
	case in.Memory.Doubt.is(DoubtUnreadable):
		return ""
	case in.unconfirmed():
		return in.Status + " in the last answer alone, which nothing confirmed"
	case in.Memory.WentDown && in.Status != zenlayer.StatusStopping:
		return in.Status + " in the last answer, after it was seen STOPPING or STOPPED"
	case in.spared && in.wasAsked():
		return "got the protect tag or the keep tag after the stop request"
	case in.Status == "" && in.Note == "":
		return "never seen"
	}
	return ""
}

// tagsOf are the instance's tags whose key is this one but for case and for blanks, and
// characters that nobody sees, at its ends; an empty key is none.
func tagsOf(row zenlayer.Instance, key string) []zenlayer.Tag {
	var found []zenlayer.Tag
	for _, t := range row.Tags {
		if key != "" && strings.EqualFold(strings.TrimFunc(t.Key, text.IsBlank), strings.TrimFunc(key, text.IsBlank)) {
			found = append(found, t)
		}
	}
	return found
}

// spelt is a note on a tag that is taken for the one with this key.
func spelt(t zenlayer.Tag, key string) string {
	if t.Key == key {
		return "carries the tag " + key
	}
	return fmt.Sprintf("carries the tag %q, which is taken for %s", text.Cut(t.Key, 40), key)
}
