package runs

import (
	"math"
	"slices"
	"time"

	"zenstop/internal/power"
)

// Waits between two looks.
const (
	firstWait  = 20 * time.Second // after a request
	steadyWait = 34 * time.Second // some minutes later
	slowWait   = 60 * time.Second // after the quick checks
	minWait    = 5 * time.Second
)

// A check may be followed by a round of requests, and the workflow makes 1,000 calls of the
// functions, for a run of 12 hours too.
const (
	quickChecks = 200 // after so many the rest of the time is shared out evenly
	maxChecks   = 480
)

// meanDelay is how much later, on average over all instances, the run may see the
// changes, or starts, that it expects before the next look. It is what one more look is worth.
const meanDelay = 200 * time.Millisecond

// wait is how long to wait before the next look, in seconds: as the clock and the
// changes so far say, sooner where something is known to come, and never past the
// deadline.
func (r *Run) wait(now time.Time) int {
	wait := r.untilLook(now)
	for _, in := range r.instances(anyInstance) {
		wait = min(wait, r.untilNeeded(in, now))
	}
	left := r.Deadline.Sub(now)
	if r.Memory.Extended && left <= 0 {
		wait, left = math.MaxInt64, r.untilAllConfirmed(now)
	}
	if r.Checks >= quickChecks {
		wait = max(slowWait, left/time.Duration(max(1, maxChecks-r.Checks)))
	}
	wait = min(max(wait, r.quietFor(now)), left)
	return max(1, int((wait+time.Second-1)/time.Second))
}

// untilLook is how long to wait because of the clock and of the changes so far. An
// instance that was seen once where it should be, or whose look Zenlayer rejects, has a time of
// its own.
func (r *Run) untilLook(now time.Time) time.Duration {
	open := r.busy()
	watched := slices.DeleteFunc(slices.Clone(open), func(in *power.Instance) bool { return in.Memory.Doubt.Is(power.DoubtRejected) })
	if len(watched) > 0 {
		return min(untilNextLook(r.youngest(watched, now)), r.untilMoreChange(len(watched), now))
	}
	if len(open) > 0 {
		return power.MaxPatience
	}
	return r.untilConfirmed(now)
}

// untilConfirmed is how long to wait where nothing but a second look is missing: a few
// seconds, or what the action asks for, and longer where that look did not show everything.
func (r *Run) untilConfirmed(now time.Time) time.Duration {
	wait := max(power.DoubtWait, r.Action.Way().Sure) // a look is repeated that did not show everything
	for _, in := range r.instances((*power.Instance).SeenOnce) {
		wait = min(wait, max(minWait, r.Action.SureIn(in, now), now.Sub(time.Unix(in.Memory.Doubt.Since, 0))))
	}
	return wait
}

// untilNeeded is when something is known to come for one instance: another sighting of
// what is in doubt, a request, the end of its keep.
func (r *Run) untilNeeded(in *power.Instance, now time.Time) time.Duration {
	needed := time.Duration(math.MaxInt64)
	by := func(at time.Time) { needed = min(needed, max(at.Sub(now), minWait)) }
	if d := in.Memory.Doubt; d.Is(power.DoubtRejected) {
		by(d.NextLook())
	} else if d != nil && !in.SeenOnce() {
		needed = power.DoubtWait
	}
	if r.Action.Wants(in) && r.mayAsk() {
		by(in.DueAt(r.Deadline))
	}
	if at := in.KeepEnds(); at != nil && !r.CheckOnly && !r.unwarned() {
		by(*at)
	}
	return needed
}

// untilAllConfirmed is how long to wait for the one look by which a deadline is put off.
func (r *Run) untilAllConfirmed(now time.Time) time.Duration {
	wait := minWait
	for _, in := range r.instances((*power.Instance).SeenOnce) {
		wait = max(wait, r.Action.SureIn(in, now))
	}
	return wait
}

// youngest is the time since the newest request for an open instance, or since
// the start of the run. One look serves all that wait.
func (r *Run) youngest(open []*power.Instance, now time.Time) time.Duration {
	elapsed := now.Sub(r.StartedAt)
	for _, in := range open {
		if asked := in.Memory.AskedAt; asked != 0 {
			elapsed = min(elapsed, now.Sub(time.Unix(asked, 0)))
		}
	}
	return max(0, elapsed)
}

// untilNextLook is how long to wait for an instance that was asked for that
// long ago. How long a stop, or a start, takes is not known beforehand, so any look is as likely
// to be the one that shows it: then a fixed interval is best. This one is shorter for
// the quick ones, which would else be seen late for what they take, and as long for
// slow ones as seems bearable. docs/performance.md compares it with others.
func untilNextLook(elapsed time.Duration) time.Duration {
	return min(firstWait+elapsed/15, steadyWait)
}

// untilMoreChange is how long to wait because of what has stopped, or started, already: where
// many of a fleet have a moment ago, more will within seconds. Of n instances, k that
// did in the last d seconds let expect n·meanDelay seconds of delay, summed over
// the instances, after √(2·meanDelay·n·d/k) more; then a look is worth its price.
func (r *Run) untilMoreChange(open int, now time.Time) time.Duration {
	var changes []change
	for i := range r.Instances {
		if in := &r.Instances[i]; (in.Verdict.Reached() || in.SeenOnce()) && in.Memory.AskedAt != 0 && in.Seconds > 0 {
			changes = append(changes, change{time.Unix(in.Memory.AskedAt, 0), time.Duration(in.Seconds) * time.Second})
		}
	}
	recent, since := newest(changes)
	if recent == 0 {
		return steadyWait
	}
	share := float64(recent) / float64(len(changes)+open)
	wait := math.Sqrt(2 * meanDelay.Seconds() * now.Sub(since).Seconds() / share)
	return max(minWait, time.Duration(math.Ceil(wait))*time.Second)
}

// change is a stop, or a start, that the run asked for and saw.
type change struct {
	asked time.Time
	took  time.Duration // until the look that showed it
}

func (c change) seen() time.Time { return c.asked.Add(c.took) }

// newest counts the newest changes, at least three where there are as many, and says
// since when they can have come: since the look before the oldest of them.
func newest(changes []change) (count int, since time.Time) {
	const enough = 3
	slices.SortFunc(changes, func(a, b change) int { return b.seen().Compare(a.seen()) })
	for i, s := range changes {
		if count >= enough && s.seen().Before(changes[count-1].seen()) {
			if s.seen().After(since) {
				since = s.seen()
			}
			break
		}
		count, since = i+1, s.seen().Add(-untilNextLook(s.took))
	}
	return count, since
}
