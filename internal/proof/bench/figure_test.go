package main

import (
	"testing"

	"zenstop/internal/proof/bench/virtual"
)

func TestCallsTransitionsAndLatenessKeepToTheirBounds(t *testing.T) {
	m, err := measure(t.Context(), effort{
		grid: 233, sure: 233,
		fleets: []virtual.Fleets{{Count: 60, Size: 100, Deviation: 0.15}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.counted() {
		if f.Missed {
			t.Errorf("%s: %s, want %s", f.What, f.Measured, f.Bound)
		}
	}
}

func TestANumberIsHeldToItsBoundAsItIsShown(t *testing.T) {
	for value, want := range map[float64]bool{0.804: true, 0.806: false, 0.5: true} {
		if got := !held("", "", number{value: value, atMost: 0.8, decimals: 2}).Missed; got != want {
			t.Errorf("%v is within 0.8: %t, want %t", value, got, want)
		}
	}
}
