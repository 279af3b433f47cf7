package main

import (
	"path/filepath"

	"zenstop/internal/bench/plots"
	"zenstop/internal/bench/scale"
	"zenstop/internal/bench/virtual"
)

// drawFrontier draws a panel for each band. What lies beyond the axes is left out.
func drawFrontier(dir string, bands []bandFigures) error {
	var panels []plots.Panel
	for _, b := range bands {
		p := plots.Panel{
			Title: "STOPPED after " + b.Name, X: "DescribeInstances calls", Y: "mean lateness (s)",
			MaxX: max((b.From+b.To).Seconds()/30+3, 1.1*b.rules[0].Calls), MaxY: 60, Legend: plots.Nowhere,
		}
		fixed := plots.Series{Name: "fixed intervals, 5 to 120 s"}
		for _, f := range b.frontier {
			if f.Calls <= p.MaxX && f.Mean <= p.MaxY {
				fixed.XY = append(fixed.XY, xy(f))
			}
		}
		p.Lines = []plots.Series{fixed}
		for i, r := range b.rules {
			if r.Calls <= p.MaxX {
				p.Points = append(p.Points, plots.Series{Name: r.name, Look: i, XY: []plots.XY{xy(r.Figures)}})
			}
		}
		panels = append(panels, p)
	}
	panels[0].Legend = plots.TopRight
	return plots.Write(filepath.Join(dir, "frontier.svg"), panels...)
}

func xy(f virtual.Figures) plots.XY { return plots.XY{X: f.Calls, Y: f.Mean} }

// drawScale draws calls and time over the number of instances, both on logarithmic
// axes: what grows in proportion is a straight line of slope 1.
func drawScale(dir string, points []scale.Point) error {
	var calls, ideal, took, atRate plots.Series
	calls.Name, ideal.Name, took.Name, atRate.Name = "zenstop", "ideal", "zenstop", "ideal calls / rate"
	for _, p := range points {
		n, least := float64(p.Instances), float64(scale.Ideal(p.Instances))
		calls.XY = append(calls.XY, plots.XY{X: n, Y: float64(p.Calls)})
		ideal.XY = append(ideal.XY, plots.XY{X: n, Y: least})
		took.XY = append(took.XY, plots.XY{X: n, Y: p.Took.Seconds()})
		atRate.XY = append(atRate.XY, plots.XY{X: n, Y: least / scale.Rate})
	}
	return plots.Write(
		filepath.Join(dir, "scale.svg"),
		plots.Panel{
			Title: "Calls until the last stop", X: "instances", Y: "calls", Log: true, Legend: plots.TopLeft,
			Lines: []plots.Series{ideal}, Points: []plots.Series{calls},
		},
		plots.Panel{
			Title: "Time until the last stop", X: "instances", Y: "seconds", Log: true, Legend: plots.TopLeft,
			Lines: []plots.Series{atRate}, Points: []plots.Series{took},
		},
	)
}

// drawStarts draws a bar for each function.
func drawStarts(dir string, lines []startLine) error {
	var bars []plots.Bar
	for _, l := range lines {
		bars = append(bars, plots.Bar{Name: l.Name, Value: l.Milliseconds})
	}
	return plots.WriteBars(filepath.Join(dir, "start.svg"), "Process start to the first request for work", "milliseconds", bars)
}
