package picture

import (
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// StateWarn is the state of the workflow that sends the warning. It hands on the
// document that it was given, and is a moment all the same.
const StateWarn = "Warn"

// hold is the time in which a run waits for the time that its warning gave, at which a keep
// ends, or of a start.
type hold struct{ from, until time.Time }

// wait takes in whether the run holds, and whether it has warned.
func (c *chart) wait(m *Moment) {
	if m.State == StateWarn {
		c.warnings = append(c.warnings, m.At)
	}
	if until := heldUntil(m.Run); c.held == nil && holds(m.Run) && m.At.Before(*until) {
		c.held = &hold{m.At, *until}
	}
}

func holds(run runs.Run) bool {
	return heldUntil(run) != nil && !run.Planned && run.Outcome == runs.OutcomeWaiting
}

// heldUntil is the time before which the run asks for nothing; nil: it need not hold.
func heldUntil(run runs.Run) *time.Time {
	if run.Action == power.Start {
		return run.StartAt
	}
	return run.StopAt
}

// frame sets where the picture begins and ends. One of a run that holds goes up to the
// end of that. A keep may last for months: a hold has at most half as much of the
// picture as what comes after it, but a minute in any case.
func (c *chart) frame() {
	c.left = c.from
	if c.held != nil && c.run.Outcome != runs.OutcomeWaiting && c.to.Before(c.held.until) {
		c.held = nil // its warning could not be sent
	}
	if c.held == nil {
		return
	}
	if holds(c.run) && c.held.until.After(c.to) {
		c.to = c.held.until
		return
	}
	after := max(c.to.Sub(c.held.until)/2, time.Minute)
	if latest := c.held.until.Add(-after); latest.After(c.left) {
		c.left = latest
	}
}

// hold places the band of the hold, and the words above it.
func (l *layout) hold() {
	if l.held == nil {
		return
	}
	from, until := l.x(l.held.from), l.x(l.held.until)
	l.Hold = &box{
		X: from, Y: l.Top, W: max(2, until-from), H: l.Bottom - l.Top, Label: "holds until " + l.day(l.held.until), LabelY: l.Top - 6 - lineHeight,
		Title: "holds from " + moment(l.held.from) + " until " + moment(l.held.until) + ": nothing is asked for before",
	}
}

// warned places a mark for each warning in the line of the calls.
func (l *layout) warned() {
	for _, at := range l.warnings {
		l.Calls = append(l.Calls, textAt{X: l.x(at), Y: l.y + laneHeight/2, Title: moment(at) + "  the warning was sent: what will be stopped, and when", Class: "warning"})
	}
}

// day is a time of the day, with its date where that is another one than at the start.
func (c *chart) day(t time.Time) string {
	if t.UTC().YearDay() == c.from.UTC().YearDay() && t.UTC().Year() == c.from.UTC().Year() {
		return clock(t)
	}
	return moment(t)
}

// moment is a time with its date, as a hold may last for months.
func moment(t time.Time) string { return t.UTC().Format(time.DateTime) }
