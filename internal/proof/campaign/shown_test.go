package campaign

import (
	"slices"
	"strings"
	"unicode"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// short is how many rows a document has at most that has room for all notes.
const short = 100

// fits checks that a document that a function returns fits the workflow.
func (j *judge) fits(x *execution, text []byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.result.WorstBytes = max(j.result.WorstBytes, len(text)); len(text) > asl.MaxBytes {
		j.lost("the document of %s has %d bytes, the quota is %d", x.name, len(text), asl.MaxBytes)
	}
}

// forged checks that no line of a message begins with what the name of an instance
// smuggled in.
func (j *judge) forged(x *execution, message string) {
	ends := func(r rune) bool { return strings.ContainsRune("\n\r\v\f\u0085\u2028\u2029", r) }
	for line := range slices.Values(strings.FieldsFunc(message, ends)) {
		if strings.HasPrefix(line, forged) {
			j.wrong("a message of %s has the line %q, which the name of an instance has forged", x.name, line)
			return
		}
	}
}

// printable checks that what comes from Zenlayer is printable and of one line in a
// document.
func (j *judge) printable(x *execution) {
	odd := func(r rune) bool { return !unicode.IsPrint(r) }
	for i := range x.document.Instances {
		if in := &x.document.Instances[i]; strings.ContainsFunc(in.Name, odd) || strings.ContainsFunc(in.Note, odd) {
			j.wrong("%s has the name %q and the note %q in %s, which are not printable", in.ID, in.Name, in.Note, x.name)
		}
	}
	if strings.ContainsFunc(x.document.Summary, odd) || slices.ContainsFunc(x.document.Notes, func(s string) bool { return strings.ContainsFunc(s, odd) }) {
		j.wrong("the summary of %s, or a note, is not printable: %q %q", x.name, x.document.Summary, x.document.Notes)
	}
}

// tellsOfSpelling checks that the document says so where a tag protects an instance whose
// key is the protect key but for its spelling.
func (j *judge) tellsOfSpelling(x *execution) {
	if len(x.document.Instances) > short || x.died.Load() {
		return
	}
	for i := range x.document.Instances {
		in := &x.document.Instances[i]
		m := j.world.members[in.ID]
		if m == nil || in.Verdict != power.Protected || !slices.Equal(m.quirks, []string{"protectedOtherwise"}) {
			continue
		}
		told := strings.Join(append(slices.Clone(x.document.Notes), in.Note, x.document.Summary), " ")
		if !strings.Contains(told, spelling(&m.Instance)) {
			j.wrong("%s is PROTECTED by the tag %q in %s, and no note says so: %s %q", in.ID, spelling(&m.Instance), x.name, in.Note, x.document.Notes)
		}
	}
}

// tellsOfRows checks that the document says so where the row of an instance could not be
// read for so long that it is REFUSED, and where nobody can tell of whom a row is.
func (j *judge) tellsOfRows(x *execution) {
	if x.died.Load() {
		return
	}
	for i := range x.document.Instances {
		in := &x.document.Instances[i]
		m := j.world.members[in.ID]
		if m != nil && in.Verdict == power.Refused && in.Note == "" && slices.Equal(m.quirks, []string{"unreadable"}) && len(x.document.Instances) <= short {
			j.wrong("%s is REFUSED in %s as its row cannot be read, and no note says so", in.ID, x.name)
		}
	}
	says := func(note string) bool { return strings.Contains(note, "instanceId") }
	if x.document.Outcome == runs.OutcomeFailed && x.origin == nil && x.parent == nil && x.tellsNoName() && !slices.ContainsFunc(x.document.Notes, says) {
		j.wrong("the listing of %s had a row whose instanceId could not be read, and no note says so: %q", x.name, x.document.Notes)
	}
}

// spelling is the key of the tag that protects an instance, without its blanks.
func spelling(in *sim.Instance) string {
	for key := range in.Tags {
		if key = bare(key); strings.EqualFold(key, protectTag) {
			return key
		}
	}
	return ""
}

// bare is the key of a tag without what nobody sees at its ends.
func bare(key string) string { return strings.Trim(key, " \t\u200b\ufeff") }
