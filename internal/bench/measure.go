package main

import (
	"context"

	"zenstop/internal/bench/virtual"
)

// measured is everything that is measured in virtual time.
type measured struct {
	bands  []bandFigures
	fleets []fleetFigures
	calls  map[int]virtual.Watch // by the number of instances
	// State transitions of a look, and of a run besides its looks.
	perLook, fixed float64
}

// bandFigures are those of every rule in one band, zenstop first.
type bandFigures struct {
	virtual.Band
	rules []ruleFigures
}

type ruleFigures struct {
	name string
	virtual.Figures
}

// fleetFigures are those of fleets of one kind.
type fleetFigures struct {
	virtual.Fleets
	zenstop, blind, loop virtual.FleetFigures
}

// effort says how much is measured: less for the tests.
type effort struct {
	grid   int              // times to STOPPED for zenstop in each band
	sure   int              // the same for a rule that costs nothing to carry out
	fleets []virtual.Fleets // the first of them is that of the table of figures
	sizes  []int            // of runs whose calls are counted
}

func full() effort {
	e := effort{grid: 480, sure: 9600, fleets: []virtual.Fleets{{Count: 300, Size: 100, Deviation: 0.15}}, sizes: []int{100, 1000, 10_000}}
	for _, size := range []int{10, 30, 100, 1000} {
		for _, deviation := range []float64{0.05, 0.15, 0.30, 0.50} {
			f := virtual.Fleets{Count: min(300, 40_000/size), Size: size, Deviation: deviation}
			if f != e.fleets[0] {
				e.fleets = append(e.fleets, f)
			}
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
		m.bands = append(m.bands, f)
	}
	if m.fleets, err = measureFleets(ctx, zenstop, e.fleets); err != nil {
		return m, err
	}
	m.calls = map[int]virtual.Watch{}
	for _, n := range e.sizes {
		if m.calls[n], err = zenstop.Watch(ctx, virtual.AllAtOnce(n)); err != nil {
			return m, err
		}
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
	f.rules = []ruleFigures{{"zenstop", own}}
	for _, rule := range []virtual.Rule{virtual.Loop(), virtual.SDKWaiter(), virtual.Terraform()} {
		other, err := band.Measure(ctx, e.sure, rule.Watch)
		if err != nil {
			return f, err
		}
		f.rules = append(f.rules, ruleFigures{rule.Name, other})
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
		for figures, watch := range map[*virtual.FleetFigures]virtual.Watcher{&f.zenstop: zenstop.Watch, &f.blind: blind.Watch, &f.loop: virtual.Loop().Watch} {
			if *figures, err = kind.Measure(ctx, watch); err != nil {
				return nil, err
			}
		}
		all = append(all, f)
	}
	return all, nil
}
