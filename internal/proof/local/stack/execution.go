package stack

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/runs"
)

// Execution is what is known of an execution of StopWorkflow.
type Execution struct {
	Name   string
	Status types.ExecutionStatus
	Error  string // of a failed execution
	Cause  string // likewise

	State string   // the newest state of the workflow
	Run   runs.Run // the newest run document
	Parts []string // the names of its child executions, the first part first
}

// Ended reports whether the execution is over.
func (e Execution) Ended() bool { return e.Status != types.ExecutionStatusRunning }

// Look reads how far an execution is, from what Step Functions shows to anyone.
func (s *Stack) Look(ctx context.Context, name string) (Execution, error) {
	is, err := s.describe(ctx, name)
	if err != nil {
		return Execution{}, err
	}
	e := Execution{Name: name, Status: is.Status, Error: aws.ToString(is.Error), Cause: aws.ToString(is.Cause)}
	state, doc, err := NewestState(ctx, sfn.NewFromConfig(s.AWS), s.ExecutionARN(name))
	if err != nil {
		return e, err
	}
	if e.State = state; e.Status == types.ExecutionStatusSucceeded { // the local AWS has an output for a failed one too, with error and cause
		doc = aws.ToString(is.Output)
	}
	if err := json.Unmarshal([]byte(cmp.Or(doc, aws.ToString(is.Input))), &e.Run); err != nil {
		return e, fmt.Errorf("run document of %s: %w", name, err)
	}
	e.Parts, err = s.parts(ctx, name)
	return e, err
}

func (s *Stack) describe(ctx context.Context, name string) (*sfn.DescribeExecutionOutput, error) {
	arn := s.ExecutionARN(name)
	return sfn.NewFromConfig(s.AWS).DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
}

// NewestState returns the state that an execution entered last, and its input.
func NewestState(ctx context.Context, api sfn.GetExecutionHistoryAPIClient, arn string) (state, input string, err error) {
	pages := sfn.NewGetExecutionHistoryPaginator(api, &sfn.GetExecutionHistoryInput{
		ExecutionArn: &arn, ReverseOrder: true, MaxResults: 10, // large documents: each event may hold one
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", "", err
		}
		for _, event := range page.Events {
			if entered := event.StateEnteredEventDetails; entered != nil {
				return aws.ToString(entered.Name), aws.ToString(entered.Input), nil
			}
		}
	}
	return "", "", nil
}

// ExecutionARN is the ARN of an execution of the stack's workflow.
func (s *Stack) ExecutionARN(name string) string {
	return ExecutionARN(s.Outputs["StopWorkflowArn"], name)
}

// ExecutionARN is the ARN of an execution of a workflow. What is an ARN already stays
// as it is.
func ExecutionARN(workflow, name string) string {
	if strings.HasPrefix(name, "arn:") {
		return name
	}
	return strings.Replace(workflow, ":stateMachine:", ":execution:", 1) + ":" + name
}
