package virtual

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"
)

// Fleets are fleets whose instances stop at about the same time: the times to STOPPED of a
// fleet are normal with a mean that is drawn evenly from 2 to 10 minutes.
type Fleets struct {
	Count     int     // of fleets
	Size      int     // instances of each
	Deviation float64 // standard deviation over the mean
}

// FleetFigures are means over all of them.
type FleetFigures struct {
	Looks float64 // DescribeInstances calls over those that one look at the whole fleet takes
	Late  float64 // mean lateness of the instances in seconds
	Ratio float64 // looks times mean lateness, over half of the time to the last STOPPED: 1 for any fixed interval
}

// Measure draws the fleets from a fixed seed and watches one after another.
func (f Fleets) Measure(ctx context.Context, watch Watcher) (FleetFigures, error) {
	all := f.draw()
	each := make([]FleetFigures, len(all))
	err := sideBySide(ctx, len(all), func(ctx context.Context, i int) error {
		w, err := watch(ctx, all[i])
		if err != nil {
			return err
		}
		looks, late := float64(w.Calls)/float64(callsForAll(f.Size)), mean(w.Late)
		each[i] = FleetFigures{looks, late, looks * late / (slices.Max(all[i]).Seconds() / 2)}
		return nil
	})
	var sum FleetFigures
	for _, e := range each {
		sum.Looks += e.Looks / float64(len(all))
		sum.Late += e.Late / float64(len(all))
		sum.Ratio += e.Ratio / float64(len(all))
	}
	return sum, err
}

// draw makes the times to STOPPED of each fleet.
func (f Fleets) draw() [][]time.Duration {
	chance := rand.New(rand.NewPCG(uint64(f.Size), 11)) //nolint:gosec // the figures must be repeatable
	all := make([][]time.Duration, f.Count)
	for i := range all {
		mean := 120 + 480*chance.Float64() // seconds
		for range f.Size {
			seconds := max(1, mean*(1+f.Deviation*chance.NormFloat64()))
			all[i] = append(all[i], time.Duration(seconds*float64(time.Second)))
		}
	}
	return all
}
