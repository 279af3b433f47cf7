// Package history reads what a picture shows from Step Functions. It only reads:
// the permission states:GetExecutionHistory is all that it needs.
package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/picture"
	"zenstop/internal/runs"
)

// Read returns the moments of an execution of StopWorkflow and of its parts. A part
// that has not started is left out. An error of Step Functions is returned with the
// name of the execution; [types.ExecutionDoesNotExist] is one of them.
func Read(ctx context.Context, api sfn.GetExecutionHistoryAPIClient, arn string) ([]picture.Moment, error) {
	moments, err := read(ctx, api, arn)
	if err != nil {
		return nil, err
	}
	of := arn[:strings.LastIndex(arn, ":")+1]
	for _, part := range parts(moments) {
		more, err := read(ctx, api, of+part)
		if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
			continue
		}
		if err != nil {
			return nil, err
		}
		moments = append(moments, more...)
	}
	return moments, nil
}

// parts are the names of the child executions that the plan has fixed.
func parts(moments []picture.Moment) []string {
	for _, m := range moments {
		if len(m.Run.Memory.Parts) > 0 {
			names := make([]string, len(m.Run.Memory.Parts))
			for i, p := range m.Run.Memory.Parts {
				names[i] = p.Name
			}
			return names
		}
	}
	return nil
}

func read(ctx context.Context, api sfn.GetExecutionHistoryAPIClient, arn string) ([]picture.Moment, error) {
	r := reader{states: states{}, failed: map[string]bool{}}
	err := each(ctx, api, arn, r.take)
	return r.moments, err
}

// each hands on the events of an execution, one by one.
func each(ctx context.Context, api sfn.GetExecutionHistoryAPIClient, arn string, take func(*types.HistoryEvent) error) error {
	name := arn[strings.LastIndex(arn, ":")+1:]
	pages := sfn.NewGetExecutionHistoryPaginator(api, &sfn.GetExecutionHistoryInput{
		ExecutionArn: &arn, IncludeExecutionData: aws.Bool(true), MaxResults: 20, // each event may hold a document of 256 KiB
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("history of the execution %s: %w", name, err)
		}
		for i := range page.Events {
			if err := take(&page.Events[i]); err != nil {
				return fmt.Errorf("history of the execution %s, event %d: %w", name, page.Events[i].Id, err)
			}
		}
	}
	return nil
}

// states are those that the events of one execution belong to, by the numbers of the events.
type states map[int64]string

// reader turns the events of one execution into moments.
type reader struct {
	moments []picture.Moment
	run     runs.Run
	text    string // the same as JSON
	states  states
	failed  map[string]bool // states whose newest attempt failed
}

func (r *reader) take(e *types.HistoryEvent) error {
	r.states.add(e)
	switch {
	case e.ExecutionStartedEventDetails != nil:
		return r.leave("", aws.ToString(e.ExecutionStartedEventDetails.Input), e)
	case e.StateEnteredEventDetails != nil:
		delete(r.failed, r.states[e.Id])
	case e.TaskSucceededEventDetails != nil:
		delete(r.failed, r.states[e.Id])
	case e.StateExitedEventDetails != nil:
		return r.exit(e)
	}
	if name, cause, ok := failure(e); ok {
		r.fail(e, name, cause)
	}
	return nil
}

// add takes in an event, and returns its state. Inside a Map the events of several
// iterations are mixed, so each is traced to the one before it. The local AWS does
// not name that one.
func (s states) add(e *types.HistoryEvent) (state string) {
	switch before := e.PreviousEventId; {
	case e.StateEnteredEventDetails != nil:
		state = aws.ToString(e.StateEnteredEventDetails.Name)
	case e.StateExitedEventDetails != nil:
		state = aws.ToString(e.StateExitedEventDetails.Name)
	case before > 0:
		state = s[before]
	default:
		state = s[e.Id-1]
	}
	s[e.Id] = state
	return state
}

// exit takes in the document that a state hands on. After an error that was caught
// it is no answer of a function, and what a part returns is no document of this run.
func (r *reader) exit(e *types.HistoryEvent) error {
	state := r.states[e.Id]
	if r.failed[state] || state == "Part" || state == "PartReported" {
		return nil
	}
	return r.leave(state, aws.ToString(e.StateExitedEventDetails.Output), e)
}

// leave takes in a document. Most states hand on what they were given, which is no
// moment of its own, unless the state calls a function, whose answer may be the same, or sends the warning.
func (r *reader) leave(state, document string, e *types.HistoryEvent) error {
	if document == r.text && !picture.AsksZenlayer(state) && state != picture.StateWarn {
		return nil
	}
	var run runs.Run
	if err := json.Unmarshal([]byte(document), &run); err != nil {
		return fmt.Errorf("run document of the state %q: %w", state, err)
	}
	r.run, r.text = run, document
	r.moments = append(r.moments, picture.Moment{At: aws.ToTime(e.Timestamp), State: state, Run: run})
	return nil
}

func (r *reader) fail(e *types.HistoryEvent, name, cause string) {
	state := r.states[e.Id]
	if r.failed[state] = true; ends(e.Type) {
		if state = ""; r.run.Outcome != runs.OutcomeWaiting {
			return // a failure with a report
		}
	}
	r.moments = append(r.moments, picture.Moment{At: aws.ToTime(e.Timestamp), State: state, Run: r.run, Error: name, Cause: cause})
}

func ends(t types.HistoryEventType) bool {
	return t == types.HistoryEventTypeExecutionFailed || t == types.HistoryEventTypeExecutionTimedOut || t == types.HistoryEventTypeExecutionAborted
}
