package shutdown

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zenstop/internal/zenlayer"
)

// Plan finds out what there is to stop and what the guards say to it. It stops
// nothing. Afterwards the run is Planned, or still waits to be, because the
// answers did not add up; the error is set when Zenlayer could not be asked.
func (r Runner) Plan(ctx context.Context, run *Run) error {
	now := r.Now()
	plan := *run
	ok, err := r.resolve(ctx, &plan, now)
	if err != nil {
		return err
	}
	if !ok {
		r.settle(run, now, true)
		run.Summary = "Not planned yet: Zenlayer's answers do not add up, or keep changing."
		return nil
	}
	*run = plan
	run.Planned = true
	run.Filter = nil
	r.guard(run, now)
	return nil
}

// resolve fills in the instances of the run. Not ok means that the answers
// leave it open what there is.
func (r Runner) resolve(ctx context.Context, run *Run, now time.Time) (ok bool, err error) {
	if run.Filter != nil {
		return r.resolveFilter(ctx, run, now)
	}
	run.Instances = slices.Clone(run.Instances)
	seen, err := r.look(ctx, ids(run.open()))
	if err != nil {
		return false, err
	}
	unseen := 0
	for _, in := range run.open() {
		if s, ok := seen[in.ID]; ok {
			r.observe(in, s, now)
		} else {
			unseen++
		}
	}
	// What was not seen matters only where it could break the limit.
	due := run.countMayBeStopped()
	return due > run.MaxInstances || due+unseen <= run.MaxInstances, nil
}

func (r Runner) resolveFilter(ctx context.Context, run *Run, now time.Time) (ok bool, err error) {
	rows, ok, err := r.list(ctx, *run.Filter)
	if err != nil || !ok {
		return ok, err
	}
	run.Instances = nil
	dropped := 0
	for _, row := range rows {
		if !matches(*run.Filter, row) {
			dropped++
			continue
		}
		in := Instance{ID: row.ID}
		r.observe(&in, sighting{instance: row}, now)
		run.Instances = append(run.Instances, in)
	}
	if dropped > 0 {
		run.Notes = append(run.Notes, fmt.Sprintf("Zenlayer also listed %s that %s not match every field of the filter: left alone.",
			instances(dropped), verb(dropped, "does", "do")))
	}
	return true, nil
}

// guard ends the run where it may not go on, or as a dry run.
func (r Runner) guard(run *Run, now time.Time) {
	due := run.countMayBeStopped()
	switch {
	case len(run.Instances) == 0:
		run.end(OutcomeRefused, "Refused, nothing was stopped: no instance matches the filter.")
	case due > run.MaxInstances:
		run.explain("not asked to stop: the run is refused")
		run.count()
		run.end(OutcomeRefused, fmt.Sprintf("Refused, nothing was stopped: %s would be stopped, the limit (maxInstances) is %d.",
			instances(due), run.MaxInstances))
	case run.DryRun:
		run.explain("")
		run.count()
		run.end(OutcomePlanned, fmt.Sprintf("Dry run, nothing was stopped: %d of %s would be stopped%s.",
			due, instances(len(run.Instances)), run.others()))
	default:
		r.settle(run, now, true)
	}
}

func (r *Run) countMayBeStopped() int {
	n := 0
	for i := range r.Instances {
		if r.Instances[i].mayBeStopped() {
			n++
		}
	}
	return n
}

// explain notes at each open instance what would happen to it and why, or the
// given note.
func (r *Run) explain(note string) {
	for _, in := range r.open() {
		if in.Note = note; note == "" {
			in.Note = in.prospect()
		}
	}
}

func (in *Instance) prospect() string {
	switch in.Status {
	case "":
		return "not found in one answer: would be looked for again"
	case zenlayer.StatusRunning:
		return "is RUNNING: would be stopped"
	case zenlayer.StatusStopping:
		return "is STOPPING: would be watched until STOPPED"
	case zenlayer.StatusPending, zenlayer.StatusCreating, zenlayer.StatusInstalling, zenlayer.StatusBooting:
		return "is " + in.Status + ": would be stopped once RUNNING"
	default:
		return "has an unknown status: would be watched, and stopped once RUNNING"
	}
}
