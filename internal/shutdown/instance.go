package shutdown

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// Instance is one instance of a run.
type Instance struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`         // as Zenlayer shows it, cut to 64 characters; empty where the document would grow too large
	Before       string  `json:"before"`       // status at the first sighting; empty when never seen
	Status       string  `json:"status"`       // status at the last sighting; empty when never seen
	StopRequests int     `json:"stopRequests"` // accepted StopInstances calls that named it
	Verdict      Verdict `json:"verdict"`
	Seconds      int     `json:"seconds"`        // from the last stop request to the first sighting as STOPPED; 0 without either
	Note         string  `json:"note,omitempty"` // why, in at most 100 characters

	// KeepUntil is the time of the keep tag of a KEPT instance. A run of its own comes
	// back to it then. Keeps is how often the tag was set to a later time meanwhile.
	KeepUntil *time.Time `json:"keepUntil,omitempty"`
	Keeps     int        `json:"keeps,omitempty"`

	Memory Memory `json:"memory,omitzero"`

	spared bool // the newest sighting carries the protect tag, or a keep tag that holds
}

// Memory is what the rules need to remember of an instance from one look to the
// next. Nobody else relies on it. Times are Unix seconds.
type Memory struct {
	AskedAt      int64  `json:"askedAt,omitempty"`      // the last stop request that was accepted or may have been
	SeenStopping bool   `json:"seenStopping,omitempty"` // was seen STOPPING in this run, or STOPPED before it was up again
	Refusals     int    `json:"refusals,omitempty"`     // stop requests that Zenlayer refused for this instance alone, not as one that is not running
	RefusedAt    int64  `json:"refusedAt,omitempty"`    // the last of them
	Failures     int    `json:"failures,omitempty"`     // consecutive stop attempts that had no answer or a retryable error
	FailedAt     int64  `json:"failedAt,omitempty"`     // the last of them that surely had no effect
	MaxBatch     int    `json:"maxBatch,omitempty"`     // largest batch it may be sent in while a culprit is searched; 0: no search
	Doubt        *Doubt `json:"doubt,omitempty"`
}

func (m *Memory) least() int { return min(m.Refusals, m.Failures, m.MaxBatch) }

// Doubt is a sighting that decides nothing before it has come several times in
// a row, because one answer may be a glitch.
type Doubt struct {
	Of    string `json:"of"`    // [DoubtAbsent], [DoubtRunning] or [DoubtRefused]
	Count int    `json:"count"` // sightings in a row
	Since int64  `json:"since"` // Unix seconds of the first of them
}

// What a [Doubt] can be of.
const (
	DoubtAbsent  = "absent"  // a complete answer left the instance out
	DoubtRunning = "running" // RUNNING after it was seen STOPPING or STOPPED
	DoubtRefused = "refused" // Zenlayer answers a call that names it with an error of unknown meaning
)

// How often, and over how long a time, a sighting in doubt must repeat to be believed.
const (
	doubtSightings   = 3
	doubtSpan        = 30 * time.Second
	runningSightings = 2
	runningSpan      = 5 * time.Second
)

// When a stop is asked for again, and how often at most.
const (
	stopPatience    = 2 * time.Minute  // RUNNING this long after an accepted stop
	lostPatience    = 30 * time.Second // RUNNING this long after a stop without an answer, or refused
	maxPatience     = 5 * time.Minute  // the patience grows by a third up to this while attempts fail
	maxStopRequests = 3
	maxRefusals     = 3
)

const (
	maxName   = 64  // characters
	maxStatus = 40  // characters, of a status that the vendor may invent tomorrow
	maxNote   = 100 // characters
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

// showsDown reports whether the sighting shows an instance that is off.
func (s *sighting) showsDown() bool {
	switch strings.ToUpper(s.instance.Status) {
	case zenlayer.StatusStopped, zenlayer.StatusRecycle, zenlayer.StatusRecycling:
		return true
	}
	return false
}

// observe takes in one sighting. It gives the instance a verdict where the
// sighting decides it, and takes a verdict back where an instance that counts as
// stopped is up again.
func (in *Instance) observe(s sighting, rules Rules, now time.Time) {
	status := text.Cut(strings.ToUpper(s.instance.Status), maxStatus)
	if in.Verdict.CountsAsStopped() {
		if !isUp(status) {
			in.observeStopped(s, now)
			return
		}
		in.Verdict, in.Memory.SeenStopping = Open, true
	}
	if s.refused != "" {
		in.observeRefusal(s, now)
		return
	}
	if s.absent {
		if in.doubt(DoubtAbsent, now, doubtSightings, doubtSpan) {
			in.close(Missing, fmt.Sprintf("absent in %d answers in a row", doubtSightings))
		}
		return
	}
	if in.Before == "" {
		in.Before = status
	}
	last := in.Status
	in.Status, in.Name = status, text.Cut(s.instance.Name, maxName)
	if in.observeTags(s.instance, rules, now) {
		return
	}
	if rules.checkOnly {
		in.observeOnly(now)
		return
	}
	in.observeStatus(last, now)
}

// observeTags reports whether a tag decides the verdict. The protect tag wins. An
// instance that was asked to stop, or is on its way, is not asked again, but still watched.
func (in *Instance) observeTags(i zenlayer.Instance, rules Rules, now time.Time) bool {
	_, protected := tagOf(i, rules.ProtectTagKey)
	value, tagged := tagOf(i, rules.KeepTagKey)
	kept := rules.read(value, tagged, now)
	in.spared = protected || kept.holds
	if !in.spared || in.Memory.AskedAt != 0 || in.wentDown() {
		return false
	}
	if protected {
		in.close(Protected, "carries the tag "+rules.ProtectTagKey)
		return true
	}
	in.keep(kept)
	return true
}

// observeOnly applies the rules of a run that stops nothing: who is up though it
// should be off? One answer may be a glitch, and STOPPING is waited for.
func (in *Instance) observeOnly(now time.Time) {
	if isUp(in.Status) {
		if in.doubt(DoubtRunning, now, runningSightings, runningSpan) {
			in.close(Running, "")
		}
		return
	}
	in.Memory.Doubt = nil
	switch in.Status {
	case zenlayer.StatusStopped:
		in.close(AlreadyStopped, "")
	case zenlayer.StatusRecycle, zenlayer.StatusRecycling:
		in.close(Recycled, "")
	case zenlayer.StatusCreateFailed, zenlayer.StatusInstallFailed:
		in.close(RefusedStop, in.Status+" is neither up nor off")
	}
}

// observeStopped keeps count of how often an instance that counts as stopped was
// not seen so, and not up either. Its verdict stands.
func (in *Instance) observeStopped(s sighting, now time.Time) {
	if s.showsDown() {
		in.Memory.Doubt = nil
		return
	}
	in.doubt(DoubtAbsent, now, doubtSightings, doubtSpan)
}

// gone reports whether an instance that counts as stopped was not seen so often
// enough to wait for it no longer.
func (in *Instance) gone(now time.Time) bool {
	return in.Memory.Doubt.believed(now, doubtSightings, doubtSpan)
}

func (in *Instance) observeRefusal(s sighting, now time.Time) {
	in.note("Zenlayer refuses calls that name it: " + s.refused)
	if s.final || in.doubt(DoubtRefused, now, doubtSightings, doubtSpan) {
		in.close(RefusedStop, "")
	}
}

// observeStatus applies the rules of a status that was seen after the last one.
func (in *Instance) observeStatus(last string, now time.Time) {
	if in.Status != zenlayer.StatusRunning || !in.Memory.SeenStopping {
		in.Memory.Doubt = nil
	}
	switch in.Status {
	case zenlayer.StatusStopped:
		in.stopped(last, now)
	case zenlayer.StatusStopping:
		in.Memory.SeenStopping = true
	case zenlayer.StatusRunning:
		if in.Memory.SeenStopping && in.doubt(DoubtRunning, now, runningSightings, runningSpan) {
			in.close(Restarted, "RUNNING again after it was seen STOPPING or STOPPED")
		}
	case zenlayer.StatusRecycle, zenlayer.StatusRecycling:
		in.close(Recycled, "")
	case zenlayer.StatusCreateFailed, zenlayer.StatusInstallFailed:
		in.close(RefusedStop, in.Status+" cannot be stopped")
	}
}

// stopped closes an instance that is STOPPED. One that was up before counts as
// stopped by this run even if no answer to a request is known, because the
// function may have crashed after the request.
func (in *Instance) stopped(last string, now time.Time) {
	wasUp := isUp(in.Before) || isUp(last)
	asked := in.Memory.AskedAt
	if asked == 0 && (in.Before == zenlayer.StatusStopped || !in.Memory.SeenStopping && !wasUp) {
		in.close(AlreadyStopped, "")
		return
	}
	if asked != 0 && in.Seconds == 0 {
		in.Seconds = max(0, int(now.Unix()-asked))
	}
	in.close(Stopped, "")
	in.Note = ""
}

// doubt counts a sighting in doubt, and reports whether it has come often enough,
// over a long enough time, to be believed.
func (in *Instance) doubt(of string, now time.Time, sightings int, span time.Duration) bool {
	d := in.Memory.Doubt
	if !d.is(of) {
		d = &Doubt{Of: of, Since: now.Unix()}
		in.Memory.Doubt = d
	}
	d.Count++
	return d.believed(now, sightings, span)
}

// is reports whether the doubt is of this; nil is of nothing.
func (d *Doubt) is(of string) bool { return d != nil && d.Of == of }

// believed reports whether a sighting in doubt has come often enough; nil never has.
func (d *Doubt) believed(now time.Time, sightings int, span time.Duration) bool {
	return d != nil && d.Count >= sightings && now.Sub(time.Unix(d.Since, 0)).Truncate(time.Second) >= span
}

// timeOut gives up on an open instance at the deadline.
func (in *Instance) timeOut() { in.close(TimedOut, in.lastSeen()) }

// lastSeen says in what way an open instance was last seen, where its status
// alone does not.
func (in *Instance) lastSeen() string {
	if in.Memory.Doubt.is(DoubtAbsent) {
		return "absent in the last answer"
	}
	if in.Memory.SeenStopping && in.Status != zenlayer.StatusStopping {
		return in.Status + " in the last answer, after it was seen STOPPING or STOPPED"
	}
	if in.spared && in.Memory.AskedAt != 0 {
		return "got the protect tag or the keep tag after the stop request"
	}
	if in.Status == "" && in.Note == "" {
		return "never seen"
	}
	return ""
}

// asked notes what came of a stop request that was not refused: err is nil where
// Zenlayer accepted it.
func (in *Instance) asked(err error, now time.Time) {
	switch {
	case err == nil:
		in.accepted(now)
	case zenlayer.MayHaveLanded(err):
		in.unanswered(now)
	default:
		in.failed(now)
	}
}

// accepted notes that Zenlayer accepted a stop request.
func (in *Instance) accepted(now time.Time) {
	in.StopRequests++
	in.Memory.AskedAt, in.Memory.Failures, in.Memory.MaxBatch = now.Unix(), 0, 0
}

// unanswered notes that a stop request may have had an effect, but no answer says so.
func (in *Instance) unanswered(now time.Time) {
	in.Memory.AskedAt = now.Unix()
	in.Memory.Failures++
}

// failed notes that a stop request could not be made, or surely had no effect.
func (in *Instance) failed(now time.Time) {
	in.Memory.FailedAt = now.Unix()
	in.Memory.Failures++
}

// refuse notes that Zenlayer refused to stop this instance alone. That is final
// at once where the id is malformed, and else at the third time. A refusal as not
// running decides nothing, because the instance may be on its way already while
// DescribeInstances still shows RUNNING: it is asked again, alone and ever later.
func (in *Instance) refuse(err error, now time.Time) {
	in.note("Zenlayer refuses to stop it: " + code(err))
	if code(err) == notRunning {
		in.failed(now)
		in.Memory.MaxBatch = 1
		return
	}
	in.Memory.Refusals++
	in.Memory.RefusedAt = now.Unix()
	if zenlayer.IsParameterRefused(err) || in.Memory.Refusals >= maxRefusals {
		in.close(RefusedStop, "")
	}
}

const notRunning = "OPERATION_DENIED_INSTANCE_NOT_RUNNING"

// overLimit closes an instance that may not be asked to stop, as the run has
// asked for as many as it may.
func (in *Instance) overLimit(limit int) {
	in.close(RefusedStop, fmt.Sprintf("not asked to stop: the limit (maxInstances) is %d", limit))
}

// wantsStop reports whether a stop may be asked for, now or later. What was seen
// STOPPING is never asked again: if it runs, somebody wants it up. The protect
// tag holds even if it was set after the first request.
func (in *Instance) wantsStop() bool {
	return in.Verdict == Open && in.Status == zenlayer.StatusRunning && in.Memory.Doubt == nil && !in.Memory.SeenStopping && !in.spared &&
		in.StopRequests < maxStopRequests && in.Memory.Refusals < maxRefusals
}

// due reports whether a stop should be asked for now.
func (in *Instance) due(now, deadline time.Time) bool {
	return in.wantsStop() && !now.Before(in.dueAt(deadline))
}

// dueAt is the earliest time for the next stop request.
func (in *Instance) dueAt(deadline time.Time) time.Time {
	var at time.Time
	after := func(unix int64, patience time.Duration) {
		if next := time.Unix(unix, 0).Add(patience); unix != 0 && next.After(at) {
			at = next
		}
	}
	m := &in.Memory
	if in.StopRequests > 0 {
		after(m.AskedAt, stopPatience)
	}
	after(m.AskedAt, m.backoff(m.AskedAt, deadline))
	after(m.FailedAt, m.backoff(m.FailedAt, deadline))
	after(m.RefusedAt, lostPatience)
	return at
}

// backoff is how long to leave the instance alone after an attempt at that time
// without a good answer, so that an outage of StopInstances does not use up the
// calls of the workflow. It grows slowly, and shrinks again as the deadline comes
// near, so that little of the time after an outage is lost.
func (m *Memory) backoff(unix int64, deadline time.Time) time.Duration {
	patience := lostPatience
	for range min(m.Failures-1, 20) {
		patience = min(patience*4/3, maxPatience)
	}
	return max(lostPatience, min(patience, deadline.Sub(time.Unix(unix, 0))/4))
}

// mayBeStopped reports whether this run may come to ask for a stop of it.
func (in *Instance) mayBeStopped() bool {
	return in.Verdict == Open && (in.hidden() || in.Status != zenlayer.StatusStopping && in.Status != "")
}

// hidden reports whether Zenlayer refuses to show it, so that it may have any status.
func (in *Instance) hidden() bool {
	return in.Status == "" && in.Memory.Doubt.is(DoubtRefused)
}

// mayRun is mayBeStopped, and also of an instance that was not seen yet.
func (in *Instance) mayRun() bool {
	return in.mayBeStopped() || in.Verdict == Open && in.Status == ""
}

// wentDown reports whether it began to stop after the first sighting, perhaps by
// a request of this run whose answer is lost.
func (in *Instance) wentDown() bool {
	return (isDown(in.Status) || in.Memory.SeenStopping) && !isDown(in.Before)
}

func (in *Instance) close(v Verdict, note string) {
	in.Verdict, in.Memory.Doubt = v, nil
	if note != "" {
		in.note(note)
	}
}

func (in *Instance) note(s string) { in.Note = text.Cut(text.Line(s), maxNote) }

func isUp(status string) bool {
	switch status {
	case zenlayer.StatusRunning, zenlayer.StatusBooting, zenlayer.StatusInstalling, zenlayer.StatusCreating, zenlayer.StatusPending:
		return true
	}
	return false
}

func isDown(status string) bool {
	return status == zenlayer.StatusStopping || status == zenlayer.StatusStopped
}

// tagOf is the value of the instance's tag with this key; an empty key is none.
func tagOf(i zenlayer.Instance, key string) (value string, ok bool) {
	for _, t := range i.Tags {
		if key != "" && t.Key == key {
			return t.Value, true
		}
	}
	return "", false
}
