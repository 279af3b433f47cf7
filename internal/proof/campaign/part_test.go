package campaign

import (
	"context"
	"maps"
	"math/rand/v2"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/runs"
)

func (x *execution) hasParts() bool { return len(x.parts) > 0 }

// parallel runs the iterations of the Map, each in moments of its own.
func (x *execution) parallel(n int, f func(int)) {
	ended := make(chan struct{})
	for i := range n {
		x.session.spawn(func(*rand.Rand) {
			defer func() { ended <- struct{}{} }()
			f(i)
		})
	}
	for range n {
		<-ended
	}
}

// setParts takes in the parts of a large run as its plan has fixed them.
func (x *execution) setParts(parts []runs.Part) {
	x.parts, x.partOf = parts, map[string]string{}
	for i := range parts {
		for _, id := range idsOf(&parts[i]) {
			if x.partOf[id] != "" {
				x.session.judge.lost("%s is in the parts %s and %s", id, x.partOf[id], parts[i].Name)
			}
			x.partOf[id] = parts[i].Name
		}
	}
}

// part carries out the child execution of a part.
func (x *execution) part(ctx context.Context, name string, input []byte) (asl.End, *asl.Failure) {
	s := x.session
	if s.happens(startThrottled, x.name, x.chance) {
		return asl.End{}, &asl.Failure{Error: "StepFunctions.SfnException", Cause: "Rate exceeded"}
	}
	if s.known(name) != nil {
		return asl.End{}, cloud.NameTaken(name)
	}
	child := s.newExecution(name, input, x, nil)
	ctx, abort := context.WithCancel(ctx)
	defer abort()
	death, ended := child.death(), make(chan struct{})
	s.spawn(func(chance *rand.Rand) {
		defer close(ended)
		child.run(ctx, chance)
	})
	select {
	case <-ended:
	case <-death:
		s.note(partDied, name)
		child.died.Store(true)
		return asl.End{Status: cloud.Aborted}, nil
	}
	if child.unreported {
		s.note(partDied, name)
		child.died.Store(true)
	}
	return child.end, nil
}

// death is the moment at which a part dies; never for most.
func (x *execution) death() <-chan time.Time {
	for _, t := range x.session.troubles {
		if t.kind == partDied && t.call == x.document.Part {
			return time.After(time.Until(x.session.start.Add(t.from)))
		}
	}
	return nil
}

// partition checks that each instance of a large run is in a part, that each part's
// execution had the part's instances, and that the report counts what the parts say.
func (j *judge) partition(x *execution, counts map[power.Verdict]int) {
	if !maps.Equal(x.document.Counts, counts) {
		j.lost("the report of %s counts %v, its parts %v", x.name, x.document.Counts, counts)
	}
	for id := range x.planned {
		if x.partOf[id] == "" && j.world.members[id].Unreadable == "" {
			j.lost("%s is in no part", id)
		}
	}
	for _, child := range j.world.executions {
		for id := range child.mine {
			if x.partOf[id] != child.name {
				j.lost("%s is in the execution %s and not in its part", id, child.name)
			}
		}
	}
}

func idsOf(p *runs.Part) []string {
	var ids []string
	for _, of := range p.Statuses {
		ids = append(ids, of...)
	}
	return ids
}
