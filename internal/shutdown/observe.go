package shutdown

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/zenlayer"
)

// How often and over how long a doubtful sighting must repeat to be believed.
const (
	absentSightings = 3
	absentSpan      = 30 * time.Second
	upSightings     = 2
	upSpan          = 5 * time.Second
)

// When a stop is asked for again, and how often at most.
const (
	stopPatience    = 2 * time.Minute  // RUNNING this long after an accepted stop
	lostPatience    = 30 * time.Second // RUNNING this long after a stop without an answer, or refused
	maxPatience     = 5 * time.Minute  // the patience grows by a third up to this while requests go amiss
	maxStopRequests = 3
	maxRefusals     = 3
)

// sighting is what one answer of Zenlayer says of one instance. An instance
// that an answer says nothing about has no sighting.
type sighting struct {
	absent   bool              // a complete answer left it out
	refused  string            // Zenlayer refuses to answer for this id: its code
	instance zenlayer.Instance // otherwise
}

// isUp reports whether an instance of this status runs or comes up.
func isUp(status string) bool {
	switch status {
	case zenlayer.StatusRunning, zenlayer.StatusBooting, zenlayer.StatusInstalling, zenlayer.StatusCreating, zenlayer.StatusPending:
		return true
	}
	return false
}

// observe takes in one sighting of an open instance. Every rule that leads from
// a status to a verdict is here.
func (r Runner) observe(in *Instance, s sighting, now time.Time) {
	switch {
	case s.refused != "":
		in.close(RefusedStop, "Zenlayer refuses this id: "+s.refused)
		return
	case s.absent:
		if in.doubt(DoubtAbsent, now) >= absentSightings && in.doubtFor(now) >= absentSpan {
			in.close(Missing, fmt.Sprintf("absent in %d answers in a row", absentSightings))
		}
		return
	}
	status := word(s.instance.Status)
	if in.Before == "" {
		in.Before = status
	}
	last := in.Status
	in.Status, in.Name = status, cut(s.instance.Name, maxName)
	in.shielded = r.protects(s.instance)
	if in.shielded && in.AskedAt == 0 && !in.wentDown() {
		in.close(Protected, "carries the tag "+r.ProtectTagKey)
		return
	}
	in.judge(last, now)
}

// wentDown reports whether it began to stop after the first sighting, perhaps by
// a request of this run whose answer is lost.
func (in *Instance) wentDown() bool {
	return (isDown(in.Status) || in.SeenStopping) && !isDown(in.Before)
}

func isDown(status string) bool {
	return status == zenlayer.StatusStopping || status == zenlayer.StatusStopped
}

// judge applies the rules of a status that was seen, after the last one.
func (in *Instance) judge(last string, now time.Time) {
	if in.Status != zenlayer.StatusRunning || !in.SeenStopping {
		in.Doubt = nil
	}
	switch in.Status {
	case zenlayer.StatusStopped:
		in.stopped(last, now)
	case zenlayer.StatusStopping:
		in.SeenStopping = true
	case zenlayer.StatusRunning:
		if in.SeenStopping && in.doubt(DoubtRunning, now) >= upSightings && in.doubtFor(now) >= upSpan {
			in.close(Restarted, "RUNNING again after it was seen STOPPING or STOPPED")
		}
	case zenlayer.StatusRecycle, zenlayer.StatusRecycling:
		in.close(Recycled, "")
	case zenlayer.StatusCreateFailed, zenlayer.StatusInstallFailed:
		in.close(RefusedStop, in.Status+" cannot be stopped")
	}
}

// stopped closes an instance that is STOPPED. One that was up before counts as
// stopped by this run also where no answer to a request is known: the function may
// have crashed after it.
func (in *Instance) stopped(last string, now time.Time) {
	wasUp := isUp(in.Before) || isUp(last)
	if in.AskedAt == 0 && (in.Before == zenlayer.StatusStopped || !in.SeenStopping && !wasUp) {
		in.close(AlreadyStopped, "")
		return
	}
	if in.AskedAt != 0 && in.Seconds == 0 {
		in.Seconds = max(0, int(now.Unix()-in.AskedAt))
	}
	in.close(Stopped, "")
	in.Note = ""
}

// doubt counts a doubtful sighting and returns how many came in a row.
func (in *Instance) doubt(of string, now time.Time) int {
	if in.Doubt == nil || in.Doubt.Of != of {
		in.Doubt = &Doubt{Of: of, Since: now.Unix()}
	}
	in.Doubt.Count++
	return in.Doubt.Count
}

func (in *Instance) doubtFor(now time.Time) time.Duration {
	return time.Duration(now.Unix()-in.Doubt.Since) * time.Second
}

// due reports whether a stop should be asked for now. What was seen STOPPING is
// never asked again: if it runs, somebody wants it up.
func (r *Run) due(in *Instance, now time.Time) bool {
	return in.wantsStop() && !now.Before(r.dueAt(in))
}

// wantsStop reports whether a stop may be asked for, now or later. The protect
// tag holds also where it was set after the first request.
func (in *Instance) wantsStop() bool {
	return in.Verdict == Open && in.Status == zenlayer.StatusRunning && in.Doubt == nil && !in.SeenStopping && !in.shielded &&
		in.StopRequests < maxStopRequests && in.Refusals < maxRefusals
}

// dueAt is the earliest time for the next request.
func (r *Run) dueAt(in *Instance) time.Time {
	var at time.Time
	after := func(unix int64, patience time.Duration) {
		if next := time.Unix(unix, 0).Add(patience); unix != 0 && next.After(at) {
			at = next
		}
	}
	if in.StopRequests > 0 {
		after(in.AskedAt, stopPatience)
	}
	after(in.AskedAt, r.backoff(in, in.AskedAt))
	after(in.MissedAt, r.backoff(in, in.MissedAt))
	after(in.RefusedAt, lostPatience)
	return at
}

// backoff is how long to leave the instance alone after a request at that time
// without a good answer: an outage of StopInstances must not use up the rounds of
// the workflow. It grows slowly, and shrinks again as the deadline comes near, so
// that little of the time after an outage is lost.
func (r *Run) backoff(in *Instance, unix int64) time.Duration {
	patience := lostPatience
	for range min(in.Misses-1, 20) {
		patience = min(patience*4/3, maxPatience)
	}
	return max(lostPatience, min(patience, r.Deadline.Sub(time.Unix(unix, 0))/4))
}

// mayBeStopped reports whether this run may come to ask for a stop of it.
func (in *Instance) mayBeStopped() bool {
	switch in.Status {
	case zenlayer.StatusStopping, "":
		return false
	}
	return in.Verdict == Open
}

func (r Runner) protects(i zenlayer.Instance) bool {
	if r.ProtectTagKey == "" {
		return false
	}
	for _, t := range i.Tags {
		if t.Key == r.ProtectTagKey {
			return true
		}
	}
	return false
}

const (
	maxName = 64
	maxWord = 40
)

// word bounds a status that the vendor may invent tomorrow.
func word(status string) string {
	return cut(strings.ToUpper(status), maxWord)
}
