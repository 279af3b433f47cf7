package history

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// failure returns the error and the cause of an event that reports one. Source: the
// AWS page of HistoryEvent.
func failure(e *types.HistoryEvent) (name, cause string, ok bool) {
	found := func(name, cause *string) (string, string, bool) {
		return cmp.Or(aws.ToString(name), string(e.Type)), aws.ToString(cause), true
	}
	if d := e.TaskFailedEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	if d := e.TaskTimedOutEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	if d := e.TaskSubmitFailedEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	if d := e.TaskStartFailedEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	if d := e.ExecutionFailedEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	if d := e.ExecutionTimedOutEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	if d := e.ExecutionAbortedEventDetails; d != nil {
		return found(d.Error, d.Cause)
	}
	return string(e.Type), "", ends(e.Type)
}
