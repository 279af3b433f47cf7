package campaign

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// lines tells the story, for a finding.
func (s *story) lines() []string {
	target := "by ids"
	if s.filter {
		target = "by a filter"
	}
	first := fmt.Sprintf("An event of %s asks for %d instances %s; the deadline is after %s, MaxInstances is %d.", s.source, len(s.fleet), target, s.timeout, s.limit)
	lines := []string{first, fmt.Sprintf("It is delivered at %v.", s.deliveries)}
	say := func(that bool, format string, args ...any) {
		if that {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	say(s.starts(), "It asks for starts.")
	say(s.eventLimit > 0, "Its maxInstances is %d.", s.eventLimit)
	say(s.edge != "", "It is a story of %s.", s.edge)
	say(s.twist != plain, "Special about it: %s.", s.twist)
	say(s.warning() > 0, "The run tells of its stops %s before it makes them.", s.warning())
	say(s.dawn != nil, "What it stops is started again: %+v.", s.dawn)
	say(s.rival != nil, "Another run has some of the same instances: %+v.", s.rival)
	say(s.others > 0, "The account has %d other instances.", s.others)
	say(s.listsAll, "Zenlayer lists them for the filter too; form of their rows %q, in the first %d (0: all).", s.otherRows, s.otherOdd)
	say(s.direct > 0, "Somebody sends a document with %d instances to StopFunction.", s.direct)
	say(s.latency > 0, "Calls of Zenlayer take up to %s.", s.latency)
	say(s.pageSizeCap > 0, "A page has at most %d rows.", s.pageSizeCap)
	say(s.shuffle, "Instances are listed in any order.")
	for i := range s.troubles {
		say(true, "%s.", s.troubles[i].String())
	}
	for i := range s.fleet {
		m := &s.fleet[i]
		say(len(m.quirks)+len(m.later) > 0, "%s: %s (%s).", m.ID, strings.Join(slices.Concat(m.quirks, m.later), ", "), m.behaviour())
	}
	return lines
}

// String says what goes wrong, and when.
func (t *trouble) String() string {
	s := string(t.kind)
	say := func(that bool, format string, args ...any) {
		if that {
			s += fmt.Sprintf(format, args...)
		}
	}
	say(t.action != "", " of %s", t.action)
	say(t.call > 0, " number %d", t.call)
	say(t.after, ", after it took effect")
	say(t.from > 0, ", from %s", t.from)
	say(t.until > 0, ", until %s", t.until)
	say(t.chance > 0, ", by chance %.2f", t.chance)
	say(t.times > 0, ", %d times", t.times)
	say(t.form != "", ", as %s", t.form)
	say(t.takes > 0, ", %s each time", t.takes)
	say(t.retryAfter > 0, ", Retry-After %s", t.retryAfter)
	return s
}

// behaviour shows the fields of an odd instance that are not zero.
func (m *member) behaviour() string {
	plain := m.Instance
	plain.Name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '·'
	}, plain.Name)
	text := fmt.Sprintf("%+v", plain)
	return strings.Join(slices.DeleteFunc(strings.Fields(strings.Trim(text, "{}")), func(field string) bool {
		_, value, _ := strings.Cut(field, ":")
		return slices.Contains([]string{"", "0", "0s", "false", "[]", "map[]"}, value)
	}), " ")
}
