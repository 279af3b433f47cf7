package main

import (
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/bench/scale"
	"zenstop/internal/proof/bench/start"
	"zenstop/internal/proof/bench/virtual"
)

func TestThePageSaysWhichBoundsAreMissed(t *testing.T) {
	m, err := measure(t.Context(), effort{grid: 3, sure: 3, fleets: []virtual.Fleets{{Count: 2, Size: 100, Deviation: 0.15}}})
	if err != nil {
		t.Fatal(err)
	}
	points := []scale.Point{{Instances: 100, Calls: 3, Took: time.Second}, {Instances: 10_000, Calls: 220, Throttled: 7, Took: 42 * time.Second}}
	functions := []start.Function{{Name: "StopFunction", Start: 3 * time.Millisecond, Ratio: 1.5}, {Name: "StatusFunction"}, {Name: "empty", Start: 2 * time.Millisecond, Ratio: 1}}
	var text strings.Builder
	if err := (page{m, points, start.Report{Functions: functions}}).write(&text, time.Now()); err != nil {
		t.Fatal(err)
	}
	// 42 s are twice the 21 s of 210 calls at 10 a second.
	for _, want := range []string{"over (210 calls / rate) | 2.00 | ≤ 1.3 (missed) |", "calls until then, 7 of them throttled | 220 | ≤ 240 |"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no line of the table has %q", want)
		}
	}
}
