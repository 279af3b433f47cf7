package main

import (
	"fmt"
	"strings"

	"zenstop/internal/local/stack"
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
	what := describe(p.State, tally)
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

// describe says how many instances of how many have stopped, and in which state of
// the workflow the run is. An empty state is that of a run that has not started.
func describe(state string, t stack.Tally) string {
	if state == "" {
		return "waiting for the run to start"
	}
	if t.ToStop() == 0 {
		return fmt.Sprintf("%-42s state %s", "no instances to stop", state)
	}
	digits := len(fmt.Sprint(t.ToStop()))
	parts := []string{fmt.Sprintf("%*d of %d stopped", digits, t.Stopped, t.ToStop())}
	for _, other := range []struct {
		n    int
		what string
	}{{t.Failed, "failed"}, {t.Stopping, "stopping"}, {t.Running, "running"}, {t.Other, "other"}, {t.Unseen, "not seen yet"}} {
		if other.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", other.n, other.what))
		}
	}
	return fmt.Sprintf("%-42s state %s", strings.Join(parts, ", "), state)
}

// colourOf is red once an instance has failed, and green when all have stopped.
func colourOf(t stack.Tally) string {
	switch {
	case t.Failed > 0:
		return red
	case t.ToStop() > 0 && t.Stopped == t.ToStop():
		return green
	}
	return ""
}
