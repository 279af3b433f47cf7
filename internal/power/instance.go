package power

import (
	"fmt"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// Instance is one instance of a run.
type Instance struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`     // as Zenlayer shows it, in one printable line of at most 64 characters; empty where the document would grow too large
	Before   string  `json:"before"`   // status at the first sighting that was not a glitch; empty when never seen
	Status   string  `json:"status"`   // status at the last sighting; empty when never seen
	Requests int     `json:"requests"` // accepted calls of the action that named it
	Verdict  Verdict `json:"verdict"`
	Seconds  int     `json:"seconds"`        // from the last request to the first sighting in the status To of the action; 0 without either
	Note     string  `json:"note,omitempty"` // why, in at most 100 characters

	// KeepUntil is the time of the keep tag of a KEPT instance. A run of its own comes
	// back to it then. An open instance has it until its row is read again. Keeps is how
	// often the tag was set to a later time meanwhile.
	KeepUntil *time.Time `json:"keepUntil,omitempty"`
	Keeps     int        `json:"keeps,omitempty"`

	Memory Memory `json:"memory,omitzero"`
}

// The longest texts of an instance.
const (
	MaxName   = 64  // characters
	MaxStatus = 16  // characters, of a status that the vendor may invent tomorrow
	MaxNote   = 100 // characters
)

// Bytes that a name and a note take at most in a document. They bound the largest row.
const (
	MaxNameBytes = 130
	MaxNoteBytes = 160
)

// New is an instance that was seen once, with this status; an empty status: never.
func (a Action) New(id, status string, now time.Time) Instance {
	in := Instance{ID: id, Before: status, Status: status}
	if status != "" {
		in.observeStatus("", Rules{Action: a}, now)
	}
	return in
}

// Close gives the instance a verdict, with a note on why; an empty note leaves the one that
// it has.
func (in *Instance) Close(v Verdict, note string) {
	in.Verdict, in.Memory.Doubt = v, nil
	if v != Kept {
		in.KeepUntil, in.Keeps, in.Memory.KeepEnded = nil, 0, 0
	}
	if note != "" {
		in.SetNote(note)
	}
}

// SetNote notes why, as one printable line of limited length.
func (in *Instance) SetNote(s string) { in.Note = text.Brief(s, MaxNote, MaxNoteBytes) }

// OverLimit closes an instance that may not be asked for, as the run has asked for as
// many as it may. One that was KEPT until a moment ago is left for the
// run that comes back, whose limit has room for it.
func (a Action) OverLimit(in *Instance, limit int) {
	if in.Memory.KeepEnded != 0 {
		in.KeepOn()
		return
	}
	in.Close(Refused, fmt.Sprintf("not asked to "+string(a)+": the limit (maxInstances) is %d", limit))
}

// MayAsk reports whether this run may come to ask for it, as far as the newest sighting
// tells.
func (a Action) MayAsk(in *Instance) bool {
	if in.Verdict != Open || in.Memory.Unmatched {
		return false
	}
	return in.Hidden() || in.Status != "" && !a.isFar(in.Status) && !isRecycled(in.Status) && !isFailed(in.Status)
}

// Hidden reports whether no answer shows its status, because Zenlayer rejects calls that ask for it or
// its row cannot be read, so that it may have any.
func (in *Instance) Hidden() bool {
	return in.Verdict == Open && in.Status == "" && (in.Memory.Doubt.Is(DoubtRejected) || in.Memory.Doubt.Is(DoubtUnreadable))
}

// Unreadable reports whether the newest answer had its row in a form that cannot be read.
func (in *Instance) Unreadable() bool {
	return in.Verdict == Open && in.Memory.Doubt.Is(DoubtUnreadable)
}

// MayBeNear reports whether the action may be ahead of it, seen or not.
func (a Action) MayBeNear(in *Instance) bool {
	return a.MayAsk(in) || in.Verdict == Open && in.Status == "" && !in.Memory.Unmatched
}

func isRecycled(status string) bool {
	return status == zenlayer.StatusRecycle || status == zenlayer.StatusRecycling
}

func isFailed(status string) bool {
	return status == zenlayer.StatusCreateFailed || status == zenlayer.StatusInstallFailed
}

// Label is what a person knows the instance by.
func (in *Instance) Label() string {
	if in.Name == "" || in.Name == in.ID {
		return in.ID
	}
	return fmt.Sprintf("%s (%s)", in.ID, in.Name)
}

// NoteAbsent is how the note of an instance of a dry run begins that Zenlayer does not list.
const NoteAbsent = "not found in one answer"

// Prospect says what would happen to an open instance.
func (a Action) Prospect(in *Instance) string {
	if in.Hidden() || in.Unreadable() {
		return in.Note
	}
	switch in.Status {
	case "":
		if !in.Memory.Doubt.Is(DoubtAbsent) {
			return "no answer about it: would be looked at again"
		}
		return NoteAbsent + ": would be looked for again"
	case a.Way().From:
		return "is " + a.Way().From + ": would be " + a.Way().Done
	}
	switch {
	case a.isFar(in.Status):
		return "is " + in.Status + ": would be watched until " + a.Way().To
	case a.IsNear(in.Status):
		return "is " + in.Status + ": would be " + a.Way().Done + " once " + a.Way().From
	}
	return "has an unknown status: would be watched, and " + a.Way().Done + " once " + a.Way().From
}

// HandedOver is the status under which a part gets the instance: what the plan saw, if it
// is one of those that decide anything. It is "" where the plan saw that the instance is
// not to be touched: then the part looks at it twice before it may ask for it, so
// that one answer without the protect tag, say, does not undo what the plan saw.
func (a Action) HandedOver(in *Instance) string {
	known := a.IsNear(in.Status) || a.isFar(in.Status) || isRecycled(in.Status) || isFailed(in.Status)
	if in.Memory.Spared || in.Memory.Unmatched || !known {
		return ""
	}
	return in.Status
}
