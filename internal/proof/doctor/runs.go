package doctor

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
	"zenstop/internal/text"
)

// Bounds of the look at the runs, which may be hundreds.
const (
	mostListed = 1000
	mostRead   = 20 // of which the document is read: one call or more for each
)

// lookAtRuns says which runs are RUNNING, and until when those hold that wait for a time.
func (e *exam) lookAtRuns(ctx context.Context) Line {
	workflow := e.outputs["StopWorkflowArn"]
	running, more, err := e.running(ctx, workflow)
	if err != nil {
		return e.unseen("states:ListExecutions", err)
	}
	l := Line{Level: OK, Says: fmt.Sprintf("%d RUNNING", len(running))}
	if more {
		l.Says = fmt.Sprintf("more than %d RUNNING", len(running))
	}
	for _, r := range running[:min(len(running), mostRead)] {
		says, err := e.progress(ctx, r)
		if err != nil {
			l.Level, l.Says = Unknown, l.Says+"; which of them hold is not known: "+whyUnseen("states:GetExecutionHistory", err)
			break
		}
		l.More = append(l.More, says)
	}
	if len(running) > mostRead {
		l.More = append(l.More, fmt.Sprintf("the documents of the other %d were not read", len(running)-mostRead))
		l.Mend = []string{e.listRunning()}
	}
	return l
}

func (e *exam) listRunning() string {
	return e.aws("stepfunctions list-executions --status-filter RUNNING --state-machine-arn %s", e.outputs["StopWorkflowArn"])
}

// running lists the executions that are RUNNING, the newest first, without the parts of
// large runs. More says that the list was broken off.
func (e *exam) running(ctx context.Context, workflow string) (running []types.ExecutionListItem, more bool, err error) {
	pages := sfn.NewListExecutionsPaginator(e.AWS.Workflows, &sfn.ListExecutionsInput{StateMachineArn: &workflow, StatusFilter: types.ExecutionStatusRunning})
	for pages.HasMorePages() {
		if len(running) >= mostListed {
			return running, true, nil
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, false, err
		}
		for _, r := range page.Executions {
			if _, isPart := stack.PartOf(aws.ToString(r.Name)); !isPart {
				running = append(running, r)
			}
		}
	}
	return running, false, nil
}

// progress says how far a run is.
func (e *exam) progress(ctx context.Context, r types.ExecutionListItem) (string, error) {
	state, doc, err := stack.NewestState(ctx, e.AWS.Workflows, aws.ToString(r.ExecutionArn))
	if err != nil {
		return "", err
	}
	name := aws.ToString(r.Name)
	if state != stack.StateHold {
		return fmt.Sprintf("%s is at work, in the state %s, since %s", name, state, aws.ToTime(r.StartDate).In(e.zone).Format(timeFormat)), nil
	}
	run := document(doc)
	if until := stack.HoldsUntil(run); !until.IsZero() {
		return fmt.Sprintf("%s holds until %s: %s", name, until.In(e.zone).Format(timeFormat), text.Short(run.Summary, maxReason)), nil
	}
	return name + " holds; its document does not say until when", nil
}

// document is a run document, or the zero run where it cannot be read.
func document(doc string) (run runs.Run) {
	if json.Unmarshal([]byte(doc), &run) != nil {
		return runs.Run{}
	}
	return run
}
