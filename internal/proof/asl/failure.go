package asl

import (
	"fmt"
	"slices"
)

// The errors that Step Functions itself raises. Source: the AWS page of error
// handling in Step Functions.
const (
	errAll     = "States.ALL"
	errTask    = "States.TaskFailed"
	errTimeout = "States.Timeout"
	errQuery   = "States.QueryEvaluationError" // an expression fails or yields nothing
	errLimit   = "States.DataLimitExceeded"    // an input or output is too large
	errRuntime = "States.Runtime"
)

// Quotas. Source: the AWS page of Step Functions quotas.
const (
	MaxBytes  = 262_144 // of the input and of the output of a state, a task, an execution
	MaxEvents = 25_000  // of the history of an execution
)

// covers reports whether a list of error names includes this error. Neither
// States.ALL nor States.TaskFailed includes the errors that end an execution for good.
func covers(names []string, name string) bool {
	if slices.Contains(names, name) {
		return true
	}
	if name == errLimit || name == errRuntime {
		return false
	}
	return slices.Contains(names, errAll) || slices.Contains(names, errTask) && name != errTimeout
}

func queryFailure(field string, err error) *Failure {
	return &Failure{errQuery, fmt.Sprintf("%s: %v", field, err)}
}

// tooLarge is the failure of data above the quota; nil where it fits.
func tooLarge(what string, size int) *Failure {
	if size <= MaxBytes {
		return nil
	}
	return &Failure{errLimit, fmt.Sprintf("%s has %d bytes, the quota is %d", what, size, MaxBytes)}
}

// output is what a catcher sees as $states.errorOutput.
func (f *Failure) output() map[string]any {
	return map[string]any{"Error": f.Error, "Cause": f.Cause}
}
