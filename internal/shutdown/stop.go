package shutdown

import (
	"context"
	"maps"
	"slices"

	"zenstop/internal/zenlayer"
)

// Stop asks Zenlayer to stop every instance that is due. It looks at them first,
// so that what is protected or already on its way is left alone, even if this
// call repeats one that broke off. It asks for nothing from the deadline on, and
// never ends a run: a check follows each stop round, and after the deadline that
// check is the last look.
//
// A run that is not planned is only planned: a definition of the release before
// asks for the plan with this call.
func (r Runner) Stop(ctx context.Context, run *Run) error {
	if len(run.Plan.Parts) > 0 {
		return errInParts
	}
	if !run.Planned {
		return r.Plan(ctx, run)
	}
	next := run.clone()
	if left := run.Deadline.Sub(r.Now()); left > 0 {
		ctx, cancel := context.WithTimeout(ctx, left)
		defer cancel()
		if err := r.stopRound(ctx, &next); err != nil && (final(err) || r.Now().Before(run.Deadline)) {
			return err
		}
	}
	next.settle(r.Now(), thenWait)
	*run = next
	return nil
}

func (r Runner) stopRound(ctx context.Context, run *Run) error {
	wanted := run.instances((*Instance).wantsStop)
	seen, err := r.look(ctx, ids(wanted))
	if err != nil {
		return err
	}
	return r.stopAll(ctx, run, run.withinLimit(r.stillDue(run, wanted, seen)))
}

// stillDue takes in a look and returns what is due after it. What the look did
// not see is not asked to stop, because its protect tag was not read.
func (r Runner) stillDue(run *Run, instances []*Instance, seen map[string]sighting) []*Instance {
	var due []*Instance
	now := r.Now()
	for _, in := range instances {
		s, ok := seen[in.ID]
		if !ok {
			in.failed(now)
			continue
		}
		in.observe(s, r.ProtectTagKey, now)
		if in.due(now, run.Deadline) {
			due = append(due, in)
		}
	}
	return due
}

// withinLimit holds the run to its limit even if an instance became stoppable
// after the plan.
func (r *Run) withinLimit(due []*Instance) []*Instance {
	asked := func(in *Instance) bool { return in.Memory.AskedAt != 0 }
	room := r.Plan.MaxInstances - len(r.instances(asked))
	return slices.DeleteFunc(due, func(in *Instance) bool {
		if asked(in) {
			return false
		}
		if room--; room < 0 {
			in.overLimit(r.Plan.MaxInstances)
		}
		return room < 0
	})
}

// stopAll asks for everything that is due, the large batches first. The halves of
// a refused batch go to the end of the queue, and the document remembers how far
// the search for culprits came, so the search keeps no other batch waiting.
func (r Runner) stopAll(ctx context.Context, run *Run, due []*Instance) error {
	queue := batches(due)
	for len(queue) > 0 && ctx.Err() == nil && r.Now().Before(run.Deadline) {
		halves, err := r.stopBatch(ctx, run, queue[0])
		if err != nil {
			return err
		}
		queue = append(queue[1:], halves...)
	}
	return nil
}

// batches groups what is due by the size of batch that it may be sent in.
func batches(due []*Instance) [][]*Instance {
	bySize := map[int][]*Instance{}
	for _, in := range due {
		bySize[in.batchSize()] = append(bySize[in.batchSize()], in)
	}
	var queue [][]*Instance
	for _, size := range slices.Backward(slices.Sorted(maps.Keys(bySize))) {
		queue = slices.AppendSeq(queue, slices.Chunk(bySize[size], size))
	}
	return queue
}

// batchSize is how many instances may be sent in one call with this one.
func (in *Instance) batchSize() int {
	if in.Memory.Refusals > 0 {
		return 1
	}
	if in.Memory.MaxBatch > 0 {
		return min(in.Memory.MaxBatch, zenlayer.MaxIDs)
	}
	return zenlayer.MaxIDs
}

// stopBatch sends one batch. After a refusal it returns what to send next. A
// failure that may pass leaves the batch for a later round.
func (r Runner) stopBatch(ctx context.Context, run *Run, batch []*Instance) (next [][]*Instance, err error) {
	err = r.API.StopInstances(ctx, ids(batch))
	if zenlayer.BlamesInstance(err) {
		next, err = r.findCulprit(ctx, run, batch, err)
		run.endBackoff()
		return next, err
	}
	if final(err) {
		return nil, err
	}
	now := r.Now()
	note := (*Instance).failed
	if err == nil {
		note = (*Instance).accepted
	} else if zenlayer.MayHaveLanded(err) {
		note = (*Instance).unanswered
	}
	for _, in := range batch {
		note(in, now)
	}
	if err == nil {
		run.endBackoff()
	}
	return nil, nil
}

// endBackoff lets failed attempts be repeated soon, because StopInstances answers
// again.
func (r *Run) endBackoff() {
	for _, in := range r.open() {
		in.Memory.Failures = min(in.Memory.Failures, 1)
	}
}

// findCulprit deals with a refused batch. Zenlayer does not say which instance it
// means. So it looks again and drops what can no longer be stopped; where that
// changes nothing, it halves the batch until the culprit stands alone: with one
// bad id in 100 that is at most 15 calls in all.
func (r Runner) findCulprit(ctx context.Context, run *Run, batch []*Instance, refusal error) (next [][]*Instance, err error) {
	seen, err := r.look(ctx, ids(batch))
	if err != nil {
		if final(err) {
			return nil, err
		}
		for _, in := range batch {
			in.failed(r.Now()) // nothing was learned, a later round tries again
		}
		return nil, nil
	}
	rest := r.stillDue(run, batch, seen)
	if len(rest) == 0 {
		return nil, nil
	}
	if len(rest) < len(batch) {
		return [][]*Instance{rest}, nil
	}
	if len(rest) == 1 {
		rest[0].refuse(refusal, r.Now())
		return nil, nil
	}
	half := len(rest) / 2
	for _, in := range rest {
		in.Memory.MaxBatch = len(rest) - half
	}
	return [][]*Instance{rest[:half], rest[half:]}, nil
}
