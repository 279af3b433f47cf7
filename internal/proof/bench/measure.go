package main

import (
	"context"

	"zenstop/internal/proof/bench/virtual"
)

// measured is everything that is measured in virtual time.
type measured struct {
	Bands   []bandFigures
	Fleets  []fleetFigures
	besides map[int]int // calls of a run besides those of its checks, by the number of instances
	// State transitions of a look, and of a run besides its looks.
	perLook, fixed float64
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
// from those that stopped.
type fleetFigures struct {
	virtual.Fleets
	Zenstop, Blind virtual.FleetFigures
}

// bounded reports whether these are the fleets that have a bound.
func (f fleetFigures) bounded() bool { return f.Size == 100 && f.Deviation == 0.15 }

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

// measure measures in virtual time.
func measure(ctx context.Context, e effort) (m measured, err error) {
	zenstop, err := virtual.Load()
	if err != nil {
		return m, err
	}
	for _, band := range virtual.Bands() {
		f, err := measureBand(ctx, band, zenstop, e)
		if err != nil {
			return m, err
		}
		m.Bands = append(m.Bands, f)
	}
	if m.Fleets, err = measureFleets(ctx, zenstop, e.fleets); err != nil {
		return m, err
	}
	m.besides = map[int]int{}
	for _, n := range []int{100, 10_000} {
		watch, err := zenstop.Watch(ctx, virtual.AllAtOnce(n))
		if err != nil {
			return m, err
		}
		m.besides[n] = watch.Besides
	}
	m.perLook, m.fixed, err = zenstop.Transitions(ctx)
	return m, err
}

func measureBand(ctx context.Context, band virtual.Band, zenstop virtual.Workflow, e effort) (f bandFigures, err error) {
	f.Band = band
	own, err := band.Measure(ctx, e.grid, zenstop.Watch)
	if err != nil {
		return f, err
	}
	f.Rules = []ruleFigures{{"zenstop", own}}
	for _, rule := range []virtual.Rule{virtual.Loop(), virtual.SDKWaiter(), virtual.Terraform()} {
		other, err := band.Measure(ctx, e.sure, rule.Watch)
		if err != nil {
			return f, err
		}
		f.Rules = append(f.Rules, ruleFigures{rule.Name, other})
	}
	return f, nil
}

func measureFleets(ctx context.Context, zenstop virtual.Workflow, kinds []virtual.Fleets) (all []fleetFigures, err error) {
	blind, err := zenstop.WithoutFeedback(ctx)
	if err != nil {
		return nil, err
	}
	for _, kind := range kinds {
		f := fleetFigures{Fleets: kind}
		if f.Zenstop, err = kind.Measure(ctx, zenstop.Watch); err != nil {
			return nil, err
		}
		if f.Blind, err = kind.Measure(ctx, blind.Watch); err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
}
