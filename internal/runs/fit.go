package runs

import (
	"encoding/json"
	"math"
	"strings"

	"zenstop/internal/power"
)

// fit keeps the document within so many bytes. Names go first, then notes, then what only saves
// calls; of the notes, those that say what is wrong stay as far as there is room for them. From a
// report whole instances go, those with a good verdict first; Omitted and Counts tell of them.
// Then such notes have a tenth of the room.
func (r *Run) fit(room int) {
	const slack = 16 // bytes: the digits that Omitted gains
	if size(r) <= room {
		return
	}
	notes, ranks := map[int]string{}, make([]int, len(r.Instances))
	for i := range r.Instances {
		if ranks[i] = rankOf(&r.Instances[i]); ranks[i] == 0 {
			notes[i] = r.Instances[i].Note
		}
	}
	r.shorten(room)
	if bytes := size(r); bytes <= room {
		r.putBack(notes, room-bytes)
	} else if r.Outcome != OutcomeWaiting {
		for i := range r.Instances {
			if r.Instances[i].Verdict == power.Open { // without its note it would look like one that is right
				r.Instances[i].Note = notes[i]
			}
		}
		r.putBack(notes, room/10)
		r.leaveOut(room-size(r)+size(r.Instances)-slack, ranks)
	}
}

// shorten leaves out of each instance what it can do without, until the document fits.
func (r *Run) shorten(room int) {
	for _, leaveOut := range lessByLess() {
		if size(r) <= room {
			return
		}
		for i := range r.Instances {
			leaveOut(&r.Instances[i])
		}
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

// putBack gives the instances their notes again, as far as there is room.
func (r *Run) putBack(notes map[int]string, room int) {
	for i := range r.Instances {
		in := &r.Instances[i]
		if bytes := size(notes[i]) + len(`"note":,`); in.Note == "" && notes[i] != "" && bytes <= room {
			in.Note, room = notes[i], room-bytes
		}
	}
}

// leaveOut keeps as many instances as there is room for, in bytes: first those whose
// verdict is not good or whose status is not known, then the others that are open, as those of a dry
// run, then the kept ones, then the rest.
func (r *Run) leaveOut(room int, rankOf []int) {
	all := r.Instances
	keep := make([]bool, len(all))
	for rank := range ranks {
		for i := range all {
			if rankOf[i] != rank {
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

const ranks = 4

// rankOf orders instances by how much a document needs them and their notes.
func rankOf(in *power.Instance) int {
	switch {
	case in.Verdict == power.Open && (in.Status == "" || strings.HasPrefix(in.Note, power.NoteUnreadable)):
		return 0
	case in.Verdict != power.Open && !in.Verdict.Good():
		return 0
	case in.Verdict == power.Open:
		return 1
	case in.Verdict == power.Kept:
		return 2
	default:
		return 3
	}
}
