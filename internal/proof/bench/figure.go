package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"zenstop/internal/proof/bench/scale"
	"zenstop/internal/proof/bench/start"
)

// figure is a line of the table of figures.
type figure struct {
	What    string
	got     []number
	Compare string
}

// number is a measured value and its bound.
type number struct {
	value, atMost float64
	decimals      int // that are shown
	unit          string
}

func whole(value, atMost int) number { return number{float64(value), float64(atMost), 0, ""} }

func megabytes(bytes int64, atMost float64, decimals int) number {
	return number{float64(bytes) / 1e6, atMost, decimals, " MB"}
}

// reached reports whether the value as it is shown keeps to its bound.
func (n number) reached() bool {
	shift := math.Pow10(n.decimals)
	return math.Round(n.value*shift)/shift <= n.atMost
}

func (n number) String() string { return fmt.Sprintf("%.*f%s", n.decimals, n.value, n.unit) }

func (n number) bound() string { return fmt.Sprintf("≤ %g%s", n.atMost, n.unit) }

// Measured shows the numbers.
func (f figure) Measured() string { return f.join(number.String) }

// Bound shows the bounds of the numbers, and whether one of them is missed.
func (f figure) Bound() string {
	bounds := f.join(number.bound)
	if !f.reached() {
		bounds += " (missed)"
	}
	return bounds
}

func (f figure) join(text func(number) string) string {
	all := make([]string, len(f.got))
	for i, n := range f.got {
		all[i] = text(n)
	}
	return strings.Join(all, " / ")
}

func (f figure) reached() bool {
	return !slices.ContainsFunc(f.got, func(n number) bool { return !n.reached() })
}

// counted are the figures that are the same on each machine. The tests hold them to their bounds.
func (m measured) counted() []figure {
	worst := 0.0
	for _, b := range m.Bands {
		worst = max(worst, b.Rules[0].AgainstFixed(b.Band))
	}
	clustered := slices.IndexFunc(m.Fleets, fleetFigures.bounded)
	return []figure{
		{
			"calls x mean lateness, over the same of a fixed interval with this lateness; the worst of the three bands below; the look that confirms the last stop is counted",
			[]number{{worst, 1.45, 2, ""}},
			"1.0: no rule does better in one band without foreknowledge and without confirming",
		},
		{
			"a fleet of 100 whose stops cluster (normal, mean 2 to 10 minutes, deviation 15 %): calls x mean lateness, over half of the time to the last stop",
			[]number{{m.Fleets[clustered].Zenstop.Ratio, 0.8, 2, ""}},
			"1.0: any fixed interval",
		},
		m.Bands[0].figure(4, 12, 24),
		m.Bands[1].figure(14, 17, 36),
		m.Bands[2].figure(30, 20, 42),
		{
			"calls of Zenlayer besides the looks of CheckStatus, 100 instances and nothing goes wrong",
			[]number{whole(m.besides[100], 4)},
			"without verifying: 2",
		},
		{
			"the same, 10,000 instances, where nothing is throttled",
			[]number{whole(m.besides[10_000], 240)},
			"210: 10 pages, 100 looks before the stop, 100 stops",
		},
		{
			"state transitions: of a look / of a run besides",
			[]number{{m.perLook, 3, 0, ""}, {m.fixed, 12, 0, ""}},
			"30 s loop: 3 / 5",
		},
	}
}

// figure is that of zenstop's own rule.
func (b bandFigures) figure(calls, mean, p99 float64) figure {
	own := b.Rules[0].Figures
	return figure{
		"one instance, or all at once, that stops after " + b.Name + ": DescribeInstances calls / mean lateness / p99",
		[]number{{own.Calls, calls, 1, ""}, {own.Mean, mean, 1, " s"}, {own.P99, p99, 0, " s"}},
		"other rules: see the next table",
	}
}

// scaleFigures are those of the largest run on the local AWS.
func scaleFigures(p scale.Point) []figure {
	run := fmt.Sprintf("%d instances by one event, %d ms latency, %d requests a second", p.Instances, scale.Latency.Milliseconds(), scale.Rate)
	ideal := scale.Ideal(p.Instances)
	return []figure{
		{run + fmt.Sprintf(": time until the last stop is accepted, over (%d calls / rate)", ideal), []number{{p.Ratio(), 1.3, 2, ""}}, ""},
		{
			fmt.Sprintf("%s: calls until then, %d of them throttled", run, p.Throttled),
			[]number{whole(p.Calls, 240)},
			fmt.Sprintf("%d: pages, looks before the stop, and stops", ideal),
		},
	}
}

// startFigures are the ratio of the start, the size and the memory. The last function is the empty one.
func startFigures(r start.Report) []figure {
	last := len(r.Functions) - 1
	ratio, size := 0.0, int64(0)
	for _, f := range r.Functions[:last] {
		ratio, size = max(ratio, f.Ratio), max(size, f.Zip)
	}
	return []figure{
		{"process start to the first request for work, over an empty function: the slower of the two functions", []number{{ratio, 1.4, 2, ""}}, "1.0: the empty function"},
		{"largest binary for one processor, zipped", []number{megabytes(size, 3.5, 1)}, megabytes(r.Functions[last].Zip, 0, 1).String() + ": the empty function"},
		{"memory of StopFunction, 10,000 instances", []number{megabytes(r.Plan.PeakMemory, 40, 0)}, ""},
	}
}
