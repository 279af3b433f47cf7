package campaign

import (
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

// patience is what a run may need after the last bounded fault, beside the
// time in which the instance stops: lost results, crashes, stops asked again.
const patience = 5 * time.Minute

// left is the time that the faults left the execution. It may start late, as its
// event was delivered late.
func (w *world) left(e end) time.Duration {
	return e.document.Deadline.Sub(later(e.document.StartedAt, w.start.Add(w.calm)))
}

// prompt checks that an instance whose story has one end came to it: no fault that
// passes in time may keep it from its verdict.
func (j *judge) prompt(in *shutdown.Instance, e end) {
	w := j.world
	want, takes := expect(w.odd[in.ID], w.specs[in.ID])
	if want == "" || w.hopeless || w.expect != "" || in.Verdict == want || want.Good() && in.Verdict.Good() {
		return
	}
	search := time.Duration(15*len(w.odd)) * w.slowness() // for the culprits of refused batches
	if w.left(e) >= takes+patience+search {
		j.wrong("%s is %q and not %s though nothing kept it from that since %s and it takes %s", in.ID, in.Verdict, want, w.calm, takes)
	}
}

// expect is the verdict that an instance must come to, and in what time; empty
// where it may be another one. STOPPED stands for every good one.
func expect(quirks []string, spec sim.Instance) (want shutdown.Verdict, takes time.Duration) {
	switch {
	case len(quirks) == 0:
		return shutdown.Stopped, spec.StopTakes
	case len(quirks) > 1:
		return "", 0
	}
	switch quirks[0] {
	case "alreadyStopped", "alreadyStopping", "stoppedByOthers", "glimpseOfRunning", "protected":
		return shutdown.Stopped, spec.StopTakes
	case "absentAnswers":
		return shutdown.Stopped, spec.StopTakes + time.Minute
	case "lag":
		return shutdown.Stopped, spec.StopTakes + spec.Lag
	case "starting":
		return shutdown.Stopped, spec.StopTakes + spec.BecomesRunningAfter
	case "unknownStatus":
		return shutdown.Stopped, spec.StopTakes + spec.OddFrom + spec.OddFor
	case "ignoresStops":
		if spec.IgnoresStops <= 2 { // each time it is asked again after two minutes, and one wait
			return shutdown.Stopped, spec.StopTakes + time.Duration(spec.IgnoresStops)*3*time.Minute
		}
	case "missing":
		return shutdown.Missing, time.Minute
	case "recycled":
		return shutdown.Recycled, 0
	case "creationFailed":
		return shutdown.RefusedStop, 0
	case "refusesStop":
		if spec.RefusesStop != sim.CodeInstanceNotRunning { // which says least: it is asked until the deadline
			return shutdown.RefusedStop, 3 * time.Minute
		}
	}
	return "", 0
}

// slowness is what a call takes at most, and on average for a Retry-After that
// the client waits for.
func (w *world) slowness() time.Duration {
	slow := w.latency
	for _, f := range w.scenario.Faults {
		if f.Until == 0 {
			slow += time.Duration(f.Probability * float64(min(f.RetryAfter, functionTime)))
		}
	}
	return slow
}
