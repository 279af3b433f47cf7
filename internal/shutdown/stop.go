package shutdown

import (
	"context"
	"fmt"
	"slices"
	"time"

	"zenstop/internal/zenlayer"
)

// notRunning is the refusal that says least: the instance may be on its way
// already while DescribeInstances still shows RUNNING.
const notRunning = "OPERATION_DENIED_INSTANCE_NOT_RUNNING"

// Stop plans the run where that is still to be done: nothing is asked for before
// the document says what was there. Else it asks Zenlayer to stop every instance
// that is due. It looks at them first, so that what is protected
// or already on its way is left alone, also when this call repeats one that
// broke off. It stops asking when ctx ends; the rest stays due.
func (r Runner) Stop(ctx context.Context, run *Run) error {
	if !run.Planned {
		if err := r.Plan(ctx, run); err != nil {
			return err
		}
		run.StopDue = run.StopDue && run.Planned // else the next check says so, after a wait
		return nil
	}
	next := run.clone()
	seen, err := r.look(ctx, ids(next.wanting()))
	if err != nil {
		return err
	}
	now := r.Now()
	due := r.stillDue(next.wanting(), seen, now)
	for batch := range slices.Chunk(next.withinLimit(due), zenlayer.MaxIDs) {
		if ctx.Err() != nil {
			break
		}
		if err := r.stopBatch(ctx, batch); err != nil {
			return err
		}
	}
	r.settle(&next, r.Now())
	next.StopDue = false // the next check says so, after a wait
	*run = next
	return nil
}

// wanting returns the instances that may be asked to stop, as last seen.
func (r *Run) wanting() []*Instance {
	return slices.DeleteFunc(r.open(), func(in *Instance) bool { return !in.wantsStop() })
}

// stillDue takes in a look and returns what is due after it. What the look did
// not see is not asked to stop: its protect tag was not read.
func (r Runner) stillDue(instances []*Instance, seen map[string]sighting, now time.Time) []*Instance {
	var due []*Instance
	for _, in := range instances {
		s, ok := seen[in.ID]
		if !ok {
			continue
		}
		r.observe(in, s, now)
		if in.due(now) {
			due = append(due, in)
		}
	}
	return due
}

// withinLimit holds the run to MaxInstances also where an instance became
// stoppable after the plan.
func (r *Run) withinLimit(due []*Instance) []*Instance {
	room := r.MaxInstances
	for i := range r.Instances {
		if r.Instances[i].AskedAt != 0 {
			room--
		}
	}
	return slices.DeleteFunc(due, func(in *Instance) bool {
		if in.AskedAt != 0 {
			return false
		}
		if room--; room < 0 {
			in.close(RefusedStop, fmt.Sprintf("not asked to stop: the limit (maxInstances) is %d", r.MaxInstances))
		}
		return room < 0
	})
}

// stopBatch asks for one batch. A failure that may pass leaves the batch for a
// later round and never keeps the others from being asked.
func (r Runner) stopBatch(ctx context.Context, batch []*Instance) error {
	err := r.API.StopInstances(ctx, ids(batch))
	now := r.Now()
	switch {
	case err == nil:
		for _, in := range batch {
			in.StopRequests++
			in.AskedAt = now.Unix()
		}
	case blamesBatch(err):
		return r.isolate(ctx, batch, err)
	case final(err):
		return err
	case zenlayer.MayHaveLanded(err):
		for _, in := range batch {
			in.AskedAt = now.Unix()
		}
	}
	return nil
}

// isolate deals with a refused batch. Zenlayer does not say which instance it
// means, so look again and drop what can no longer be stopped; where that
// changes nothing, halve until the culprit stands alone: with one bad id in 100
// that is at most 15 calls in all.
func (r Runner) isolate(ctx context.Context, batch []*Instance, refusal error) error {
	seen, err := r.look(ctx, ids(batch))
	if err != nil {
		if final(err) {
			return err
		}
		return nil // nothing learned: the next round tries again
	}
	now := r.Now()
	rest := r.stillDue(batch, seen, now)
	switch {
	case len(rest) == 0:
		return nil
	case len(rest) < len(batch):
		return r.stopBatch(ctx, rest)
	case len(rest) == 1:
		rest[0].refusedStop(refusal, now)
		return nil
	}
	half := len(rest) / 2
	if err := r.stopBatch(ctx, rest[:half]); err != nil {
		return err
	}
	return r.stopBatch(ctx, rest[half:])
}

// refusedStop notes a refusal of this instance alone.
func (in *Instance) refusedStop(err error, now time.Time) {
	in.Refusals++
	in.RefusedAt = now.Unix()
	in.Note = "Zenlayer refuses to stop it: " + code(err)
	if zenlayer.IsParameterRefused(err) || in.Refusals >= maxRefusals && code(err) != notRunning {
		in.close(RefusedStop, "")
	}
}
