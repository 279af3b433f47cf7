package main

import (
	"context"
	"time"
)

// starts is how the functions start, how large they are, and how much memory a plan takes.
type starts struct {
	Functions   []startOf // StopFunction, StatusFunction, and an empty function of aws-lambda-go
	PeakMemory  int64     // bytes of StopFunction after a plan of 10,000 instances
	Connections int       // to Zenlayer, opened by two plans
	SecretReads int       // by the same two plans
}

// startOf is one function.
type startOf struct {
	Name  string
	Start time.Duration // from the start of the process to its first request for work, the median
	Ratio float64       // over that of the empty function
	Zip   int64         // bytes of its zip file
}

// measureStarts measures n starts of each function.
//
// THE PLACE TO CALL start.Measure(ctx, root, n) of internal/bench/start: its Report has
// the fields of starts. While this returns nil, the page says nothing of the start.
func measureStarts(context.Context, string, int) (*starts, error) { return nil, nil } //nolint:nilnil // nil: not measured yet

// Milliseconds is the start as the page shows it.
func (s startOf) Milliseconds() float64 { return float64(s.Start) / float64(time.Millisecond) }

// Megabytes is the size as the page shows it.
func (s startOf) Megabytes() float64 { return float64(s.Zip) / 1e6 }

// Megabytes is the memory as the page shows it.
func (s starts) Megabytes() float64 { return float64(s.PeakMemory) / 1e6 }

// figures are the ratio of the start, the size and the memory.
func (s starts) figures() []figure {
	ratio, zip := 0.0, 0.0
	for _, f := range s.Functions[:len(s.Functions)-1] {
		ratio, zip = max(ratio, f.Ratio), max(zip, f.Megabytes())
	}
	empty := s.Functions[len(s.Functions)-1]
	return []figure{
		{"process start to the first request for work, over an empty function: the slower of the two functions", "1.9", []number{{ratio, 1.4, 2, ""}}, "1.0: the empty function"},
		{"largest function, zipped", "4.4 MB", []number{{zip, 3.5, 1, " MB"}}, number{value: empty.Megabytes(), decimals: 1, unit: " MB"}.String() + ": the empty function"},
		{"memory of StopFunction, 10,000 instances", "28 MB", []number{{s.Megabytes(), 40, 0, " MB"}}, ""},
	}
}
