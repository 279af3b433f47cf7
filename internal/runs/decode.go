package runs

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"zenstop/internal/text"
)

// ValidID reports whether id can be an instance id: 1 to 64 letters, digits, - and _.
func ValidID(id string) bool { return text.MadeOf(id, text.Names, 1, 64) }

// Decode reads a run document. What is unknown in it is ignored. What it needs must be
// there: a text that is no run document is an error and never a stop.
func Decode(data []byte) (Run, error) {
	var run Run
	if err := json.Unmarshal(data, &run); err != nil {
		return Run{}, fmt.Errorf("run document: %w", err)
	}
	if err := run.complete(); err != nil {
		return Run{}, err
	}
	return run, nil
}

// DecodeEnding reads what the workflow hands to the call that reports.
func DecodeEnding(data []byte) (Ending, error) {
	var e Ending
	if err := json.Unmarshal(data, &e); err != nil {
		return Ending{}, fmt.Errorf("ending of a run: %w", err)
	}
	for i := range e.Parts {
		switch p := &e.Parts[i]; {
		case (p.Run == nil) == (p.Lost == nil):
			return Ending{}, fmt.Errorf("parts[%d]: must have either run or lost", i)
		case p.Run != nil:
			if err := p.Run.complete(); err != nil {
				return Ending{}, fmt.Errorf("parts[%d]: %w", i, err)
			}
		}
	}
	if err := e.Run.complete(); err != nil {
		return Ending{}, err
	}
	return e, nil
}

// complete gives an empty list to what has none, and checks the document.
func (r *Run) complete() error {
	if r.Notes == nil {
		r.Notes = []string{}
	}
	if err := r.check(); err != nil {
		return fmt.Errorf("run document: %w", err)
	}
	return nil
}

func (r *Run) check() error {
	lasts, waits := r.Deadline.Sub(r.StartedAt), r.Outcome == OutcomeWaiting
	for _, rule := range []struct {
		holds bool
		text  string
	}{
		{text.MadeOf(r.Name, text.Names, 1, 80), "run: must be 1 to 80 letters, digits, - and _"},
		{r.Action.Known(), "action: must be stop or start"},
		{r.Outcome.known(), "outcome: must be one of the contract's"},
		{r.Next.known(), "next: must be one of plan, warn, hold, parts, stop, wait, report"},
		{!r.StartedAt.IsZero() && lasts > 0 && lasts <= longestRun, fmt.Sprintf("deadline: must be after startedAt, by %s at most", longestRun)},
		{min(r.Checks, r.Part, r.limit(), r.Nameless) >= 0, "checks, part, nameless, plan.maxInstances: must not be negative"},
		{r.Memory.Part == nil || r.Memory.Part.MaxInstances >= 0, "memory.part.maxInstances: must not be negative"},
		{r.Memory.Part == nil || r.Memory.Part.Unmatched >= 0 && r.Memory.Part.Unmatched <= len(r.Memory.Part.Statuses[""]), "memory.part.unmatched: must be a number of ids with the status \"\""},
		{!r.DryRun || !r.Planned || !waits, "dryRun: a planned dry run waits for nothing"},
		{len(r.Instances) <= MaxInstancesPerRun || !waits, fmt.Sprintf("instances: must be at most %d", MaxInstancesPerRun)},
		{r.Memory.Filter == nil || !r.Memory.Filter.Empty() && !r.Planned, "memory.filter: must have a field, and stands only before the plan"},
		{r.Memory.Part == nil || len(r.Memory.Part.ids()) <= MaxInstancesPerRun, fmt.Sprintf("memory.part: must have at most %d ids", MaxInstancesPerRun)},
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
		if !ValidID(in.ID) || seen[in.ID] || !in.Verdict.CanBe() || min(in.Requests, in.Memory.Least()) < 0 {
			return fmt.Errorf("instances[%d]: needs an id of its own, a verdict in capitals, and counts from 0", i)
		}
		seen[in.ID] = true
	}
	for _, id := range slices.Concat(r.Memory.InstanceIDs, r.Memory.Part.ids()) {
		if !ValidID(id) || seen[id] {
			return fmt.Errorf("memory: %.70q is not an instance id, or is listed twice", id)
		}
		seen[id] = true
	}
	return nil
}
