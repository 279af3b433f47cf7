package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// check returns an error that names everything in the scenario that makes no
// sense, or nil.
func (sc *Scenario) check() error {
	errs := sc.checkFleet()
	for n, f := range sc.Faults {
		if err := f.check(); err != nil {
			errs = append(errs, fmt.Errorf("fault %d: %w", n+1, err))
		}
	}
	for _, name := range sc.IgnoreFilters {
		if filters[name] == nil {
			errs = append(errs, fmt.Errorf("ignoreFilters: %q is no filter; use one of %v", name, slices.Sorted(maps.Keys(filters))))
		}
	}
	if sc.PageSizeCap < 0 || sc.RequestsPerSecond < 0 || sc.Latency < 0 {
		errs = append(errs, errors.New("pageSizeCap, requestsPerSecond and latency must not be negative"))
	}
	return errors.Join(errs...)
}

// checkFleet returns what is wrong with the instances, the generated ones included.
func (sc *Scenario) checkFleet() (errs []error) {
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	seen := make(map[string]bool, len(sc.Instances))
	unique := func(id string) {
		if seen[id] {
			wrong("instance %s is there twice", id)
		}
		seen[id] = true
	}
	for n := range sc.Instances {
		i := &sc.Instances[n] // not a copy: a fleet may be large
		if i.ID == "" {
			wrong("an instance has no id")
			continue
		}
		unique(i.ID)
		if i.negative() {
			wrong("instance %s has a negative duration or count", i.ID)
		}
		if err := i.checkTags(); err != nil {
			wrong("instance %s: %w", i.ID, err)
		}
		if err := i.checkRow(); err != nil {
			wrong("instance %s: %w", i.ID, err)
		}
	}
	for _, g := range sc.Generate {
		for n := range g.Count {
			unique(g.id(n))
		}
		if g.Prefix == "" || g.Count < 1 || g.Like.ID != "" || g.Like.negative() {
			wrong("generate %q needs a prefix, a count of at least 1, no id and no negative duration", g.Prefix)
		}
		if err := g.Like.checkTags(); err != nil {
			wrong("generate %q: %w", g.Prefix, err)
		}
		if err := g.Like.checkRow(); err != nil {
			wrong("generate %q: %w", g.Prefix, err)
		}
	}
	return errs
}

// negative reports whether a duration or a count is below zero.
func (i *Instance) negative() bool {
	least := min(
		i.BecomesRunningAfter, i.StopTakes, i.Lag, i.RestartsAfter, i.BootTakes, i.AppearsAt, i.VanishesAt,
		i.RecycledAt, i.ExternalStopAt, i.ExternalStartAt, i.StopsAgainAfter, i.RefusesStartUntil, i.OddFrom, i.OddFor, i.LaterTagsAt,
		i.RefusesStopUntil, i.RefusesDescribeUntil, i.AfterStopIn, i.AfterStopFor,
	)
	for _, r := range i.Retags {
		least = min(least, r.At-1) // one at the start would be no change
	}
	return least < 0 || min(i.IgnoresStops, i.IgnoresStarts, i.AbsentAnswers, i.AbsentFrom, i.FalseFrom, i.UnreadableAnswers, i.UnreadableFrom, i.UntaggedRow) < 0
}

// check returns what is wrong with the fault, or nil.
func (f Fault) check() error {
	switch {
	case !slices.Contains(FaultKinds(), f.Kind):
		return fmt.Errorf("kind %q is none of %v", f.Kind, FaultKinds())
	case f.Kind == Refuse && f.Code == "":
		return errors.New("refuse needs a code")
	case f.Form != "" && !slices.Contains(Forms(), f.Form):
		return fmt.Errorf("form %q is none of %v", f.Form, Forms())
	case f.Probability < 0 || f.Probability > 1:
		return fmt.Errorf("probability %v is not between 0 and 1", f.Probability)
	case min(f.From, f.Until, f.RetryAfter) < time.Duration(0) || min(f.FirstCall, f.LastCall, f.Times) < 0:
		return errors.New("a negative time or count")
	}
	return nil
}
