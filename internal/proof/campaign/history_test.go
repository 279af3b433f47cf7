package campaign

import (
	"maps"
	"slices"
	"time"

	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/audit"
)

// mostHistory is how long a history is that the campaign keeps, in bytes.
const mostHistory = 16 << 20

// log keeps what the history of an execution will show.
type log struct {
	audit.History
	asked []byte // the arguments of the newest attempt that sent something
	bytes int
}

// sends takes in the arguments of an attempt.
func (l *log) sends(resource string, a asl.Arguments) {
	if resource == cloud.ResourcePublish || resource == cloud.ResourceSend || resource == cloud.ResourceStart {
		l.asked = encode(a)
	}
}

// left takes in a transition.
func (l *log) left(s asl.Step) {
	if s.State == "Part" || s.State == "PartReported" || s.State == "Failed" || l.bytes > mostHistory {
		return
	}
	step := audit.Step{State: s.State, Entered: s.Entered, Left: time.Now(), Input: s.Input, Output: s.Output, Asked: l.asked}
	if s.Caught != nil {
		step.Error = s.Caught.Error
	}
	l.asked = nil
	l.Steps = append(l.Steps, step)
	l.bytes += len(s.Output)
}

// ended takes in how the execution ended.
func (l *log) ended(end asl.End, err error) {
	l.Ended, l.Status, l.Error, l.Cause, l.Output = time.Now(), end.Status, end.Error, end.Cause, end.Output
	if err != nil {
		l.Status = audit.Aborted
	}
}

// histories lets the histories of all executions be judged by those who have nothing else.
func (j *judge) histories() {
	w := j.world
	for _, name := range slices.Sorted(maps.Keys(w.executions)) {
		x := w.executions[name]
		if x.parent != nil || x.log.bytes > mostHistory {
			continue
		}
		parts, long := map[string]audit.History{}, false
		for _, p := range x.parts {
			if child := w.executions[p.Name]; child != nil {
				parts[p.Name] = child.log.History
				long = long || child.log.bytes > mostHistory
			}
		}
		if long {
			continue
		}
		j.result.Judged++
		for _, f := range audit.Judge(x.log.History, parts).Findings {
			j.find(unborne, "the history does not bear: %s", f)
		}
	}
}
