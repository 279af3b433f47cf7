package main

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"zenstop/internal/proof/bench/virtual"
)

// measured is everything that is measured in virtual time.
type measured struct {
	Bands  []bandFigures
	Fleets []fleetFigures
	// Runs for 100 and for 10,000 instances that stop within a minute, and one for an instance
	// that stops after an hour.
	small, large, long virtual.Watch
}

// bandFigures are those of every rule in one band, zenstop first.
type bandFigures struct {
	virtual.Band
	Rules []ruleFigures
}

type ruleFigures struct {
	Name string
	virtual.Figures
}

// fleetFigures are those of fleets of one kind. Blind is zenstop without what it learns
// from those that stopped: it looks when zenstop does while no instance has.
type fleetFigures struct {
	virtual.Fleets
	Zenstop, Blind virtual.FleetFigures
}

// Percent is the deviation in percent of the mean.
func (f fleetFigures) Percent() float64 { return 100 * f.Deviation }

// effort says how much is measured: less for the tests.
type effort struct {
	grid   int              // times to STOPPED for zenstop in each band
	sure   int              // the same for a rule that costs nothing to carry out
	fleets []virtual.Fleets // those that have a bound must be among them
}

func full() effort {
	e := effort{grid: 480, sure: 9600}
	for _, size := range []int{10, 100, 1000} {
		for _, deviation := range []float64{0.05, 0.15, 0.50} {
			e.fleets = append(e.fleets, virtual.Fleets{Count: min(300, 40_000/size), Size: size, Deviation: deviation})
		}
	}
	return e
}

// measure measures in virtual time. What the functions log meanwhile goes nowhere.
func measure(ctx context.Context, e effort) (m measured, err error) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	zenstop, err := virtual.Load()
	if err != nil {
		return m, err
	}
	for _, band := range virtual.Bands() {
		f := bandFigures{Band: band, Rules: []ruleFigures{{Name: "zenstop"}}}
		if f.Rules[0].Figures, err = band.Measure(ctx, e.grid, zenstop.Watch); err != nil {
			return m, err
		}
		for _, rule := range []virtual.Rule{ // Terraform's provider for AWS looks every 10 s while an instance stops
			virtual.Fixed("Step Functions loop of 30 s", 30*time.Second), virtual.SDKWaiter(), virtual.Fixed("Terraform", 10*time.Second),
		} {
			other, err := band.Measure(ctx, e.sure, rule.Watch)
			if err != nil {
				return m, err
			}
			f.Rules = append(f.Rules, ruleFigures{rule.Name, other})
		}
		m.Bands = append(m.Bands, f)
	}
	for run, stops := range map[*virtual.Watch][]time.Duration{
		&m.small: slices.Repeat([]time.Duration{time.Minute}, 100), &m.large: slices.Repeat([]time.Duration{time.Minute}, 10_000), &m.long: {time.Hour},
	} {
		if *run, err = zenstop.Watch(ctx, stops); err != nil {
			return m, err
		}
	}
	for _, kind := range e.fleets {
		f := fleetFigures{Fleets: kind}
		if f.Zenstop, err = kind.Measure(ctx, zenstop.Watch); err != nil {
			return m, err
		}
		if f.Blind, err = kind.Measure(ctx, virtual.At(m.long.Looks).Watch); err != nil {
			return m, err
		}
		m.Fleets = append(m.Fleets, f)
	}
	return m, nil
}
