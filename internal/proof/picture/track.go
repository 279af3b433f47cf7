package picture

import (
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// Statuses that Zenlayer does not have.
const (
	absent = "ABSENT" // a complete answer left the instance out
	mixed  = "MIXED"  // the instances of one row differ
)

// span is a time in which an instance had one status, as far as looks can tell.
type span struct {
	Status   string
	From, To time.Time
	Faint    bool // no look showed the status after From: it was only last seen then
}

// markKind says what a mark is about. It is also the mark's class in the picture.
type markKind string

const (
	accepted   markKind = "accepted"   // Zenlayer accepted a request
	unanswered markKind = "unanswered" // a request may have had an effect, no answer says so
	refused    markKind = "refused"    // Zenlayer rejected a request for this instance
	unsent     markKind = "unsent"     // a request could not be made, or surely had no effect
	takenBack  markKind = "takenBack"  // a verdict was revoked, as the instance was shown otherwise
)

// mark is something that happened to an instance at one time.
type mark struct {
	Kind markKind
	At   time.Time
	Note string
}

// track is what the documents tell of one instance.
type track struct {
	last      power.Instance // as in the newest document that has it
	run       string         // the execution that has it: the run or one of its parts
	verdictAt time.Time
	spans     []span
	marks     []mark
}

// follow takes in what the document of a moment says of the instance. Looked is
// false where the moment's state asks Zenlayer for no status.
func (t *track) follow(in power.Instance, m *Moment, looked bool) {
	before := t.last
	if in.Name == "" {
		in.Name = before.Name
	}
	t.last, t.run = in, m.Run.Name
	t.requests(before, in, m.At)
	if in.Verdict != before.Verdict {
		t.verdictAt = m.At
		if in.Verdict == power.Open {
			t.marks = append(t.marks, mark{takenBack, m.At, "was " + string(before.Verdict)})
		}
	}
	if status := shown(in, m.Run.Action); status != "" && looked && wasLookedAt(before, in, m) {
		t.see(status, t.lookTime(before, in, m))
	}
}

// lookTime is when the look was: a round of requests looks just before it asks for each
// batch, and any other call just before its state is left.
func (t *track) lookTime(before, in power.Instance, m *Moment) time.Time {
	asked := time.Unix(in.Memory.AskedAt, 0)
	if m.State != stateStop || in.Memory.AskedAt == before.Memory.AskedAt || asked.After(m.At) {
		return m.At
	}
	if n := len(t.spans); n > 0 && asked.Before(t.spans[n-1].To) {
		return t.spans[n-1].To // it is a time in whole seconds
	}
	return asked
}

// wasLookedAt reports whether the look of this moment concerned the instance. A
// round of requests looks at those that are due, and a check at those that are open; the last
// check looks at those that have reached their status too.
func wasLookedAt(before, in power.Instance, m *Moment) bool {
	if before.Status != in.Status || before.Verdict != in.Verdict {
		return true
	}
	if m.State == stateStop {
		return in.Memory.AskedAt != before.Memory.AskedAt || in.Memory.FailedAt != before.Memory.FailedAt
	}
	return in.Verdict == power.Open || in.Verdict.Reached() && m.Run.Outcome != runs.OutcomeWaiting
}

// shown is the status to draw: that of the last sighting, or that there was none.
func shown(in power.Instance, action power.Action) string {
	doubt := in.Memory.Doubt
	switch {
	case in.Verdict.Reached():
		return action.Way().To
	case in.Verdict == power.Missing,
		in.Verdict == power.Open && doubt != nil && doubt.Of == power.DoubtAbsent,
		in.Verdict == power.TimedOut && strings.HasPrefix(in.Note, "absent "):
		return absent
	}
	return in.Status
}

// see takes in a sighting. Between two looks that differ the older status is drawn
// faint, because the change came at an unknown time.
func (t *track) see(status string, at time.Time) {
	if n := len(t.spans); n > 0 {
		last := &t.spans[n-1]
		if last.Status == status {
			last.To = at
			return
		}
		t.spans = append(t.spans, span{Status: last.Status, From: last.To, To: at, Faint: true})
	}
	t.spans = append(t.spans, span{Status: status, From: at, To: at})
}

// requests marks what came of requests since the document before.
func (t *track) requests(before, in power.Instance, at time.Time) {
	was, is := before.Memory, in.Memory
	add := func(that bool, kind markKind, unix int64, note string) {
		if that {
			t.marks = append(t.marks, mark{kind, timeOr(unix, at), note})
		}
	}
	asked := is.AskedAt != 0 && is.AskedAt != was.AskedAt
	more := in.Requests > before.Requests
	add(more, accepted, is.AskedAt, "")
	add(asked && !more, unanswered, is.AskedAt, "")
	failed := is.FailedAt != 0 && is.FailedAt != was.FailedAt
	add(failed && is.Rejections > 0, refused, is.FailedAt, in.Note)
	add(failed && is.Rejections == 0, unsent, is.FailedAt, in.Note)
}

// timeOr is the time of Unix seconds; of 0, the other one.
func timeOr(unix int64, other time.Time) time.Time {
	if unix == 0 {
		return other
	}
	return time.Unix(unix, 0)
}

// finish draws what is still open to the end of the picture, faintly.
func (t *track) finish(end time.Time) {
	if n := len(t.spans); n > 0 && (t.last.Verdict == power.Open || t.last.Verdict.Reached()) {
		if last := t.spans[n-1]; last.To.Before(end) {
			t.spans = append(t.spans, span{Status: last.Status, From: last.To, To: end, Faint: true})
		}
	}
}
