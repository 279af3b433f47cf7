package runs

import (
	"encoding/json"
	"math"

	"zenstop/internal/power"
)

// fit keeps the document within so many bytes. Names go first, then notes, then what only
// saves calls. From a report whole instances go, those with a good verdict first; Omitted
// and Counts tell of them.
func (r *Run) fit(room int) {
	for _, leaveOut := range lessByLess() {
		if size(r) <= room {
			return
		}
		for i := range r.Instances {
			leaveOut(&r.Instances[i])
		}
	}
	if bytes := size(r); bytes > room && r.Outcome != OutcomeWaiting {
		r.leaveOut(room - bytes + size(r.Instances))
	}
}

// lessByLess is what an instance can do without, the least needed first.
func lessByLess() []func(*power.Instance) {
	return []func(*power.Instance){
		func(in *power.Instance) { in.Name = "" },
		func(in *power.Instance) { in.Note = "" },
		func(in *power.Instance) { in.Memory.MaxBatch, in.Memory.Failures, in.Memory.FailedAt = 0, 0, 0 },
	}
}

// leaveOut keeps as many instances as there is room for, in bytes: first those whose
// verdict is not good, then the kept ones, then the others.
func (r *Run) leaveOut(room int) {
	all := r.Instances
	keep := make([]bool, len(all))
	for rank := range 3 {
		for i := range all {
			if rankOf(all[i].Verdict) != rank {
				continue
			}
			if bytes := size(&all[i]) + 1; bytes <= room {
				keep[i], room = true, room-bytes
			}
		}
	}
	r.Instances = []power.Instance{}
	for i := range all {
		if keep[i] {
			r.Instances = append(r.Instances, all[i])
		}
	}
	r.Omitted += len(all) - len(r.Instances)
}

// size is how many bytes v takes as Lambda encodes it.
func size(v any) int {
	text, err := json.Marshal(v)
	if err != nil { // a run document always encodes: its times are checked, and the rest are texts and numbers
		return math.MaxInt
	}
	return len(text)
}

// rankOf orders verdicts by how much a report needs their instances.
func rankOf(v power.Verdict) int {
	switch {
	case !v.Good():
		return 0
	case v == power.Kept:
		return 1
	default:
		return 2
	}
}
