package main

import (
	"fmt"
	"strings"
	"time"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/text"
)

// display shows the progress of a run. On a terminal it rewrites one line;
// elsewhere it prints a line for each change.
type display struct {
	*screen

	last string // what stands there, without the time
}

// show shows how far the run is.
func (d *display) show(p stack.Progress) {
	tally := p.Tally()
	what := describe(p, tally)
	line := fmt.Sprintf("%-7s %4.0fs  %s", "run", p.Elapsed.Seconds(), what)
	switch {
	case d.columns != nil:
		fmt.Fprint(d, "\r\x1b[K"+d.paint(colourOf(tally), text.Cut(line, max(1, d.columns()-1)))) // a line that wraps cannot be rewritten
	case what != d.last:
		fmt.Fprintln(d, line)
	}
	d.last = what
}

// end leaves the line that is rewritten.
func (d *display) end() {
	if d.columns != nil && d.last != "" {
		fmt.Fprintln(d)
	}
}

// describe says how many instances of how many are where they should be, who is kept, and in
// which state of the workflow the run is. An empty state is that of a run that has not started.
func describe(p stack.Progress, t stack.Tally) string {
	if p.State == "" {
		return "waiting for the run to start"
	}
	action := p.Action()
	parts := []string{"no instances to " + string(action)}
	if t.All() > 0 {
		parts[0] = fmt.Sprintf("%*d of %d %s", len(fmt.Sprint(t.All())), t.Reached, t.All(), action.Way().Done)
	}
	for _, other := range []struct {
		n    int
		what string
	}{{t.Failed, "failed"}, {t.OnTheWay, strings.ToLower(action.Way().Through)}, {t.Ahead, strings.ToLower(action.Way().From)}, {t.Other, "other"}, {t.Unseen, "not seen yet"}} {
		if other.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", other.n, other.what))
		}
	}
	if t.Kept > 0 {
		parts = append(parts, kept(t.Kept, p.KeptUntil()))
	}
	if until := p.Holds(); !until.IsZero() {
		parts = append(parts, "holds until "+clock(until))
	}
	return fmt.Sprintf("%-42s state %s", strings.Join(parts, ", "), p.State)
}

// kept says how many instances are kept, and when a run comes back to the first of
// them; the zero time is never.
func kept(n int, first time.Time) string {
	switch {
	case first.IsZero():
		return fmt.Sprintf("%d kept", n)
	case n == 1:
		return "1 kept until " + clock(first)
	}
	return fmt.Sprintf("%d kept, the first until %s", n, clock(first))
}

// clock is a time with its day, as a keep may last for months.
func clock(t time.Time) string { return t.UTC().Format("2 Jan 15:04:05 UTC") }

// colourOf is red once an instance has failed, and green when all are where they should be.
func colourOf(t stack.Tally) string {
	switch {
	case t.Failed > 0:
		return red
	case t.All() > 0 && t.Reached == t.All():
		return green
	}
	return ""
}
