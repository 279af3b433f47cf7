package shutdown

import (
	"unicode/utf8"
)

// rowBytes is what an instance takes in a document beside its id, once nothing
// is left of its name and note.
const rowBytes = 190

// chunks cuts the instances by number, and by bytes. It goes by the ids alone:
// each delivery of an event must cut alike, or the parts would have other names
// and run twice.
func (r *Run) chunks() [][]Instance {
	var chunks [][]Instance
	size, from := 0, 0
	for i := range r.Instances {
		bytes := rowBytes + len(r.Instances[i].ID)
		if i-from == MaxInstancesPerRun || size+bytes > maxDocument {
			chunks, from, size = append(chunks, r.Instances[from:i:i]), i, 0
		}
		size += bytes
	}
	return append(chunks, r.Instances[from:])
}

// fit keeps the document within a payload: names go first, then notes.
func (r *Run) fit() {
	if r.bytes() <= maxDocument {
		return
	}
	for i := range r.Instances {
		r.Instances[i].Name = ""
	}
	if r.bytes() <= maxDocument {
		return
	}
	for i := range r.Instances {
		r.Instances[i].Note = ""
	}
}

func (r *Run) bytes() int {
	n := 0
	for i := range r.Instances {
		n += r.Instances[i].bytes()
	}
	return n
}

// bytes is at least what the instance takes as JSON.
func (in *Instance) bytes() int {
	n := 100 + len(in.ID) + encoded(in.Name) + encoded(in.Before) + encoded(in.Status) + len(in.Verdict)
	if in.Note != "" {
		n += 10 + encoded(in.Note)
	}
	if in.AskedAt != 0 {
		n += 24
	}
	if in.SeenStopping {
		n += 20
	}
	if in.RefusedAt != 0 {
		n += 42
	}
	if in.Batch != 0 {
		n += 11
	}
	if in.Misses != 0 {
		n += 38
	}
	if in.Doubt != nil {
		n += 60
	}
	return n
}

// encoded is how many bytes a text takes in JSON, as encoding/json escapes it.
func encoded(s string) int {
	n := len(s)
	for _, c := range s {
		switch {
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == '"' || c == '\\':
			n += 5
		case c == '\u2028' || c == '\u2029' || c == utf8.RuneError:
			n += 5
		}
	}
	return n
}
