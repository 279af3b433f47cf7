package history

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/audit"
)

func enters(state string) types.HistoryEvent {
	return types.HistoryEvent{Type: types.HistoryEventTypeTaskStateEntered, StateEnteredEventDetails: &types.StateEnteredEventDetails{Name: &state, Input: aws.String("{}")}}
}

func exits(state string) types.HistoryEvent {
	return types.HistoryEvent{Type: types.HistoryEventTypeTaskStateExited, StateExitedEventDetails: &types.StateExitedEventDetails{Name: &state, Output: aws.String("{}")}}
}

func audited(t *testing.T, all ...types.HistoryEvent) audit.History {
	t.Helper()
	begins := types.HistoryEvent{Type: types.HistoryEventTypeExecutionStarted, ExecutionStartedEventDetails: &types.ExecutionStartedEventDetails{Input: aws.String("{}")}}
	h, _, err := ForAudit(t.Context(), service{"run-1": events(true, append([]types.HistoryEvent{begins}, all...)...)}, prefix+"run-1")
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAHistoryForAnAuditKnowsItsRunAndItsStateMachine(t *testing.T) {
	if h := audited(t); h.Name != "run-1" || h.Machine != "arn:aws:states:us-east-1:123456789012:stateMachine:stop" {
		t.Errorf("%+v", h)
	}
}

// Whoever redrives an execution lets it go on after its end. Source: the AWS page of redriving executions.
func TestAnExecutionThatIsRedrivenHasNotEnded(t *testing.T) {
	h := audited(
		t, enters("Wait"), types.HistoryEvent{Type: types.HistoryEventTypeExecutionAborted, ExecutionAbortedEventDetails: &types.ExecutionAbortedEventDetails{Error: aws.String("why")}},
		types.HistoryEvent{Type: types.HistoryEventTypeExecutionRedriven, ExecutionRedrivenEventDetails: &types.ExecutionRedrivenEventDetails{}}, exits("Wait"),
	)
	if h.Status != "" || !h.Ended.IsZero() || h.Error != "" || len(h.Steps) != 1 || h.Steps[0].Left.Sub(h.Started) != 4*time.Second {
		t.Errorf("%+v", h)
	}
}

// A call that worked, and whose output the state could not evaluate.
func TestAStateWhoseOutputCannotBeEvaluatedHasFailed(t *testing.T) {
	h := audited(
		t, enters("CheckStatus"), types.HistoryEvent{Type: types.HistoryEventTypeTaskSucceeded, TaskSucceededEventDetails: &types.TaskSucceededEventDetails{}},
		types.HistoryEvent{Type: types.HistoryEventTypeEvaluationFailed, EvaluationFailedEventDetails: &types.EvaluationFailedEventDetails{Error: aws.String("States.QueryEvaluationError"), State: aws.String("CheckStatus")}}, exits("CheckStatus"),
	)
	if len(h.Steps) != 1 || h.Steps[0].Error != "States.QueryEvaluationError" {
		t.Errorf("%+v", h.Steps)
	}
}
