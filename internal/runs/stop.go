package runs

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// Stop asks Zenlayer to stop, or to start, every instance that is due. It looks at them first,
// so that what is protected or already on its way is left alone, even if this
// call repeats one that broke off. It asks for nothing from the deadline on, and
// never ends a run: a check follows each round, and after the deadline that
// check is the last look. A run that is not planned is an error.
func (r Runner) Stop(ctx context.Context, run *Run) error {
	return r.carry(ctx, run, Runner.stop, func(*Run) {})
}

func (r Runner) stop(ctx context.Context, run *Run) (move, error) {
	if len(run.Memory.Parts) > 0 {
		return move{}, errInParts
	}
	if !run.Planned {
		return move{}, errNotPlanned
	}
	if left := run.Deadline.Sub(r.Now()); left > 0 && run.mayAsk() && !run.holds(r.Now()) {
		ctx, cancel := context.WithTimeout(ctx, left)
		defer cancel()
		if err := r.round(ctx, run); err != nil && (final(err) || r.Now().Before(run.Deadline)) {
			return move{}, err
		}
	}
	return goesTo(NextWait), nil
}

var errNotPlanned = errors.New("the run is not planned, so no guard has checked its instances")

// batch is what one look before a request is at, and how many of it one call may name. After a
// rejection Zenlayer does not say which instance it means, so that is half as many, until the
// culprit stands alone: with one bad id in 100 at most 15 calls in all.
type batch struct {
	instances []*power.Instance
	size      int
}

// round looks at what is due and asks for it, a few batches at a time: so no request
// comes long after its look, and the round gets on at a slow pace too. Large
// batches come first, and rejected ones go to the end of the queue, so the search for
// culprits keeps no other batch waiting. The error is set when a final one ended the
// round, or when looks failed, and nothing was asked before: what Zenlayer has accepted
// must be written down, and the next call meets the error again.
func (r Runner) round(ctx context.Context, run *Run) error {
	queue := batches(run.instances(func(in *power.Instance) bool { return in.Memory.Due }))
	var lost error
	asked := false
	for len(queue) > 0 && ctx.Err() == nil && r.Now().Before(run.Deadline) {
		some := queue[:min(len(queue), max(r.Parallel, 1))]
		ready, err := r.lookBefore(ctx, run, some)
		if err != nil {
			lost = err
		}
		if final(err) {
			break
		}
		sent, rejected, err := r.askAll(ctx, run, ready)
		asked = asked || sent
		if err != nil {
			lost = err
			break
		}
		queue = append(queue[len(some):], rejected...)
	}
	if asked {
		return nil
	}
	return lost
}

// lookBefore looks at the batches, and returns what to send after that: without
// what is protected, or already on its way. The error is that of a look that failed.
func (r Runner) lookBefore(ctx context.Context, run *Run, some []batch) (ready []batch, err error) {
	answers := make([]answer, len(some))
	err = r.sideBySide(len(some), func(i int) error {
		answers[i] = r.lookAt(ctx, ids(some[i].instances))
		return answers[i].final()
	})
	if err != nil {
		return nil, err
	}
	room := run.room()
	for i, b := range some {
		if answers[i].err != nil {
			err = answers[i].err
		}
		rest := run.withinLimit(r.stillDue(run, b.instances, answers[i].seen), &room)
		for some := range slices.Chunk(rest, b.size) {
			ready = append(ready, batch{some, b.size})
		}
	}
	return ready, err
}

// stillDue takes in a look and returns what is due after it. What the look did
// not see is not asked for, because its protect tag was not read.
func (r Runner) stillDue(run *Run, instances []*power.Instance, seen map[string]power.Sighting) []*power.Instance {
	var due []*power.Instance
	now := r.Now()
	for _, in := range instances {
		s, ok := seen[in.ID]
		if !ok {
			in.Failed(now)
			continue
		}
		in.Observe(s, run.rules(r.Rules), s.At)
		if run.Action.Due(in, now, run.Deadline) {
			due = append(due, in)
		}
	}
	return due
}

// room is how many instances the run may still ask for the first time.
func (r *Run) room() int { return r.limit() - len(r.instances((*power.Instance).WasAsked)) }

// withinLimit holds the run to its limit even if an instance came to need it after
// the plan. It takes from the room what it lets through.
func (r *Run) withinLimit(due []*power.Instance, room *int) []*power.Instance {
	return slices.DeleteFunc(due, func(in *power.Instance) bool {
		if in.WasAsked() {
			return false
		}
		if *room--; *room < 0 {
			r.Action.OverLimit(in, r.limit())
		}
		return *room < 0
	})
}

// askAll sends the batches. It reports whether one was sent that Zenlayer may have carried
// out, and returns those that were rejected for something in them. A failure that may pass
// leaves a batch for a later round. A final one is the error: then some may not be sent.
func (r Runner) askAll(ctx context.Context, run *Run, ready []batch) (sent bool, rejected []batch, err error) {
	errs := make([]error, len(ready))
	for i := range errs {
		errs[i] = errNotSent
	}
	err = r.sideBySide(len(ready), func(i int) error {
		errs[i] = r.API.Ask(ctx, run.Action.Way().Call, ids(ready[i].instances))
		if final(errs[i]) && !zenlayer.BlamesInstance(errs[i]) {
			return errs[i]
		}
		return nil
	})
	now := r.Now()
	for i, b := range ready {
		switch {
		case zenlayer.BlamesInstance(errs[i]):
			sent, rejected = true, append(rejected, b.reject(run.Action, errs[i], now)...)
		case !final(errs[i]):
			sent = true
			for _, in := range b.instances {
				run.Action.Asked(in, errs[i], now)
			}
		}
	}
	if slices.ContainsFunc(errs, func(err error) bool { return err == nil || zenlayer.BlamesInstance(err) }) {
		for _, in := range run.open() {
			in.EndBackoff()
		}
	}
	return sent, rejected, err
}

// errNotSent is why nothing is known of a batch: another one met a final error before.
var errNotSent = errors.New("not sent")

// batches groups what is due by the size of batch that it may be sent in.
func batches(due []*power.Instance) []batch {
	bySize := map[int][]*power.Instance{}
	for _, in := range due {
		bySize[in.BatchSize()] = append(bySize[in.BatchSize()], in)
	}
	var queue []batch
	for _, size := range slices.Backward(slices.Sorted(maps.Keys(bySize))) {
		for some := range slices.Chunk(bySize[size], size) {
			queue = append(queue, batch{some, size})
		}
	}
	return queue
}

// reject notes a rejection. Of an instance that stands alone it is known to be meant; a larger
// batch comes back, and its instances know how small a batch to be sent in if this round
// does not come to it.
func (b batch) reject(a power.Action, err error, now time.Time) []batch {
	if len(b.instances) == 1 {
		a.Reject(b.instances[0], err, now)
		return nil
	}
	half := (len(b.instances) + 1) / 2
	for _, in := range b.instances {
		in.Memory.MaxBatch = half
	}
	return []batch{{b.instances, half}}
}
