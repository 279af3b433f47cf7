package cloud

import (
	"time"

	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/audit"
)

// Record takes down the history of one execution while it is carried out: each attempt of a Task
// is told to [Record.Tries], each transition to [Record.Left].
type Record struct {
	audit.History
	Bytes int // of the documents

	asked []byte // the arguments of the newest attempt that sent something
}

// Tries takes in an attempt before it is made.
func (r *Record) Tries(resource string, a asl.Arguments) {
	if r.asked = nil; resource == ResourcePublish || resource == ResourceSend || resource == ResourceStart {
		r.asked = encode(a)
	}
}

// Left takes in a transition at this time. Those inside a Map belong to no history but that of
// the child execution.
func (r *Record) Left(s asl.Step, now time.Time) {
	if s.State == "Part" || s.State == "PartReported" || s.Output == nil {
		return
	}
	step := audit.Step{State: s.State, Entered: s.Entered, Left: now, Input: s.Input, Output: s.Output, Asked: r.asked}
	if s.Caught != nil {
		step.Error = s.Caught.Error
	}
	r.asked = nil
	r.Steps, r.Bytes = append(r.Steps, step), r.Bytes+len(s.Output)
}

// End takes in how the execution ended; an error means that somebody has aborted it.
func (r *Record) End(end asl.End, err error, now time.Time) {
	r.Ended, r.Status, r.Error, r.Cause, r.Output = now, end.Status, end.Error, end.Cause, end.Output
	if err != nil {
		r.Status = audit.Aborted
	}
}
