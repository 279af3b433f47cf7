package campaign

import (
	"maps"
	"slices"

	"zenstop/internal/proof/audit"
)

// mostHistory is how long a history is that the campaign judges, in bytes.
const mostHistory = 16 << 20

// histories lets the histories of all executions be judged by who has nothing else.
func (j *judge) histories() {
	w := j.world
	for _, name := range slices.Sorted(maps.Keys(w.executions)) {
		x := w.executions[name]
		if x.parent != nil || x.record.Bytes > mostHistory {
			continue
		}
		parts, long := map[string]audit.History{}, false
		for _, p := range x.parts {
			if child := w.executions[p.Name]; child != nil {
				parts[p.Name] = child.record.History
				long = long || child.record.Bytes > mostHistory
			}
		}
		if long {
			continue
		}
		j.result.Judged++
		for _, f := range audit.Judge(x.record.History, parts).Findings {
			j.find(unborne, "the history does not bear: %s", f)
		}
	}
}
