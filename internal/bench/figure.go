package main

import (
	"fmt"
	"math"
	"strings"
)

// figure is a line of the table of figures.
type figure struct {
	what    string
	before  string // the same, measured by this program on the commit before the work on it
	got     []number
	compare string
}

// number is a measured value and its bound.
type number struct {
	value, atMost float64
	decimals      int // that are shown
	unit          string
}

// rounded is the value as it is shown.
func (n number) rounded() float64 {
	shift := math.Pow10(n.decimals)
	return math.Round(n.value*shift) / shift
}

// reached reports whether the value as it is shown keeps to its bound.
func (n number) reached() bool { return n.rounded() <= n.atMost }

func (n number) String() string { return fmt.Sprintf("%.*f%s", n.decimals, n.value, n.unit) }

func (n number) bound() string { return fmt.Sprintf("≤ %g%s", n.atMost, n.unit) }

// shown joins the numbers or the bounds of a figure.
func (f figure) shown(text func(number) string) string {
	all := make([]string, len(f.got))
	for i, n := range f.got {
		all[i] = text(n)
	}
	return strings.Join(all, " / ")
}

func (f figure) reached() bool {
	for _, n := range f.got {
		if !n.reached() {
			return false
		}
	}
	return true
}

// counted are the figures that are the same on each machine. The tests hold them to their bounds.
func (m measured) counted() []figure {
	worst := 0.0
	for _, b := range m.bands {
		worst = max(worst, b.rules[0].AgainstFixed(b.Band))
	}
	return []figure{
		{
			"calls x mean lateness, over the same of a fixed interval with this lateness; the worst of the three bands below; the look that confirms the last stop is counted", "1.16",
			[]number{{worst, 1.45, 2, ""}},
			"1.0: no rule does better in one band without foreknowledge and without confirming",
		},
		{
			"a fleet of 100 whose stops cluster (normal, mean 2 to 10 minutes, deviation 15 %): calls x mean lateness, over half of the time to the last stop", "0.72",
			[]number{{m.fleets[0].zenstop.Ratio, 0.8, 2, ""}},
			"1.0: any fixed interval",
		},
		m.bands[1].figure("13.0 / 16.9 s / 34 s", 14, 17, 36),
		m.bands[0].figure("3.0 / 11.7 s / 24 s", 4, 12, 24),
		m.bands[2].figure("28.9 / 17.0 s / 34 s", 30, 20, 42),
		{
			"calls of Zenlayer besides the looks of CheckStatus, 100 instances and nothing goes wrong", "3",
			[]number{whole(m.calls[100].Besides, 4)},
			"without verifying: 2",
		},
		{
			"the same, 10,000 instances, where nothing is throttled", "220",
			[]number{whole(m.calls[10_000].Besides, 240)},
			"210: 10 pages, 100 looks before the stop, 100 stops",
		},
		{
			"state transitions: of a look / of a run besides", "3 / 10",
			[]number{{m.perLook, 3, 0, ""}, {m.fixed, 12, 0, ""}},
			"30 s loop: 3 / 5",
		},
	}
}

func whole(value, atMost int) number { return number{float64(value), float64(atMost), 0, ""} }

func (b bandFigures) figure(before string, calls, mean, p99 float64) figure {
	own := b.rules[0].Figures
	var others []string
	for _, r := range b.rules[1:] {
		others = append(others, fmt.Sprintf("%s: %.1f / %.0f / %.0f", r.name, r.Calls, r.Mean, r.P99))
	}
	return figure{
		"one instance, or all at once, that stops after " + b.Name + ": DescribeInstances calls / mean lateness / p99", before,
		[]number{{own.Calls, calls, 1, ""}, {own.Mean, mean, 1, " s"}, {own.P99, p99, 0, " s"}},
		strings.Join(others, "; "),
	}
}
