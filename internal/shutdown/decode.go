package shutdown

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// ValidID reports whether id can be an instance id: 1 to 64 letters, digits, - and _.
func ValidID(id string) bool { return text.MadeOf(id, text.Names, 1, 64) }

// canBe reports whether the verdict may be one: the next release may know more of
// them. Here they are not good, and not open.
func (v Verdict) canBe() bool { return text.MadeOf(string(v), text.Capitals, 0, 20) }

// Decode reads a run document. What is unknown in it is ignored, since the
// release before or after this one may have written it. What it needs must be
// there: a text that is no run document is an error and never a stop.
func Decode(data []byte) (Run, error) {
	var run Run
	if err := json.Unmarshal(data, &run); err != nil {
		return Run{}, fmt.Errorf("run document: %w", err)
	}
	if err := run.upgrade(data); err != nil {
		return Run{}, fmt.Errorf("run document: %w", err)
	}
	if run.Notes == nil {
		run.Notes = []string{}
	}
	if err := run.check(); err != nil {
		return Run{}, fmt.Errorf("run document: %w", err)
	}
	return run, nil
}

func (r *Run) check() error {
	lasts, waits := r.Deadline.Sub(r.StartedAt), r.Outcome == OutcomeWaiting
	for _, rule := range []struct {
		holds bool
		text  string
	}{
		{text.MadeOf(r.Run, text.Names, 1, 80), "run: must be 1 to 80 letters, digits, - and _"},
		{r.Outcome.known(), "outcome: must be one of the contract's"},
		{!r.StartedAt.IsZero() && lasts > 0 && lasts <= longestRun, "deadline: must be after startedAt, by a day at most"},
		{min(r.Checks, r.Part, r.Plan.MaxInstances) >= 0, "checks, part, plan.maxInstances: must not be negative"},
		{!r.DryRun || !r.Planned || !waits, "dryRun: a planned dry run waits for nothing"},
		{len(r.Instances) <= MaxInstancesPerRun || !waits, fmt.Sprintf("instances: must be at most %d", MaxInstancesPerRun)},
		{r.Plan.Filter == nil || !r.Plan.Filter.Empty() && !r.Planned, "plan.filter: must have a field, and stands only before the plan"},
		{r.Plan.Part == nil || len(r.Plan.Part.ids()) <= MaxInstancesPerRun, fmt.Sprintf("plan.part: must have at most %d ids", MaxInstancesPerRun)},
	} {
		if !rule.holds {
			return errors.New(rule.text)
		}
	}
	return r.checkIDs()
}

// checkIDs makes sure that every id is one, and is there once.
func (r *Run) checkIDs() error {
	seen := make(map[string]bool, len(r.Instances))
	for i := range r.Instances {
		in := &r.Instances[i]
		if !ValidID(in.ID) || seen[in.ID] || !in.Verdict.canBe() || min(in.StopRequests, in.Memory.least()) < 0 {
			return fmt.Errorf("instances[%d]: needs an id of its own, a verdict in capitals, and counts from 0", i)
		}
		seen[in.ID] = true
	}
	for _, id := range slices.Concat(r.Plan.InstanceIDs, r.Plan.Part.ids()) {
		if !ValidID(id) || seen[id] {
			return fmt.Errorf("plan: %.70q is no instance id, or stands there twice", id)
		}
		seen[id] = true
	}
	return nil
}

// previous is what documents of the release before keep beside the contract's
// fields, and where. It can go with the release after the next.
type previous struct {
	MaxInstances int              `json:"maxInstances"`
	Filter       *zenlayer.Filter `json:"filter"`
	Instances    []struct {
		AskedAt      int64  `json:"askedAt"`
		SeenStopping bool   `json:"seenStopping"`
		Refusals     int    `json:"refusals"`
		RefusedAt    int64  `json:"refusedAt"`
		Batch        int    `json:"batch"`
		Misses       int    `json:"misses"`
		MissedAt     int64  `json:"missedAt"`
		Doubt        *Doubt `json:"doubt"`
	} `json:"instances"`
}

// upgrade takes over what a document of the release before remembers.
func (r *Run) upgrade(data []byte) error {
	if r.Plan.MaxInstances > 0 || r.Outcome != OutcomeWaiting {
		return nil
	}
	var old previous
	if err := json.Unmarshal(data, &old); err != nil || old.MaxInstances == 0 {
		return err
	}
	r.Plan.MaxInstances, r.Plan.Filter = old.MaxInstances, old.Filter
	for i := range r.Instances {
		was := old.Instances[i]
		r.Instances[i].Memory = Memory{
			AskedAt: was.AskedAt, SeenStopping: was.SeenStopping, Refusals: was.Refusals, RefusedAt: was.RefusedAt,
			MaxBatch: was.Batch, Failures: was.Misses, FailedAt: was.MissedAt, Doubt: was.Doubt,
		}
	}
	return nil
}
