package trigger

import (
	"fmt"

	"zenstop/internal/runs"
)

// target is a target as an event has it. A nil field is missing.
type target struct {
	InstanceIDs *[]string `json:"instanceIds"`
	Filter      *filter   `json:"filter"`
}

// read checks the target and returns it. At is its path in messages.
func (t *target) read(at string) (runs.Target, error) {
	if t.InstanceIDs != nil && t.Filter != nil {
		return runs.Target{}, fmt.Errorf("%s: has both instanceIds and filter, must have exactly one of them", at)
	}
	if t.InstanceIDs != nil {
		ids, err := distinctIDs(*t.InstanceIDs, at+".instanceIds")
		return runs.Target{InstanceIDs: ids}, err
	}
	if t.Filter != nil {
		f, err := t.Filter.read(at + ".filter")
		return runs.Target{Filter: f}, err
	}
	return runs.Target{}, fmt.Errorf("%s: has neither instanceIds nor filter, must have exactly one of them", at)
}

// distinctIDs returns the ids without duplicates, in their order. It objects to an empty
// list, and more ids than one run has room for.
func distinctIDs(ids []string, at string) ([]string, error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s: has 0 ids, must have 1 or more", at)
	}
	unique := make([]string, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for i, id := range ids {
		if err := checkID(id, fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return nil, err
		}
		if !seen[id] {
			seen[id] = true
			unique = append(unique, id)
		}
	}
	if err := runs.CheckRoom(unique); err != nil {
		return nil, fmt.Errorf("%s: %w", at, err)
	}
	return unique, nil
}

func checkID(id, at string) error {
	if !runs.ValidID(id) {
		return fmt.Errorf("%s: %s is not an instance id, which has 1 to 64 letters, digits, - and _", at, quote(id))
	}
	return nil
}
