package history

import (
	"cmp"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// failure returns the error and the cause of an event that reports one. Source: the
// AWS page of HistoryEvent.
func failure(e *types.HistoryEvent) (name, cause string, ok bool) {
	var reported, because *string
	switch {
	case e.TaskFailedEventDetails != nil:
		reported, because = e.TaskFailedEventDetails.Error, e.TaskFailedEventDetails.Cause
	case e.TaskTimedOutEventDetails != nil:
		reported, because = e.TaskTimedOutEventDetails.Error, e.TaskTimedOutEventDetails.Cause
	case e.TaskSubmitFailedEventDetails != nil:
		reported, because = e.TaskSubmitFailedEventDetails.Error, e.TaskSubmitFailedEventDetails.Cause
	case e.TaskStartFailedEventDetails != nil:
		reported, because = e.TaskStartFailedEventDetails.Error, e.TaskStartFailedEventDetails.Cause
	case e.EvaluationFailedEventDetails != nil:
		reported, because = e.EvaluationFailedEventDetails.Error, e.EvaluationFailedEventDetails.Cause
	case e.ExecutionFailedEventDetails != nil:
		reported, because = e.ExecutionFailedEventDetails.Error, e.ExecutionFailedEventDetails.Cause
	case e.ExecutionTimedOutEventDetails != nil:
		reported, because = e.ExecutionTimedOutEventDetails.Error, e.ExecutionTimedOutEventDetails.Cause
	case e.ExecutionAbortedEventDetails != nil:
		reported, because = e.ExecutionAbortedEventDetails.Error, e.ExecutionAbortedEventDetails.Cause
	default:
		return string(e.Type), "", ends(e.Type)
	}
	return cmp.Or(aws.ToString(reported), string(e.Type)), aws.ToString(because), true
}
