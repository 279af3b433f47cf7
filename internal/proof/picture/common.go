package picture

import (
	"maps"
	"slices"
	"time"
)

// common are the spans of several instances in one row: MIXED where they differ.
func common(rows []row) []span {
	edges := map[int64]time.Time{}
	for _, r := range rows {
		for _, s := range r.spans {
			edges[s.From.UnixNano()], edges[s.To.UnixNano()] = s.From, s.To
		}
	}
	times := slices.SortedFunc(maps.Values(edges), time.Time.Compare)
	var all []span
	for i := range len(times) - 1 {
		s := agreed(rows, times[i])
		if s.From, s.To = times[i], times[i+1]; s.Status == "" {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Status == s.Status && all[n-1].Faint == s.Faint && all[n-1].To.Equal(s.From) {
			all[n-1].To = s.To
			continue
		}
		all = append(all, s)
	}
	return all
}

// agreed is the status that all have from that time on, MIXED where they differ and
// empty where none has one. It is faint where it is for one of them.
func agreed(rows []row, at time.Time) (is span) {
	for i, r := range rows {
		s := r.statusAt(at)
		if i > 0 && s.Status != is.Status {
			return span{Status: mixed}
		}
		is.Status, is.Faint = s.Status, is.Faint || s.Faint
	}
	return is
}

func (t *track) statusAt(at time.Time) span {
	for _, s := range t.spans {
		if !s.From.After(at) && at.Before(s.To) {
			return s
		}
	}
	return span{}
}
