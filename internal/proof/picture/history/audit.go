package history

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/audit"
)

// ForAudit returns the history of an execution of StopWorkflow, and those of its parts by
// their names, for [audit.Judge]. Errors are those of [Read].
func ForAudit(ctx context.Context, api sfn.GetExecutionHistoryAPIClient, arn string) (of audit.History, parts map[string]audit.History, err error) {
	if of, err = forAudit(ctx, api, arn); err != nil {
		return of, nil, err
	}
	parts = map[string]audit.History{}
	for _, name := range of.Parts() {
		part, err := forAudit(ctx, api, arn[:strings.LastIndex(arn, ":")+1]+name)
		if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
			continue
		}
		if err != nil {
			return of, nil, err
		}
		parts[name] = part
	}
	return of, parts, nil
}

func forAudit(ctx context.Context, api sfn.GetExecutionHistoryAPIClient, arn string) (audit.History, error) {
	machine, name := arn[:strings.LastIndex(arn, ":")], arn[strings.LastIndex(arn, ":")+1:]
	c := clerk{of: audit.History{Name: name, Machine: strings.Replace(machine, ":execution:", ":stateMachine:", 1)}, states: states{}, entered: map[string]audit.Step{}}
	err := each(ctx, api, arn, c.take)
	return c.of, err
}

// clerk turns the events of one execution into its history for a judge.
type clerk struct {
	of      audit.History
	states  states
	entered map[string]audit.Step // states that were not left yet
}

func (c *clerk) take(e *types.HistoryEvent) error {
	state, at := c.states.add(e), aws.ToTime(e.Timestamp)
	step := c.entered[state]
	switch {
	case e.ExecutionStartedEventDetails != nil:
		c.of.Started, c.of.Input = at, raw(e.ExecutionStartedEventDetails.Input)
	case e.ExecutionSucceededEventDetails != nil:
		c.of.Ended, c.of.Status, c.of.Output = at, audit.Succeeded, raw(e.ExecutionSucceededEventDetails.Output)
	case ends(e.Type):
		c.of.Ended, c.of.Status = at, map[types.HistoryEventType]string{
			types.HistoryEventTypeExecutionFailed: audit.Failed, types.HistoryEventTypeExecutionAborted: audit.Aborted, types.HistoryEventTypeExecutionTimedOut: audit.TimedOut,
		}[e.Type]
		c.of.Error, c.of.Cause, _ = failure(e)
	case e.Type == types.HistoryEventTypeExecutionRedriven: // somebody lets it go on after its end
		c.of.Ended, c.of.Status, c.of.Error, c.of.Cause, c.of.Output = time.Time{}, "", "", "", nil
	case e.StateEnteredEventDetails != nil:
		c.entered[state] = audit.Step{State: state, Entered: at, Input: raw(e.StateEnteredEventDetails.Input)}
	case e.TaskScheduledEventDetails != nil:
		if aws.ToString(e.TaskScheduledEventDetails.ResourceType) != "lambda" {
			step.Asked = raw(e.TaskScheduledEventDetails.Parameters)
		}
		c.entered[state] = step
	case e.TaskSucceededEventDetails != nil:
		step.Error = ""
		c.entered[state] = step
	case e.StateExitedEventDetails != nil:
		if state == "Part" || state == "PartReported" { // of the Map of a large run; its own history has what a part does
			return nil
		}
		step.Left, step.Output = at, raw(e.StateExitedEventDetails.Output)
		c.of.Steps = append(c.of.Steps, step)
	default:
		if name, _, ok := failure(e); ok {
			step.Error = name
			c.entered[state] = step
		}
	}
	return nil
}

func raw(text *string) json.RawMessage { return json.RawMessage(aws.ToString(text)) }
