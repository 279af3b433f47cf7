package shutdown

import (
	"fmt"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// Instance is one instance of a run.
type Instance struct {
	ID           string  `json:"id"`
	Name         string  `json:"name"`         // as Zenlayer shows it, in one printable line of at most 64 characters; empty where the document would grow too large
	Before       string  `json:"before"`       // status at the first sighting that was not a glitch; empty when never seen
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

	spared bool // the newest sighting is not to be touched: it carries the protect tag, or a keep tag that holds, or cannot be read
}

const (
	maxName   = 64  // characters
	maxStatus = 16  // characters, of a status that the vendor may invent tomorrow
	maxNote   = 100 // characters
)

// Bytes that a name and a note take at most in a document. They bound the largest row.
const (
	maxNameBytes = 130
	maxNoteBytes = 160
)

func (in *Instance) close(v Verdict, note string) {
	in.Verdict, in.Memory.Doubt = v, nil
	if v != Kept {
		in.KeepUntil, in.Keeps, in.Memory.KeepEnded = nil, 0, 0
	}
	if note != "" {
		in.note(note)
	}
}

func (in *Instance) note(s string) { in.Note = brief(s, maxNote, maxNoteBytes) }

// brief makes one printable line of a text, of at most so many characters and, in
// JSON, so many bytes: a character may take six.
func brief(s string, characters, bytes int) string {
	s = text.Line(s)
	for {
		short := text.Cut(s, characters)
		over := bytesOf(short) - bytes
		if over <= 0 {
			return short
		}
		characters -= (over + 5) / 6
	}
}

// bytesOf is how many bytes a printable text takes in JSON, without its quotes.
func bytesOf(s string) int {
	bytes := len(s)
	for _, c := range s {
		switch c {
		case '"', '\\':
			bytes++
		case '<', '>', '&':
			bytes += 5
		}
	}
	return bytes
}

// overLimit closes an instance that may not be asked to stop, as the run has
// asked for as many as it may. One that was KEPT until a moment ago is left for the
// run that comes back, whose limit has room for it.
func (in *Instance) overLimit(limit int) {
	if in.Memory.KeepEnded != 0 {
		in.keepOn()
		return
	}
	in.close(RefusedStop, fmt.Sprintf("not asked to stop: the limit (maxInstances) is %d", limit))
}

// mayBeStopped reports whether this run may come to ask for a stop of it, as far as
// the newest sighting tells.
func (in *Instance) mayBeStopped() bool {
	if in.Verdict != Open || in.Memory.Unmatched {
		return false
	}
	return in.hidden() || in.Status != "" && !isDown(in.Status) && !isRecycled(in.Status) && !isFailed(in.Status)
}

// hidden reports whether Zenlayer refuses to show it, so that it may have any status.
func (in *Instance) hidden() bool {
	return in.Status == "" && (in.Memory.Doubt.is(DoubtRefused) || in.Memory.Doubt.is(DoubtUnreadable))
}

// mayRun reports whether it may be RUNNING, seen or not.
func (in *Instance) mayRun() bool {
	return in.mayBeStopped() || in.Verdict == Open && in.Status == "" && !in.Memory.Unmatched
}

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

func isRecycled(status string) bool {
	return status == zenlayer.StatusRecycle || status == zenlayer.StatusRecycling
}

func isFailed(status string) bool {
	return status == zenlayer.StatusCreateFailed || status == zenlayer.StatusInstallFailed
}
