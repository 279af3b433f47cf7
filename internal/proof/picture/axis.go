package picture

import "time"

// axis places the ticks and the deadline, once the plot's height is known.
func (l *layout) axis() {
	step := l.step()
	for t := l.left; !t.After(l.to); t = t.Add(step) {
		l.Ticks = append(l.Ticks, textAt{X: l.x(t), Y: l.Top - 6, Text: clock(t), Title: l.after(t) + " after the start"})
	}
	if d := l.run.Deadline; !d.IsZero() && !d.After(l.to) {
		l.Deadline = &textAt{X: l.x(d), Y: l.Top - 6 - lineHeight, Text: "deadline " + clock(d)}
	}
	l.hold()
}

// gaps are the outages of an execution, as boxes of a height.
func (l *layout) gaps(run string, y, height int) []box {
	var all []box
	for _, w := range l.outages {
		if w.run == run || run == "" {
			b := box{X: l.x(w.from), Y: y, H: height, Title: "no call of " + w.run + " worked from " + clock(w.from) + " to " + clock(w.to)}
			b.W = max(2, l.x(w.to)-b.X)
			all = append(all, b)
		}
	}
	return all
}

// step is the time between two ticks: there are at most eight.
func (c *chart) step() time.Duration {
	const most = 8
	all := c.to.Sub(c.left)
	for _, step := range []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 20 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour,
	} {
		if all <= most*step {
			return step
		}
	}
	return max(all/most, time.Hour)
}
