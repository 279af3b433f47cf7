package picture

import (
	"fmt"
	"html/template"
	"time"
)

// Places in the picture, in pixels.
const (
	width      = 1400
	plotLeft   = 250
	plotRight  = 930
	sideLeft   = plotRight + 12
	rowHeight  = 22 // of one instance
	verdictGap = 24 // sign and spaces
	headHeight = 28
	lineHeight = 18
	laneHeight = 20
)

// view is what the templates show: texts and places.
type view struct {
	Style             template.CSS
	Alone             bool // an image of its own, with a head
	Title, Headline   string
	Mood              string // class of the headline: good, bad or open
	Summary           string
	Notes             []string
	Facts             [][2]string
	Bad               []reason
	Failures          []failure
	Head              []textAt
	Ticks             []textAt
	Deadline          *textAt
	Outages           []box
	Hold              *box
	Calls, Failed     []textAt
	Heads             []textAt
	Rows              []drawn
	Legend            []sample
	Width, Height     int
	Left, Right       int
	Top, Bottom, Side int // of the plot
}

// textAt is a text at a place, with what hovering over it shows.
type textAt struct {
	X, Y        int
	Text, Title string
	Class       string
}

// box is a rectangle with a text in it.
type box struct {
	X, Y, W, H          int
	Class, Title, Label string
	LabelY              int
}

// reason says of one instance why it is not stopped.
type reason struct {
	Name, ID, Verdict, Since, Why string
	Stops                         int
}

// failure says which call failed, how often in a row, and why.
type failure struct{ When, Call, Error, Cause string }

type layout struct {
	*chart
	view
	y int
}

func layOut(c *chart, alone bool) view {
	l := &layout{chart: c, view: view{Alone: alone, Width: width, Left: plotLeft, Right: plotRight, Side: sideLeft}}
	l.words()
	if alone {
		l.head()
	}
	l.lanes()
	l.body()
	l.Bottom = l.y
	l.axis()
	l.legend()
	l.Height = l.y
	return l.view
}

// x is the place of a time.
func (l *layout) x(t time.Time) int {
	all := max(l.to.Sub(l.left), time.Second)
	share := float64(t.Sub(l.left)) / float64(all)
	return plotLeft + int(min(max(share, 0), 1)*(plotRight-plotLeft))
}

// lanes are the two lines above the rows: calls that worked, and calls that failed.
func (l *layout) lanes() {
	l.y += 2 * lineHeight // the axis and the deadline
	l.Top = l.y
	l.Outages = l.gaps("", l.y, 2*laneHeight)
	for _, m := range l.calls {
		title := fmt.Sprintf("%s  %s of %s worked", clock(m.At), m.State, m.Run.Name)
		l.Calls = append(l.Calls, textAt{X: l.x(m.At), Y: l.y + laneHeight/2, Title: title, Class: "call" + m.State})
	}
	l.warned()
	l.y += laneHeight
	for _, m := range l.failures {
		title := fmt.Sprintf("%s  %s of %s failed: %s\n%s", clock(m.At), m.State, m.Run.Name, m.Error, m.message())
		l.Failed = append(l.Failed, textAt{X: l.x(m.At), Y: l.y + laneHeight/2, Title: title})
	}
	l.y += laneHeight + 4
}

// body places the rows, with a line above each of the three classes.
func (l *layout) body() {
	above := ""
	for _, r := range l.rows {
		if class := r.class(); class != above {
			above = class
			l.Heads = append(l.Heads, textAt{X: 8, Y: l.y + headHeight - 8, Text: fmt.Sprintf("%s: %d", l.heading(class), l.countOf(class)), Class: class})
			l.y += headHeight
		}
		l.Rows = append(l.Rows, l.row(r))
		l.y += rowHeight
	}
	if len(l.rows) == 0 {
		l.Heads = append(l.Heads, textAt{X: 8, Y: l.y + headHeight - 8, Text: "The run document names no instance."})
		l.y += headHeight
	}
}
