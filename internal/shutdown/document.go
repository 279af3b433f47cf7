package shutdown

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
)

// Bounds of a run document. A payload of Step Functions holds 262,144 bytes.
// Source: the AWS page of Step Functions quotas.
const (
	MaxInstancesPerRun = 1000
	maxDocument        = 235_000 // bytes at the start, which leaves room for what is added on the way
)

var (
	runName    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)
	instanceID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
)

// ValidID reports whether id can be an instance id: 1 to 64 letters, digits, - and _.
func ValidID(id string) bool { return instanceID.MatchString(id) }

// Decode reads a run document strictly: what is not one is an error, never a stop.
func Decode(data []byte) (Run, error) {
	var run Run
	if err := json.Unmarshal(data, &run, json.RejectUnknownMembers(true)); err != nil {
		return Run{}, fmt.Errorf("run document: %w", err)
	}
	if err := run.check(); err != nil {
		return Run{}, fmt.Errorf("run document: %w", err)
	}
	return run, nil
}

func (r *Run) check() error {
	switch {
	case !runName.MatchString(r.Run):
		return errors.New("run: must be 1 to 80 letters, digits, - and _")
	case !r.Outcome.known():
		return fmt.Errorf("outcome: %.20q is none", string(r.Outcome))
	case r.StartedAt.IsZero() || !r.Deadline.After(r.StartedAt) || r.Deadline.Sub(r.StartedAt) > 24*time.Hour:
		return errors.New("deadline: must be after startedAt, by a day at most")
	case r.Checks < 0 || r.MaxInstances < 0:
		return errors.New("checks, maxInstances: must not be negative")
	case r.Filter != nil && (r.Filter.Empty() || r.Planned):
		return errors.New("filter: must have a field, and stands only before the plan")
	case r.DryRun && r.Planned && r.Outcome == OutcomeWaiting:
		return errors.New("dryRun: a planned dry run waits for nothing")
	case len(r.Instances) > MaxInstancesPerRun:
		return fmt.Errorf("instances: %d, at most %d", len(r.Instances), MaxInstancesPerRun)
	}
	seen := make(map[string]bool, len(r.Instances))
	for i := range r.Instances {
		in := &r.Instances[i]
		if !ValidID(in.ID) || seen[in.ID] || !in.Verdict.known() || in.StopRequests < 0 || in.Refusals < 0 || in.Misses < 0 || in.Batch < 0 {
			return fmt.Errorf("instances[%d]: needs an id of its own, a known verdict, and counts from 0", i)
		}
		seen[in.ID] = true
	}
	return nil
}

// clone copies the run, so that an error can leave the original as it was.
func (r *Run) clone() Run {
	c := *r
	c.Instances = slices.Clone(r.Instances)
	for i := range c.Instances {
		if d := c.Instances[i].Doubt; d != nil {
			doubt := *d
			c.Instances[i].Doubt = &doubt
		}
	}
	c.Counts, c.Notes = maps.Clone(r.Counts), slices.Clone(r.Notes)
	return c
}

// Split cuts the run into parts that each fit one execution: at most 1,000
// instances, and the payload's bytes. Parts are named `…-1-of-3` and so on; a
// run that fits is its only part. Together they stop no more than MaxInstances.
func (r Run) Split(now time.Time) []Run {
	var parts []Run
	for _, instances := range r.chunks() {
		part := r.clone()
		part.Instances = instances
		parts = append(parts, part)
	}
	if len(parts) <= 1 {
		return []Run{r}
	}
	room := r.MaxInstances
	for i := range parts {
		p := &parts[i]
		p.Run = fmt.Sprintf("%s-%d-of-%d", r.Run, i+1, len(parts))
		if p.MaxInstances = r.MaxInstances * len(p.Instances) / len(r.Instances); p.Planned {
			p.MaxInstances = p.countMayBeStopped()
		}
		room -= p.MaxInstances
		switch p.Outcome {
		case OutcomeWaiting, OutcomeStopped, OutcomeFailed:
			Runner{}.settle(p, now, true)
		case OutcomePlanned, OutcomeSkipped, OutcomeRefused:
			p.count()
			p.fit()
		}
		p.Notes = append(p.Notes, fmt.Sprintf("Part %d of %d of one event.", i+1, len(parts)))
	}
	parts[0].MaxInstances += max(0, room)
	return parts
}
