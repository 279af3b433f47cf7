package main

import (
	_ "embed"
	"fmt"
	"io"
	"slices"
	"text/template"
	"time"

	"zenstop/internal/bench/scale"
	"zenstop/internal/bench/start"
	"zenstop/internal/bench/virtual"
)

//go:embed performance.md.tmpl
var pageText string

// page is what the template of docs/performance.md needs.
type page struct {
	Date, Machine            string
	Figures                  []figureLine
	Rules                    []ruleLine
	Fleets                   []fleetLine
	Latency, StopTakes       time.Duration
	Rate                     int
	Scale                    []scaleLine
	PaperCalls, PaperSeconds int
	PaperLook                int // seconds
	Starts                   []startLine
	Picking                  float64 // milliseconds
	Memory                   float64 // megabytes of StopFunction after a plan of 10,000 instances
	Plan                     start.Plan
}

type figureLine struct{ What, Before, Now, Bound, Compare string }

type ruleLine struct {
	Band, Name string
	virtual.Figures
	Ratio float64
}

type fleetLine struct {
	Size                 int
	Percent              float64
	Zenstop, Blind, Loop virtual.FleetFigures
}

type scaleLine struct {
	scale.Point
	Ideal int
}

// write writes the page as Markdown.
func (p page) write(w io.Writer) error {
	t, err := template.New("page").Parse(pageText)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

func newPage(m measured, points []scale.Point, r start.Report, now time.Time) page {
	p := page{
		Date: now.UTC().Format("2 January 2006"), Machine: machine(),
		Latency: scale.Latency, StopTakes: scale.StopTakes, Rate: scale.Rate,
		Starts: startLines(r.Functions), Picking: float64(r.Picking) / float64(time.Millisecond), Memory: float64(r.Plan.PeakMemory) / 1e6, Plan: r.Plan,
	}
	for _, f := range figures(m, points, r) {
		bound := f.shown(number.bound)
		if !f.reached() {
			bound += " (missed)"
		}
		p.Figures = append(p.Figures, figureLine{f.what, f.before, f.shown(number.String), bound, f.compare})
	}
	for _, b := range m.bands {
		for _, r := range b.rules {
			p.Rules = append(p.Rules, ruleLine{b.Name, r.name, r.Figures, r.AgainstFixed(b.Band)})
		}
	}
	for _, f := range m.fleets {
		p.Fleets = append(p.Fleets, fleetLine{f.Size, 100 * f.Deviation, f.zenstop, f.blind, f.loop})
	}
	for _, point := range points {
		p.Scale = append(p.Scale, scaleLine{point, scale.Ideal(point.Instances)})
	}
	p.PaperCalls = 10 * m.calls[10_000].Besides
	p.PaperSeconds, p.PaperLook = p.PaperCalls/scale.Rate, 1000/scale.Rate
	return p
}

// figures are all of the table, ratios first.
func figures(m measured, points []scale.Point, r start.Report) []figure {
	counted, large := m.counted(), scaleFigures(points[len(points)-1])
	own := startFigures(r)
	return slices.Concat(counted[:2], large[:1], own[:1], counted[2:], large[1:], own[1:])
}

// scaleFigures are those of the largest run on the local AWS.
func scaleFigures(p scale.Point) []figure {
	run := fmt.Sprintf("%d instances by one event, %d ms latency, %d requests a second", p.Instances, scale.Latency.Milliseconds(), scale.Rate)
	ideal := scale.Ideal(p.Instances)
	return []figure{
		{run + fmt.Sprintf(": time until the last stop is accepted, over (%d calls / rate)", ideal), "3.89", []number{{p.Ratio(), 1.3, 2, ""}}, ""},
		{
			fmt.Sprintf("%s: calls until then, %d of them throttled", run, p.Throttled), "984, 397 of them throttled",
			[]number{whole(p.Calls, 240)},
			fmt.Sprintf("%d: pages, looks before the stop, and stops", ideal),
		},
	}
}
