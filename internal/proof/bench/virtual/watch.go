// Package virtual measures zenstop in virtual time, through what it exports: how
// often a run looks, how late it sees that an instance has stopped, and how many
// calls and transitions it takes. Nothing here sleeps, so every figure is the same
// on each machine.
package virtual

import (
	"context"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// Watch is how instances were watched from their stop request until all were seen STOPPED.
type Watch struct {
	Calls       int             // DescribeInstances calls of the looks
	Besides     int             // other calls: to plan, to look before the stop, and to stop
	Transitions int             // of states; 0 for a [Rule]
	Looks       []time.Duration // when each look was, counted from the stop request
	Late        []time.Duration // of each instance: from STOPPED to the look that showed it
}

// Watcher watches instances that take these times from the stop request to STOPPED:
// the Watch method of a [Workflow] or a [Rule].
type Watcher func(ctx context.Context, stops []time.Duration) (Watch, error)

// Figures are the means over many stops.
type Figures struct {
	Calls float64 // DescribeInstances calls until STOPPED is seen
	Mean  float64 // lateness in seconds
	P99   float64 // of the lateness in seconds
}

// Band is a range of times from the stop request to STOPPED.
type Band struct {
	Name     string
	From, To time.Duration
}

// Bands are the ranges that the figures are given for.
func Bands() []Band {
	return []Band{
		{"20 to 90 seconds", 20 * time.Second, 90 * time.Second},
		{"2 to 10 minutes", 2 * time.Minute, 10 * time.Minute},
		{"10 to 20 minutes", 10 * time.Minute, 20 * time.Minute},
	}
}

// mean is the mean time to STOPPED in seconds.
func (b Band) mean() float64 { return (b.From + b.To).Seconds() / 2 }

// Measure watches one instance at a time. The times to STOPPED lie on an even grid
// of n in the band, so nothing is left to chance.
func (b Band) Measure(ctx context.Context, n int, watch Watcher) (Figures, error) {
	watches := make([]Watch, n)
	err := sideBySide(ctx, n, func(ctx context.Context, i int) (err error) {
		stop := b.From + (b.To-b.From)*time.Duration(2*i+1)/time.Duration(2*n)
		watches[i], err = watch(ctx, []time.Duration{stop})
		return err
	})
	if err != nil {
		return Figures{}, err
	}
	var f Figures
	var late []time.Duration
	for _, w := range watches {
		f.Calls += float64(w.Calls) / float64(n)
		late = append(late, w.Late...)
	}
	slices.Sort(late)
	f.Mean, f.P99 = mean(late), late[(len(late)*99+99)/100-1].Seconds()
	return f, nil
}

// AgainstFixed is calls times mean lateness, over the same of a fixed interval that
// has this mean lateness. Its interval is twice the lateness, so it takes mean/interval + 1/2 calls.
// Without foreknowledge no rule does much better than 1 in a band that is long beside its intervals.
func (f Figures) AgainstFixed(b Band) float64 {
	return f.Calls * f.Mean / (b.mean()/2 + f.Mean/2)
}

// mean is in seconds.
func mean(all []time.Duration) float64 {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return sum.Seconds() / float64(len(all))
}

// sideBySide calls f with 0 to n-1, as many at once as the machine has processors. It
// returns the first error, and ends with the context.
func sideBySide(ctx context.Context, n int, f func(ctx context.Context, i int) error) error {
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(runtime.GOMAXPROCS(0))
	for i := range n {
		all.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			return f(ctx, i)
		})
	}
	return all.Wait()
}
