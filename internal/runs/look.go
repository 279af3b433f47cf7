package runs

import (
	"context"
	"maps"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// look describes the instances, at most 100 a call, and returns what the answers
// say of each. An id without a sighting is one that nothing was learned of: its
// call failed, or the answer was short of its own totalCount. The culprits are asked
// for alone, so that they are not searched for again. The error is set when a final one
// ended the look, or when every call failed.
func (r Runner) look(ctx context.Context, ids, culprits []string) (map[string]power.Sighting, error) {
	batches := inBatches(ids, culprits, r.suspects)
	answers := make([]answer, len(batches))
	err := r.sideBySide(len(batches), func(i int) error {
		answers[i] = r.lookAt(ctx, batches[i])
		return answers[i].final()
	})
	if err != nil {
		return nil, err
	}
	seen := map[string]power.Sighting{}
	for _, a := range answers {
		maps.Copy(seen, a.seen)
		if a.err != nil {
			err = a.err
		}
	}
	if len(seen) == 0 && err != nil {
		return nil, err
	}
	return seen, nil
}

// inBatches are the ids in batches for a look: the suspects in two, each culprit in one
// of its own.
func inBatches(ids, culprits, suspects []string) [][]string {
	const culprit, suspect = 1, 2
	kind := make(map[string]int, len(culprits)+len(suspects))
	for _, id := range suspects {
		kind[id] = suspect
	}
	for _, id := range culprits {
		kind[id] = culprit
	}
	var alone [][]string
	var some, others []string
	for _, id := range ids {
		switch kind[id] {
		case culprit:
			alone = append(alone, []string{id})
		case suspect:
			some = append(some, id)
		default:
			others = append(others, id)
		}
	}
	halves := slices.Collect(slices.Chunk(some, max(1, (len(some)+1)/2)))
	return slices.Concat(halves, slices.Collect(slices.Chunk(others, zenlayer.MaxIDs)), alone)
}

// those are the ids whose sightings are wanted, in order.
func those(seen map[string]power.Sighting, wanted func(power.Sighting) bool) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		if wanted(seen[id]) {
			ids = append(ids, id)
		}
	}
	return ids
}

// answer is what a look at one batch brought: sightings, and the error that ended it.
type answer struct {
	seen map[string]power.Sighting
	err  error
}

func (a answer) final() error {
	if final(a.err) {
		return a.err
	}
	return nil
}

func (r Runner) lookAt(ctx context.Context, batch []string) answer {
	a := answer{seen: make(map[string]power.Sighting, len(batch))}
	a.err = r.describe(ctx, batch, a.seen)
	return a
}

// describe looks at one batch. An answer that is short of its own totalCount may
// be a page that Zenlayer has capped, so the instances that it leaves open are
// described again, as long as answers bring something new. Where Zenlayer rejects
// the batch for what is in it, or answers with a row that names nobody, it is halved
// until the culprit stands alone.
func (r Runner) describe(ctx context.Context, ids []string, seen map[string]power.Sighting) error {
	page, err := r.API.Describe(ctx, ids)
	if err == nil {
		rest := sight(ids, page, seen, r.Now())
		switch {
		case len(rest) == 0 || len(rest) == len(ids) && (page.Nameless == 0 || len(ids) == 1):
			return nil
		case page.Nameless == 0:
			return r.describe(ctx, rest, seen)
		}
		return r.halve(ctx, rest, seen)
	}
	if !zenlayer.BlamesInstance(err) {
		return err
	}
	if len(ids) == 1 {
		seen[ids[0]] = rejectedSighting(err, r.Now())
		return nil
	}
	return r.halve(ctx, ids, seen)
}

// halve looks at one half after the other, until whoever spoils the answers stands alone.
func (r Runner) halve(ctx context.Context, ids []string, seen map[string]power.Sighting) error {
	half := len(ids) / 2
	if half == 0 {
		return r.describe(ctx, ids, seen)
	}
	if err := r.describe(ctx, ids[:half], seen); err != nil {
		return err
	}
	return r.describe(ctx, ids[half:], seen)
}

// rejectedSighting is what a rejected call says of the one instance that it names.
func rejectedSighting(err error, now time.Time) power.Sighting {
	if slices.Contains([]string{"INVALID_INSTANCE_NOT_FOUND", "OPERATION_FAILED_RESOURCE_NOT_FOUND"}, zenlayer.Code(err)) {
		return power.Sighting{Absent: true, Culprit: true, At: now}
	}
	return power.Sighting{Rejected: zenlayer.Reason(err), Culprit: true, Final: zenlayer.IsParameterRejected(err), At: now}
}

// sight reads one answer, and returns the ids that it leaves open. Rows are facts;
// an id that the rows leave out is absent only where the answer holds as many rows
// as it says there are, and all of them can be told apart. The one row of an answer
// about one id is that id's, also where its own instanceId cannot be read.
func sight(ids []string, page zenlayer.Page, seen map[string]power.Sighting, now time.Time) (open []string) {
	rows := make(map[string]zenlayer.Instance, len(page.Instances))
	for _, i := range page.Instances {
		rows[i.ID] = i
	}
	complete := page.Nameless == 0 && len(rows) == page.TotalCount
	if nobody := len(ids) == 1 && len(rows) == 0 && page.Nameless == 1; nobody {
		seen[ids[0]] = power.Sighting{Culprit: true, Row: zenlayer.Instance{Unreadable: "instanceId"}, At: now}
		return nil
	}
	for _, id := range ids {
		if i, ok := rows[id]; ok {
			seen[id] = power.Sighting{Row: i, At: now}
		} else if complete {
			seen[id] = power.Sighting{Absent: true, At: now}
		} else {
			open = append(open, id)
		}
	}
	return open
}

// final reports whether asking again cannot help: the credentials or the request
// are refused, or the fault is ours.
func final(err error) bool {
	switch zenlayer.KindOf(err) {
	case zenlayer.KindThrottled, zenlayer.KindUnavailable, zenlayer.KindTarget, zenlayer.KindNone:
		return false
	default:
		return true
	}
}
