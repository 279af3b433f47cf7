package picture

import (
	"fmt"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

// maxReasons is how many instances the table of reasons has.
const maxReasons = 100

// words fills in what is said above the picture.
func (l *layout) words() {
	run := &l.run
	l.Headline, l.Mood = l.headline()
	l.Title = fmt.Sprintf("zenstop run %s, %s to %s UTC", text.Line(run.Name), l.from.UTC().Format(time.DateTime), clock(l.to))
	if l.Summary = text.Line(run.Summary); l.death != nil {
		l.Summary = fmt.Sprintf("The execution ended with %s. %s Its last summary: %s", l.death.Error, l.death.message(), l.Summary)
	}
	for _, note := range run.Notes {
		l.Notes = append(l.Notes, "Note: "+text.Line(note))
	}
	l.facts()
	l.reasons()
	l.failed()
}

func (l *layout) facts() {
	run := &l.run
	add := func(name, value string) {
		if value != "" {
			l.Facts = append(l.Facts, [2]string{name, text.Line(value)})
		}
	}
	add("run", run.Name)
	add("trigger", fmt.Sprintf("%s %s", run.Trigger.Kind, run.Trigger.Name))
	add("reason", run.Trigger.Reason)
	add("started", run.StartedAt.UTC().Format(time.RFC3339))
	if run.StopAt != nil {
		add("first stop", run.StopAt.UTC().Format(time.RFC3339))
	}
	if run.StartAt != nil {
		add(map[power.Action]string{power.Stop: "starts again", power.Start: "first start"}[run.Action], run.StartAt.UTC().Format(time.RFC3339))
	}
	add("deadline", run.Deadline.UTC().Format(time.RFC3339))
	if end := l.to.UTC().Format(time.RFC3339); l.ended {
		add("ended", end)
	} else {
		add("drawn up to", end)
	}
	add("verdicts", l.counts())
	add("checks", fmt.Sprint(l.checks()))
	add("failed calls", fmt.Sprint(len(l.failures)))
}

// checks counts those of the parts too.
func (c *chart) checks() int {
	n := 0
	for _, run := range c.newest {
		n += run.Checks
	}
	return n
}

// reasons lists what is not as it should be, since when and why.
func (l *layout) reasons() {
	for i := range l.rows {
		r := &l.rows[i]
		if r.last.Verdict.Good() || len(l.Bad) == maxReasons {
			return // the good ones come last
		}
		l.Bad = append(l.Bad, reason{r.name(), r.id(), r.verdict(), r.since(l.chart), r.why(), r.last.Requests})
	}
}

// failed lists the failed calls; those that failed in the same way one after another
// are one line.
func (l *layout) failed() {
	for i := 0; i < len(l.failures); {
		m, n := &l.failures[i], 1
		for i+n < len(l.failures) && l.failures[i+n].Error == m.Error && l.failures[i+n].State == m.State {
			n++
		}
		when := clock(m.At)
		if n > 1 {
			when += fmt.Sprintf(" to %s, %d times", clock(l.failures[i+n-1].At), n)
		}
		call := m.State
		if call == "" {
			call = "execution " + m.Run.Name
		}
		l.Failures = append(l.Failures, failure{when, text.Line(call), text.Line(m.Error), m.message()})
		i += n
	}
}

// head places what a page says in its own text above the picture.
func (l *layout) head() {
	l.y = 34
	l.Head = append(l.Head, textAt{X: 8, Y: l.y, Text: l.Headline, Class: "headline " + l.Mood})
	for _, s := range append([]string{l.Title, l.Summary}, l.Notes...) {
		for _, line := range wrap(s, width-16) {
			l.y += lineHeight
			l.Head = append(l.Head, textAt{X: 8, Y: l.y, Text: line})
		}
	}
	l.y += lineHeight
}
