package main

import (
	"fmt"
	"strconv"
	"strings"

	"zenstop/internal/proof/bench/scale"
	"zenstop/internal/proof/bench/start"
)

// figure is a line of the table of figures: measured values and their bounds.
type figure struct {
	What, Measured, Bound, Compare string
	Missed                         bool // one of the bounds
}

// number is a measured value and the most that it may be.
type number struct {
	value, atMost float64
	decimals      int // that are shown
	unit          string
}

// held is a figure of these numbers. A value is held to its bound as it is shown.
func held(what, compare string, numbers ...number) figure {
	f := figure{What: what, Compare: compare}
	var measured, bounds []string
	for _, n := range numbers {
		shown := strconv.FormatFloat(n.value, 'f', n.decimals, 64)
		measured, bounds = append(measured, shown+n.unit), append(bounds, fmt.Sprintf("≤ %g%s", n.atMost, n.unit))
		if value, err := strconv.ParseFloat(shown, 64); err != nil || value > n.atMost {
			f.Missed = true
		}
	}
	f.Measured, f.Bound = strings.Join(measured, " / "), strings.Join(bounds, " / ")
	if f.Missed {
		f.Bound += " (missed)"
	}
	return f
}

// counted are the figures that are the same on each machine. The tests hold them to their bounds.
func (m measured) counted() []figure {
	worst, clustered := 0.0, 0.0
	for _, b := range m.Bands {
		worst = max(worst, b.Rules[0].AgainstFixed(b.Band))
	}
	for _, f := range m.Fleets {
		if f.Size == 100 && f.Deviation == 0.15 {
			clustered = f.Zenstop.Ratio
		}
	}
	perLook := float64(m.long.Transitions-m.small.Transitions) / float64(len(m.long.Looks)-len(m.small.Looks))
	band := func(i int, calls, mean, p99 float64) figure {
		own := m.Bands[i].Rules[0].Figures
		return held("one instance, or all at once, that stops after "+m.Bands[i].Name+": DescribeInstances calls / mean lateness / p99", "other rules: see the next table",
			number{own.Calls, calls, 1, ""}, number{own.Mean, mean, 1, " s"}, number{own.P99, p99, 0, " s"})
	}
	return []figure{
		held("calls x mean lateness, over the same of a fixed interval with this lateness; the worst of the three bands below; the look that confirms the last stop is counted",
			"1.0: no rule does better in one band without foreknowledge and without confirming", number{worst, 1.45, 2, ""}),
		held("a fleet of 100 whose stops cluster (normal, mean 2 to 10 minutes, deviation 15 %): calls x mean lateness, over half of the time to the last stop",
			"1.0: any fixed interval", number{clustered, 0.8, 2, ""}),
		band(0, 4, 12, 24), band(1, 14, 17, 36), band(2, 30, 20, 42),
		held("calls of Zenlayer besides the looks of CheckStatus, 100 instances and nothing goes wrong", "without verifying: 2", number{float64(m.small.Besides), 4, 0, ""}),
		held("the same, 10,000 instances, where nothing is throttled", "210: 10 pages, 100 looks before the stop, 100 stops", number{float64(m.large.Besides), 240, 0, ""}),
		held("state transitions: of a look / of a run besides", "30 s loop: 3 / 5",
			number{perLook, 3, 0, ""}, number{float64(m.small.Transitions) - perLook*float64(len(m.small.Looks)), 12, 0, ""}),
	}
}

// scaleFigures are those of the largest run on the local AWS.
func scaleFigures(p scale.Point) []figure {
	run := fmt.Sprintf("%d instances by one event, %d ms latency, %d requests a second", p.Instances, scale.Latency.Milliseconds(), scale.Rate)
	ideal := scale.Ideal(p.Instances)
	return []figure{
		held(run+fmt.Sprintf(": time until the last stop is accepted, over (%d calls / rate)", ideal), "", number{p.Ratio(), 1.3, 2, ""}),
		held(fmt.Sprintf("%s: calls until then, %d of them throttled", run, p.Throttled), fmt.Sprintf("%d: pages, looks before the stop, and stops", ideal),
			number{float64(p.Calls), 240, 0, ""}),
	}
}

// startFigures are the ratio of the start and the size. The last function is the empty one.
func startFigures(r start.Report) []figure {
	stop, status, empty := r.Functions[0], r.Functions[1], r.Functions[2]
	return []figure{
		held("process start to the first request for work, over an empty function: the slower of the two functions", "1.0: the empty function",
			number{max(stop.Ratio, status.Ratio), 1.4, 2, ""}),
		held("largest binary for one processor, zipped", megabytes(empty.Zip)+": the empty function", number{float64(max(stop.Zip, status.Zip)) / 1e6, 3.5, 1, " MB"}),
	}
}

func megabytes(bytes int) string { return fmt.Sprintf("%.1f MB", float64(bytes)/1e6) }
