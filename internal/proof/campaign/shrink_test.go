package campaign

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/sim"
)

// maxTold is how many stories are told at most to shorten one.
const maxTold = 400

// Explain tells what a finding needs to show: the shortest story, and the command
// that repeats the whole one.
func Explain(t *testing.T, f Finding) string {
	defer quiet()()
	s := shortest(workflow(t), draw(f.Seed), func(m *asl.Machine, s *story) bool { return breaks(tell(t, m, s), f) })
	lines := append([]string{f.String(), "The shortest story that shows it:"}, s.lines()...)
	return strings.Join(lines, "\n  ") + fmt.Sprintf("\n  Repeat the whole: make campaign RUNS=1 SEED=%d", f.Seed)
}

// breaks reports whether a result breaks the same rule.
func breaks(r *Result, f Finding) bool {
	return slices.ContainsFunc(r.Findings, func(o Finding) bool { return o.Kind == f.Kind && o.Rule == f.Rule })
}

// shortest leaves one thing after another out of a story, and keeps to what still
// shows the finding, until nothing more can be left out.
func shortest(m *asl.Machine, s *story, shows func(*asl.Machine, *story) bool) *story {
	told := 0
	for found := true; found; {
		found = false
		for shorter := range s.shorter() {
			if told++; told > maxTold {
				return s
			}
			if shows(m, shorter) {
				s, found = shorter, true
				break
			}
		}
	}
	return s
}

// shorter yields stories that are this one without one thing: first half of the
// fleet, then what goes wrong, then what is odd.
func (s *story) shorter() iter.Seq[*story] {
	return func(yield func(*story) bool) {
		for _, change := range s.changes() {
			c := s.clone()
			change(c)
			if !yield(c) {
				return
			}
		}
	}
}

func (s *story) changes() []func(*story) {
	var all []func(*story)
	if n := len(s.fleet); n > 1 && s.twist != tooMany {
		all = append(all, func(s *story) { s.fleet = s.fleet[:n/2] }, func(s *story) { s.fleet = s.fleet[n/2:] })
		if n <= 8 {
			for i := range n {
				all = append(all, func(s *story) { s.fleet = slices.Delete(s.fleet, i, i+1) })
			}
		}
	}
	for i := range s.troubles {
		all = append(all, func(s *story) { s.troubles = slices.Delete(s.troubles, i, i+1) })
	}
	for i := range s.deliveries {
		if len(s.deliveries) > 1 {
			all = append(all, func(s *story) { s.deliveries = slices.Delete(s.deliveries, i, i+1) })
		}
	}
	for i := range s.fleet {
		if len(s.fleet[i].quirks)+len(s.fleet[i].later) > 0 {
			all = append(all, func(s *story) { s.fleet[i] = s.plain(&s.fleet[i]) })
		}
	}
	return append(all, s.simplifications()...)
}

// plain is the same instance without what is odd about it.
func (s *story) plain(m *member) member {
	if s.starts() {
		return member{Instance: sim.Instance{ID: m.ID, Status: sim.StatusStopped, BootTakes: m.BootTakes, Tags: map[string]string{groupTag: group}}}
	}
	return member{Instance: sim.Instance{ID: m.ID, StopTakes: m.StopTakes, Tags: map[string]string{groupTag: group}}}
}

// simplifications set what is not needed to nothing.
func (s *story) simplifications() []func(*story) {
	var all []func(*story)
	when := func(that bool, change func(*story)) {
		if that {
			all = append(all, change)
		}
	}
	when(s.deliveries[0] > 0, func(s *story) { s.deliveries[0] = 0 })
	when(s.warning() > 0, func(s *story) { s.stackWarn, s.warnMinutes = 0, -1 })
	when(s.eventLimit > 0 && s.edge == "", func(s *story) { s.eventLimit = 0 })
	when(s.dawn != nil && s.dawn.change > 0, func(s *story) { d := *s.dawn; d.change = 0; s.dawn = &d })
	when(s.rival != nil, func(s *story) { s.rival = nil })
	when(s.dawn != nil, func(s *story) { s.dawn = nil })
	when(s.others > 0, func(s *story) { s.others = 0 })
	when(s.listsAll, func(s *story) { s.listsAll = false })
	when(s.direct > 0, func(s *story) { s.direct = 0 })
	when(s.latency > 0, func(s *story) { s.latency = 0 })
	when(s.pageSizeCap > 0, func(s *story) { s.pageSizeCap = 0 })
	when(s.shuffle, func(s *story) { s.shuffle = false })
	when(s.filter && s.twist == plain, func(s *story) { s.filter = false })
	when(s.twist != plain, func(s *story) { s.twist = plain })
	when(s.source != "zenstop", func(s *story) { s.source = "zenstop" })
	return all
}
