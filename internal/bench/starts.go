package main

import (
	"time"

	"zenstop/internal/bench/start"
)

// startLine is a function as the page shows it.
type startLine struct {
	Name         string
	Ratio        float64 // over the start of the empty function
	Milliseconds float64
	Megabytes    float64 // of the binary for one processor, zipped
	Package      float64 // megabytes of the zip file with both
}

func startLines(functions []start.Function) []startLine {
	var lines []startLine
	for _, f := range functions {
		lines = append(lines, startLine{f.Name, f.Ratio, float64(f.Start) / float64(time.Millisecond), float64(f.Zip) / 1e6, float64(f.Package) / 1e6})
	}
	return lines
}

// startFigures are the ratio of the start, the size and the memory. The last function is the empty one.
func startFigures(r start.Report) []figure {
	lines := startLines(r.Functions)
	empty := lines[len(lines)-1]
	ratio, size := 0.0, 0.0
	for _, l := range lines[:len(lines)-1] {
		ratio, size = max(ratio, l.Ratio), max(size, l.Megabytes)
	}
	return []figure{
		{"process start to the first request for work, over an empty function: the slower of the two functions", "1.9", []number{{ratio, 1.4, 2, ""}}, "1.0: the empty function"},
		{"largest binary for one processor, zipped", "4.4 MB", []number{{size, 3.5, 1, " MB"}}, number{value: empty.Megabytes, decimals: 1, unit: " MB"}.String() + ": the empty function"},
		{"memory of StopFunction, 10,000 instances", "28 MB", []number{{float64(r.Plan.PeakMemory) / 1e6, 40, 0, " MB"}}, ""},
	}
}
