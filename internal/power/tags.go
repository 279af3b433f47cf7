package power

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// Rules are what the verdicts of a run depend on: its action, and settings of the stack.
type Rules struct {
	Action Action

	ProtectTagKey string         // instances with this tag are never touched; empty: none
	KeepTagKey    string         // instances with this tag are not touched before the time that it names; empty: none
	Zone          *time.Location // of a keep tag without an offset; nil: it is not known, so such a tag cannot be read

	CheckOnly bool // the run asks for nothing
	OneAnswer bool // the run is a dry run, and says what one answer shows
}

// longestKeep is how long before its time a keep is believed: no run holds for longer,
// and what it has written must be readable when it wakes up.
const longestKeep = 100 * 24 * time.Hour

// kept is what a keep tag says at some moment.
type kept struct {
	holds bool      // the instance is not to be touched
	until time.Time // zero where nobody can tell
	note  string
}

// protects says by which tag the instance is protected, or nothing.
func (rules Rules) protects(row zenlayer.Instance) string {
	for _, t := range tagsOf(row, rules.ProtectTagKey) {
		return spelt(t, rules.ProtectTagKey)
	}
	return ""
}

// keeps says what the keep tags of the instance say: of several, the one that holds
// longest.
func (rules Rules) keeps(row zenlayer.Instance, now time.Time) kept {
	var longest kept
	for _, t := range tagsOf(row, rules.KeepTagKey) {
		k := rules.read(t.Value, now)
		if k.holds && t.Key != rules.KeepTagKey {
			k.note += "; " + spelt(t, rules.KeepTagKey)
		}
		if k.holds && (!longest.holds || !longest.until.IsZero() && (k.until.IsZero() || k.until.After(longest.until))) {
			longest = k
		}
	}
	return longest
}

// read reads the value of a keep tag. One that nobody can read keeps the instance.
func (rules Rules) read(value string, now time.Time) kept {
	until, err := keepTime(value, rules.Zone)
	switch {
	case err != nil:
		return kept{holds: true, note: fmt.Sprintf("the tag %s %s: %.40q", rules.KeepTagKey, err, value)}
	case until.Sub(now) > longestKeep:
		return kept{holds: true, note: fmt.Sprintf("the tag %s names a time more than %d days ahead", rules.KeepTagKey, longestKeep/(24*time.Hour))}
	case !until.After(now):
		return kept{}
	}
	until = WholeSecond(until)
	return kept{holds: true, until: until, note: "is kept until " + until.Format(time.RFC3339)}
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
	return fmt.Sprintf("the tag %q counts as %s", text.Cut(t.Key, 40), key)
}
