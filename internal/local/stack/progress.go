package stack

import (
	"context"
	"fmt"
	"maps"
	"time"

	"zenstop/internal/shutdown"
)

// Progress is how far a run is.
type Progress struct {
	State   string         // of the workflow; empty: the run has not started
	Runs    []shutdown.Run // the run's document; the parts' documents while they work
	Elapsed time.Duration
}

// stateParts is the state in which the parts of a large run work.
const stateParts = "Parts"

func (s *Stack) progress(ctx context.Context, e Execution, elapsed time.Duration) (Progress, error) {
	p := Progress{State: e.State, Runs: []shutdown.Run{e.Run}, Elapsed: elapsed}
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

// String is the progress in one line.
func (p Progress) String() string {
	if p.State == "" {
		return fmt.Sprintf("%4.0fs  waiting for the run to start", p.Elapsed.Seconds())
	}
	var t tally
	for i := range p.Runs {
		t.add(&p.Runs[i])
	}
	return fmt.Sprintf("%4.0fs  %-13s  running %d, stopping %d, stopped %d, failed %d, other %d",
		p.Elapsed.Seconds(), p.State, t.running, t.stopping, t.stopped, t.failed, t.other)
}

// tally counts instances by how far they are.
type tally struct{ running, stopping, stopped, failed, other int }

func (t *tally) add(run *shutdown.Run) {
	omitted := maps.Clone(run.Counts)
	for i := range run.Instances {
		in := &run.Instances[i]
		omitted[in.Verdict]--
		t.count(in.Verdict, in.Status, 1)
	}
	for verdict, n := range omitted {
		if verdict != shutdown.Open {
			t.count(verdict, "", n)
		}
	}
	if part := run.Plan.Part; part != nil { // its instances are not in the document yet
		for status, ids := range part.Statuses {
			t.count(shutdown.Open, status, len(ids))
		}
	}
}

func (t *tally) count(verdict shutdown.Verdict, status string, n int) {
	switch {
	case verdict == shutdown.Protected:
		t.other += n
	case verdict.Good():
		t.stopped += n
	case verdict != shutdown.Open:
		t.failed += n
	case status == "RUNNING":
		t.running += n
	case status == "STOPPING":
		t.stopping += n
	default:
		t.other += n
	}
}
