package virtual

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/zenlayer"
)

// Rule says when to look, without regard to what the looks show.
type Rule struct {
	Name string
	// Times counts from the stop request. The seed decides what is left to chance.
	Times func(seed uint64) iter.Seq[time.Duration]
}

// Fixed looks in a fixed interval, first after one interval.
func Fixed(name string, interval time.Duration) Rule {
	return Rule{name, func(uint64) iter.Seq[time.Duration] {
		return func(yield func(time.Duration) bool) {
			for t := interval; yield(t); t += interval {
			}
		}
	}}
}

// SDKWaiter is the waiter InstanceStopped of the AWS SDK for Go v2. It looks at
// once, then waits 15 s, and from then on by chance between 15 s and a bound that
// doubles from 30 s up to 120 s. Source: its service/ec2 (InstanceStoppedWaiter, 15 s
// and 120 s) and smithy-go (waiter.ComputeDelay).
func SDKWaiter() Rule {
	const shortest, longest = 15 * time.Second, 120 * time.Second
	return Rule{"AWS SDK for Go v2 waiter", func(seed uint64) iter.Seq[time.Duration] {
		return func(yield func(time.Duration) bool) {
			chance := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // the figures must be repeatable
			t := time.Duration(0)
			for bound := shortest; yield(t); bound = min(2*bound, longest) {
				t += shortest + time.Duration(chance.Float64()*float64(bound-shortest))
			}
		}
	}}
}

// At looks at these times and then never again.
func At(times []time.Duration) Rule {
	return Rule{"given times", func(uint64) iter.Seq[time.Duration] { return slices.Values(times) }}
}

// Watch is a [Watcher]. Each look describes all instances, a hundred in a call.
func (r Rule) Watch(_ context.Context, stops []time.Duration) (Watch, error) {
	end := slices.Max(stops)
	w := Watch{Late: make([]time.Duration, len(stops))}
	before := time.Duration(-1)
	for t := range r.Times(uint64(end)) { //nolint:gosec // any number will do as a seed
		w.Calls += callsForAll(len(stops))
		w.Looks = append(w.Looks, t)
		for i, stop := range stops {
			if before < stop && stop <= t {
				w.Late[i] = t - stop
			}
		}
		if before = t; t >= end {
			return w, nil
		}
	}
	return w, fmt.Errorf("the rule %q ends before the last instance stops, after %s", r.Name, end)
}

// callsForAll is how many DescribeInstances calls a look at n instances takes.
func callsForAll(n int) int { return (n + zenlayer.MaxIDs - 1) / zenlayer.MaxIDs }
