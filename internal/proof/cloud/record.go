package cloud

import (
	"context"
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

// Carry carries an execution out with these services, as [AWS.Run] does, and takes its history
// down, with the times of this clock.
func (r *Record) Carry(ctx context.Context, s *AWS, name string, input []byte, now func() time.Time) (asl.End, error) {
	task, left := s.Env.Task, s.Env.Left
	if task == nil {
		task = s.Task
	}
	s.Env.Task = func(ctx context.Context, resource string, a asl.Arguments) ([]byte, *asl.Failure) {
		r.Tries(resource, a)
		return task(ctx, resource, a)
	}
	s.Env.Left = func(step asl.Step) {
		if r.Left(step, now()); left != nil {
			left(step)
		}
	}
	r.Name, r.Machine, r.Input, r.Started = name, Machine, input, now()
	end, err := s.Run(ctx, name, input)
	r.End(end, err, now())
	return end, err
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
