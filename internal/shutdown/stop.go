package shutdown

import (
	"context"
	"fmt"
	"maps"
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
// broke off. It stops asking when ctx ends; the rest stays due. From the deadline
// on it asks for nothing and is a [Runner.Check].
func (r Runner) Stop(ctx context.Context, run *Run) error {
	if !r.Now().Before(run.Deadline) {
		return r.Check(ctx, run)
	}
	ctx, cancel := r.untilLastLook(ctx, run)
	defer cancel()
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
	due := r.stillDue(&next, next.wanting(), seen, now)
	if err := r.stopAll(ctx, &next, next.withinLimit(due)); err != nil {
		return err
	}
	r.settle(&next, r.Now(), false)
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
func (r Runner) stillDue(run *Run, instances []*Instance, seen map[string]sighting, now time.Time) []*Instance {
	var due []*Instance
	for _, in := range instances {
		s, ok := seen[in.ID]
		if !ok {
			in.missed(now)
			continue
		}
		r.observe(in, s, now)
		if run.due(in, now) {
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

// stopAll asks for everything that is due, the large batches first. The halves of
// a refused one go to the end of the line, and the document remembers how far the
// search for culprits came: however long it takes, it keeps no other batch waiting.
func (r Runner) stopAll(ctx context.Context, run *Run, due []*Instance) error {
	line := batches(due)
	for len(line) > 0 && ctx.Err() == nil && r.Now().Before(run.Deadline) {
		again, err := r.stopBatch(ctx, run, line[0])
		if err != nil {
			return err
		}
		line = append(line[1:], again...)
	}
	return nil
}

// batches groups what is due by the size of batch that it may be asked in.
func batches(due []*Instance) [][]*Instance {
	bySize := map[int][]*Instance{}
	for _, in := range due {
		bySize[in.batch()] = append(bySize[in.batch()], in)
	}
	var line [][]*Instance
	for _, size := range slices.Backward(slices.Sorted(maps.Keys(bySize))) {
		line = slices.AppendSeq(line, slices.Chunk(bySize[size], size))
	}
	return line
}

// batch is how many instances may be asked for in one call with this one.
func (in *Instance) batch() int {
	switch {
	case in.Refusals > 0:
		return 1
	case in.Batch > 0:
		return min(in.Batch, zenlayer.MaxIDs)
	}
	return zenlayer.MaxIDs
}

// endBackoff lets what went amiss be tried again soon: StopInstances answers, so
// an outage is over.
func (r *Run) endBackoff() {
	for _, in := range r.open() {
		in.Misses = min(in.Misses, 1)
	}
}

// stopBatch asks for one batch, and returns what to ask for next because of a
// refusal. A failure that may pass leaves the batch for a later round.
func (r Runner) stopBatch(ctx context.Context, run *Run, batch []*Instance) (again [][]*Instance, err error) {
	err = r.API.StopInstances(ctx, ids(batch))
	switch {
	case blamesBatch(err):
		again, err = r.isolate(ctx, run, batch, err)
		run.endBackoff()
		return again, err
	case err != nil && final(err):
		return nil, err
	}
	now := r.Now()
	for _, in := range batch {
		switch {
		case err == nil:
			in.StopRequests++
			in.AskedAt, in.Misses, in.Batch = now.Unix(), 0, 0
		case zenlayer.MayHaveLanded(err):
			in.AskedAt = now.Unix()
			in.Misses++
		default:
			in.missed(now)
		}
	}
	if err == nil {
		run.endBackoff()
	}
	return nil, nil
}

// isolate deals with a refused batch. Zenlayer does not say which instance it
// means, so look again and drop what can no longer be stopped; where that
// changes nothing, halve until the culprit stands alone: with one bad id in 100
// that is at most 15 calls in all.
func (r Runner) isolate(ctx context.Context, run *Run, batch []*Instance, refusal error) (again [][]*Instance, err error) {
	seen, err := r.look(ctx, ids(batch))
	if err != nil {
		if final(err) {
			return nil, err
		}
		for _, in := range batch {
			in.missed(r.Now()) // nothing learned: a later round tries again
		}
		return nil, nil
	}
	now := r.Now()
	rest := r.stillDue(run, batch, seen, now)
	switch {
	case len(rest) == 0:
		return nil, nil
	case len(rest) < len(batch):
		return [][]*Instance{rest}, nil
	case len(rest) == 1:
		rest[0].refusedStop(refusal, now)
		return nil, nil
	}
	half := len(rest) / 2
	for _, in := range rest {
		in.Batch = len(rest) - half
	}
	return [][]*Instance{rest[:half], rest[half:]}, nil
}

// missed notes that a request could not be made, or surely had no effect.
func (in *Instance) missed(now time.Time) {
	in.MissedAt = now.Unix()
	in.Misses++
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
