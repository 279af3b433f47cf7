package picture

// sample is one entry of the legend.
type sample struct {
	box
	Mark string // class of a mark instead of a bar
}

// legend places what the bars and the marks mean, four in a line.
func (l *layout) legend() {
	const perLine, each = 4, (width - 16) / 4
	l.y += lineHeight
	for i, s := range samples() {
		if i > 0 && i%perLine == 0 {
			l.y += lineHeight + 2
		}
		s.X, s.Y, s.W = 8+i%perLine*each, l.y+14-s.H, 28
		s.LabelY = l.y + 12
		l.Legend = append(l.Legend, s)
	}
	l.y += 2 * lineHeight
}

func samples() []sample {
	bar := func(class string, height int, label string) sample {
		return sample{box: box{Class: class, H: height, Label: label}}
	}
	marks := func(class, label string) sample { return sample{box{H: 14, Label: label}, class} }
	return []sample{
		bar("running", 16, "RUNNING"), bar("stopping", 11, "STOPPING"), bar("stopped", 5, "STOPPED"), bar("starting", 11, "PENDING, CREATING, INSTALLING or BOOTING"),
		bar("recycled", 9, "in the recycle bin"), bar("absent", 9, "left out of Zenlayer's answer"), bar("other", 16, "another status, in its hover text"), bar("mixed", 16, "the instances of the row differ"),
		bar("running faint", 16, "faint: last seen so, no look since then showed it"), marks(string(accepted), "request accepted"), marks(string(unanswered), "request without an answer"), marks(string(refused), "request rejected for this instance"),
		marks(string(unsent), "request not sent, or without effect"), marks(string(takenBack), "verdict revoked: shown otherwise"), marks("callCheckStatus", "call that worked (tall: plan or requests)"), marks("failed", "failed call; grey until the next that worked"),
		bar("hold", 16, "the run holds: nothing is asked for yet"), marks("warning", "warning sent"),
		marks("rest", "verdict given, not looked at any more"),
	}
}
