package campaign

import (
	"maps"
	"slices"
	"time"
)

const (
	lastWait      = time.Minute                    // from the deadline to the last verdict: one wait
	putOffBy      = 45 * time.Second               // by a deadline between a first sighting as STOPPED and its confirmation
	slowTale      = 210 * time.Second              // where SNS answers too late
	longestReport = 65 * time.Second               // until the report is made, where the function can be called
	longestTry    = time.Hour                      // how long a report is tried at most, where it cannot
	shortestTry   = 15 * time.Minute               // and at least, by chance
	longestTale   = longestReport + 85*time.Second // from there to the end, where metrics and notifications fail; bad news is tried for a minute
	longestBack   = 6 * time.Minute                // until the run is started that comes back to kept instances, where StartExecution fails
)

// conclude checks the story as a whole.
func (j *judge) conclude(s *session) {
	w, r := j.world, j.result
	r.WorstSeed = w.seed
	r.Runs, r.Instances, r.Executions, r.Calls = 1, len(w.fleet), len(w.executions), w.attempts
	for i := range w.fleet {
		for _, q := range w.fleet[i].quirks {
			r.Quirks[q]++
		}
	}
	if len(w.roots) > 1 || len(s.claims) > 1 {
		j.find(twice, "one event has the executions %v", slices.Sorted(maps.Keys(s.claims)))
	}
	if len(w.roots) == 0 {
		if s.queued == 0 {
			j.lost("no execution, and nothing in the failure queue")
		}
		r.Outcomes["(failure queue)"]++
	}
	for _, x := range w.executions {
		if !x.died.Load() {
			r.Simulated += max(0, x.overAt.Sub(x.began)-x.held())
		}
		j.printable(x)
		j.tellsOfSpelling(x)
		j.tellsOfRows(x)
		j.end(x)
		if x.rival() {
			j.accountRival(x)
		}
		if x.origin == nil {
			continue
		}
		if x.starts() {
			r.Restored++
			j.accountStart(x)
		} else {
			r.CameBack++
			j.accountBack(x)
		}
		j.published(x)
		j.meet(x)
	}
	j.forgotten()
	j.abandoned()
	for _, x := range w.roots {
		r.Outcomes[x.document.Outcome]++
		if x.told != nil {
			r.Warned++
		}
		j.account(x)
		j.promised(x)
		j.published(x)
		j.meet(x)
	}
	j.calls()
	j.abreast()
	j.holds()
	j.histories()
}
