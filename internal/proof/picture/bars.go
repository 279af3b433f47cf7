package picture

import (
	"cmp"
	"fmt"
	"strings"

	"zenstop/internal/power"
)

// drawn is a row with its places.
type drawn struct {
	Y               int
	Name, ID, Facts string
	Gaps, Bars      []box // gaps: no call worked then
	Marks           []textAt
	Rest            *textAt // from the verdict on, where the run looks no more
	Sign, Class     string
	Verdict, Why    string
}

func (r *row) class() string {
	switch v := r.last.Verdict; {
	case v == power.Open:
		return "open"
	case v.Good():
		return "good"
	}
	return "bad"
}

// heading is what stands above the rows of a class.
func (c *chart) heading(class string) string {
	done := c.run.Action.Way().Done
	return map[string]string{"bad": "Not " + done, "open": "No verdict", "good": strings.ToUpper(done[:1]) + done[1:] + ", or rightly left alone"}[class]
}

func (r *row) verdict() string { return cmp.Or(string(r.last.Verdict), "no verdict") }

// countOf is how many instances the rows of a class have.
func (c *chart) countOf(class string) int {
	n := 0
	for _, r := range c.rows {
		if r.class() == class {
			n += r.Count
		}
	}
	return n
}

func (l *layout) row(r row) drawn {
	d := drawn{Y: l.y, Facts: r.facts(), Class: r.class(), Verdict: r.verdict()}
	d.Gaps = l.gaps(r.run, l.y, rowHeight)
	d.Name = fit(r.name(), plotLeft-40)
	d.ID = fit(r.id(), plotLeft-40-pixels(d.Name))
	d.Sign = map[string]string{"good": "✓", "bad": "✗", "open": "?"}[d.Class]
	d.Why = fit(r.why(), width-sideLeft-verdictGap-pixels(d.Verdict))
	if over := r.verdictAt; d.Class == "bad" && l.x(over) < plotRight-2 {
		d.Rest = &textAt{X: l.x(over) + 4, Y: l.y + 16, Title: d.Verdict + " since " + clock(over) + ": the run looks at it no more"}
	}
	for i := range r.spans {
		d.Bars = append(d.Bars, l.bar(r.spans, i))
	}
	for _, m := range r.marks {
		d.Marks = append(d.Marks, textAt{X: l.x(m.At), Y: l.y + rowHeight/2, Title: clock(m.At) + "  " + m.words(), Class: string(m.Kind)})
	}
	return d
}

// bar places one span. The tops of the bars differ too, so that a bar goes down as
// the instance does, in black and white as well.
func (l *layout) bar(spans []span, i int) box {
	const thin = 3 // what one look has shown is to be seen
	s := spans[i]
	height := map[string]int{"stopped": 5, "stopping": 11, "starting": 11, "absent": 9, "recycled": 9}[look(s.Status)]
	if height == 0 {
		height = 16
	}
	b := box{X: l.x(s.From), Y: l.y + 3 + 16 - height, H: height, Class: look(s.Status), LabelY: l.y + 15}
	if b.W = l.x(s.To) - b.X; b.W < thin && !s.Faint {
		b.W = thin
	}
	b.Title = fmt.Sprintf("%s in every look from %s to %s (%s to %s after the start)", s.Status, clock(s.From), clock(s.To), l.after(s.From), l.after(s.To))
	if s.Faint {
		b.Class += " faint"
		b.Title = fmt.Sprintf("last seen %s at %s; nothing is known until %s", s.Status, clock(s.From), clock(s.To))
	}
	if newStatus := i == 0 || spans[i-1].Status != s.Status; newStatus && b.W > 7*len(s.Status)+8 {
		b.Label = s.Status
	}
	return b
}
