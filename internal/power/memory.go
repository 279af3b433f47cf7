package power

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Memory is what the rules need to remember of an instance from one look to the
// next. Nobody else relies on it. Times are Unix seconds.
type Memory struct {
	AskedAt    int64  // the last request that was accepted or may have been
	WasNear    bool   // was seen on the near side of the action, or on its way, in this run
	Fars       int    // sightings in a row, up to 2, on the far side
	CameBack   bool   // was on the near side in two answers in a row, or in Back after To, in this run
	Went       bool   // went to the far side in this run: where it is back, somebody wants it so
	Failures   int    // attempts in a row that had no answer, a retryable error or a rejection
	FailedAt   int64  // the last of them that surely had no effect
	Rejections int    // rejections of this instance alone, up to 2, since it was last accepted or went to the far side
	MaxBatch   int    // largest batch it may be sent in while a culprit is searched; 0: no search
	KeepEnded  int64  // was KEPT in this run until then, and is open since; 0: not so
	Unmatched  bool   // when the filter was resolved, the answers did not show whether it matches
	LeftOver   bool   // is KEPT again after that: the run that comes back goes on with it
	Due        bool   // the round of requests that comes next may name it
	Perhaps    bool   // such a round broke off, and may have named it
	Restore    bool   // of a report, or of a row that the run before has handed on: it is to be started again
	SeenAt     int64  // the newest answer that showed its status: it says when the status was true
	Spared     bool   // the newest sighting is not to be touched: it carries the protect tag, or a keep tag that holds, or cannot be read
	Doubt      *Doubt // nil: the newest sighting is believed
}

// memory is how a document holds a Memory: in few bytes, because a thousand of them must
// fit.
type memory struct {
	A int64  `json:"a,omitempty"` // AskedAt
	S string `json:"s,omitempty"` // a letter for each that is true: see letters
	N int    `json:"n,omitempty"` // Failures
	F int64  `json:"f,omitempty"` // FailedAt
	B int    `json:"b,omitempty"` // MaxBatch
	K int64  `json:"k,omitempty"` // KeepEnded
	T int64  `json:"t,omitempty"` // SeenAt
	D *doubt `json:"d,omitempty"` // Doubt
}

// doubt is how a document holds a Doubt: an array of its letter, its count and since when.
type doubt struct {
	of    string
	count int
	since int64
}

// MarshalJSON encodes it as an array.
func (d doubt) MarshalJSON() ([]byte, error) { return json.Marshal([]any{d.of, d.count, d.since}) }

// UnmarshalJSON decodes the array.
func (d *doubt) UnmarshalJSON(text []byte) error {
	var of [3]json.RawMessage
	if err := json.Unmarshal(text, &of); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal(of[0], &d.of), json.Unmarshal(of[1], &d.count), json.Unmarshal(of[2], &d.since))
}

// doubts are what a doubt can be of, each with its letter in a document.
func doubts() map[string]string {
	return map[string]string{
		DoubtAbsent: "a", DoubtRejected: "n", DoubtUnreadable: "x", DoubtReached: "s", DoubtBack: "r", DoubtRecycled: "b", DoubtFailed: "f",
	}
}

// letters are those of S: was near, came back, went, rejected once or twice, left over, unmatched,
// spared, due, perhaps, restore, and once or twice far.
func (m *Memory) letters() string {
	var s strings.Builder
	for _, l := range []struct {
		is     bool
		letter string
	}{{m.WasNear, "u"}, {m.CameBack, "c"}, {m.Went, "w"}, {m.Rejections == 1, "n"}, {m.Rejections == 2, "N"}, {m.LeftOver, "e"}, {m.Unmatched, "m"}, {m.Spared, "p"}, {m.Due, "d"}, {m.Perhaps, "h"}, {m.Restore, "g"}, {m.Fars == 1, "1"}, {m.Fars == 2, "2"}} {
		if l.is {
			s.WriteString(l.letter)
		}
	}
	return s.String()
}

// MarshalJSON encodes the memory as the document holds it.
func (m Memory) MarshalJSON() ([]byte, error) {
	short := memory{A: m.AskedAt, S: m.letters(), N: m.Failures, F: m.FailedAt, B: m.MaxBatch, K: m.KeepEnded, T: m.SeenAt}
	if d := m.Doubt; d != nil {
		short.D = &doubt{doubts()[d.Of], d.Count, d.Since}
	}
	return json.Marshal(short)
}

// UnmarshalJSON decodes what MarshalJSON encodes. A doubt of an unknown kind is an error.
func (m *Memory) UnmarshalJSON(text []byte) error {
	var short memory
	if err := json.Unmarshal(text, &short); err != nil {
		return err
	}
	has := func(letter string) bool { return strings.Contains(short.S, letter) }
	*m = Memory{AskedAt: short.A, WasNear: has("u"), CameBack: has("c"), Went: has("w"), Rejections: countOfLetters(has("n"), has("N")), LeftOver: has("e"), Unmatched: has("m"), Spared: has("p"), Due: has("d"), Perhaps: has("h"), Restore: has("g"), Failures: short.N, FailedAt: short.F, MaxBatch: short.B, KeepEnded: short.K, SeenAt: short.T}
	m.Fars = countOfLetters(has("1"), has("2"))
	if short.D == nil {
		return nil
	}
	for of, letter := range doubts() {
		if letter == short.D.of {
			m.Doubt = &Doubt{of, short.D.count, short.D.since}
			return nil
		}
	}
	return fmt.Errorf("a doubt of the unknown kind %.20q", short.D.of)
}

// countOfLetters is the count that one letter stands for, or the other.
func countOfLetters(one, two bool) int { return max(0, slices.Index([]bool{false, one, two}, true)) }

// Least is the smallest of its counts: none may be negative.
func (m *Memory) Least() int {
	least := min(m.Failures, m.MaxBatch)
	if m.Doubt != nil {
		least = min(least, m.Doubt.Count)
	}
	return least
}
