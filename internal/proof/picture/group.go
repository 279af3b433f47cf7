package picture

import (
	"fmt"
	"slices"
	"strings"

	"zenstop/internal/power"
)

// maxRows is how many rows a picture has. Of more instances, those with equal
// timelines share a row, and where that is not enough, the rest has one row for
// each verdict.
const maxRows = 300

// row is one row of the picture: one instance, or several of the same verdict.
type row struct {
	*track         // the instance; of several, one of them
	Count   int    // how many instances
	Members string // of several, the first ids
}

// sorted returns a row for each instance: those that are not stopped first, then
// those without a verdict, then the good ones.
func sorted(tracks map[string]*track, order []string) []row {
	rows := make([]row, len(order))
	for i, id := range order {
		rows[i] = row{track: tracks[id], Count: 1}
	}
	slices.SortStableFunc(rows, func(a, b row) int { return rank(a.last.Verdict) - rank(b.last.Verdict) })
	return rows
}

// worst lists the verdicts that are not good, those first whose instances most probably are
// not as they should be.
func worst() []power.Verdict {
	return []power.Verdict{power.Running, power.Restarted, power.StoppedAgain, power.TimedOut, power.Refused, power.Unverified, power.Missing, power.Recycled}
}

func rank(v power.Verdict) int {
	const good = 100
	switch {
	case v == power.Open:
		return good - 1
	case v.Good():
		return good + slices.Index(power.Verdicts(), v)
	}
	return slices.Index(worst(), v)
}

func group(rows []row) []row {
	if len(rows) <= maxRows {
		return rows
	}
	if rows = join(rows, (*track).timeline); len(rows) <= maxRows {
		return rows
	}
	shown := maxRows - len(power.Verdicts()) - 1
	rest := join(rows[shown:], func(t *track) string { return string(t.last.Verdict) })
	return slices.Concat(rows[:shown], rest)
}

// timeline is equal for instances whose rows look the same.
func (t *track) timeline() string {
	var s strings.Builder
	fmt.Fprint(&s, t.run, t.last.Verdict, t.last.Note, t.last.Status)
	for _, p := range t.spans {
		fmt.Fprint(&s, "|", p.Status, p.From.Unix(), p.To.Unix(), p.Faint)
	}
	for _, m := range t.marks {
		fmt.Fprint(&s, "|", m.Kind, m.At.Unix(), m.Note)
	}
	return s.String()
}

// join makes one row of those with the same key.
func join(rows []row, key func(*track) string) []row {
	var keys []string
	byKey := map[string][]row{}
	for _, r := range rows {
		k := key(r.track)
		if byKey[k] == nil {
			keys = append(keys, k)
		}
		byKey[k] = append(byKey[k], r)
	}
	joined := make([]row, len(keys))
	for i, k := range keys {
		joined[i] = merge(byKey[k])
	}
	return joined
}

// merge makes one row of several. Its bar has a status where they all had it.
func merge(rows []row) row {
	if len(rows) == 1 {
		return rows[0]
	}
	first := *rows[0].track
	same := true
	merged := row{track: &first}
	var ids []string
	for _, r := range rows {
		merged.Count += r.Count
		ids = append(ids, r.last.ID)
		same = same && r.timeline() == first.timeline()
	}
	const named = 20
	if merged.Members = strings.Join(ids[:min(named, len(ids))], ", "); merged.Count > named {
		merged.Members += ", …"
	}
	if !same {
		first.spans, first.marks, first.last.Note, first.last.Status, first.run = common(rows), nil, "", "", mixed
	}
	return merged
}
