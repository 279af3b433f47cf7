package stack

import (
	"context"
	"maps"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// Progress is how far a run is.
type Progress struct {
	State   string     // of the workflow; empty: the run has not started
	Runs    []runs.Run // the run's document; the parts' documents while they work
	Elapsed time.Duration
}

// StateHold is the state of the workflow in which a run waits for its time.
const StateHold = "Hold"

// stateParts is that in which the parts of a large run work.
const stateParts = "Parts"

func (s *Stack) progress(ctx context.Context, e Execution, elapsed time.Duration) (Progress, error) {
	p := Progress{State: e.State, Runs: []runs.Run{e.Run}, Elapsed: elapsed}
	if e.State != stateParts || e.Ended() {
		return p, nil
	}
	p.Runs = nil
	for _, name := range e.Parts {
		part, err := s.Look(ctx, name)
		if err != nil {
			return p, err
		}
		p.Runs = append(p.Runs, part.Run)
	}
	return p, nil
}

// Action is what the run does with its instances.
func (p Progress) Action() power.Action {
	if len(p.Runs) == 0 {
		return power.Stop
	}
	return p.Runs[0].Action
}

// Holds returns the time until which the run holds, after a warning, for a keep or for a
// start; zero where it does not hold.
func (p Progress) Holds() time.Time {
	if p.State != StateHold || len(p.Runs) != 1 {
		return time.Time{}
	}
	return HoldsUntil(p.Runs[0])
}

// HoldsUntil is the time for which a run holds, or has held; zero where it has none.
func HoldsUntil(run runs.Run) time.Time {
	until := run.StopAt
	if run.Action == power.Start {
		until = run.StartAt
	}
	if until == nil {
		return time.Time{}
	}
	return *until
}

// KeptUntil returns the first time at which a run comes back to kept instances; zero
// where none does.
func (p Progress) KeptUntil() (first time.Time) {
	for i := range p.Runs {
		for _, in := range p.Runs[i].Instances {
			if in.Verdict == power.Kept && in.KeepUntil != nil && (first.IsZero() || in.KeepUntil.Before(first)) {
				first = *in.KeepUntil
			}
		}
	}
	return first
}

// Tally counts instances by how far they are.
type Tally struct {
	Reached   int // STOPPED, or of a start RUNNING
	OnTheWay  int // STOPPING; BOOTING
	Ahead     int // RUNNING; STOPPED
	Other     int // in another state
	Unseen    int // not seen yet
	Failed    int // with a verdict that is not good
	Kept      int // KEPT: another run stops them
	Untouched int // PROTECTED
}

// All is how many instances must be STOPPED, or RUNNING, for a good outcome.
func (t Tally) All() int {
	return t.Reached + t.OnTheWay + t.Ahead + t.Other + t.Unseen + t.Failed
}

// Tally counts the instances of all the documents.
func (p Progress) Tally() Tally {
	var t Tally
	for i := range p.Runs {
		t.add(&p.Runs[i])
	}
	return t
}

func (t *Tally) add(run *runs.Run) {
	omitted := map[power.Verdict]int{}
	maps.Copy(omitted, run.Counts)
	for i := range run.Instances {
		in := &run.Instances[i]
		omitted[in.Verdict]--
		t.count(run.Action, in.Verdict, in.Status, 1)
	}
	for verdict, n := range omitted {
		if verdict != power.Open {
			t.count(run.Action, verdict, "", n)
		}
	}
	if part := run.Memory.Part; part != nil { // its instances are not in the document yet
		for status, ids := range part.Statuses {
			t.count(run.Action, power.Open, status, len(ids))
		}
	}
	t.Unseen += len(run.Memory.InstanceIDs)
}

func (t *Tally) count(action power.Action, verdict power.Verdict, status string, n int) {
	switch {
	case verdict.Reached():
		t.Reached += n
	case verdict == power.Kept:
		t.Kept += n
	case verdict.Good():
		t.Untouched += n
	case verdict != power.Open:
		t.Failed += n
	case status == action.Way().From:
		t.Ahead += n
	case status == action.Way().Through:
		t.OnTheWay += n
	case status == "":
		t.Unseen += n
	default:
		t.Other += n
	}
}
