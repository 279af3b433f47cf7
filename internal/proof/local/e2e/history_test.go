package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/proof/local/stack"
)

// history is that of one execution, the first event first.
func history(t *testing.T, s *stack.Stack, name string) []types.HistoryEvent {
	t.Helper()
	var all []types.HistoryEvent
	arn := s.ExecutionARN(name)
	pages := sfn.NewGetExecutionHistoryPaginator(sfn.NewFromConfig(s.AWS), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Events...)
	}
	return all
}

// everything is all the text that the stack has written: the log lines of both
// functions and the history of every execution, its input and output included.
func everything(t *testing.T, s *stack.Stack) string {
	t.Helper()
	var all strings.Builder
	logs := cloudwatchlogs.NewFromConfig(s.AWS)
	for _, function := range []string{"StopFunction", "StatusFunction"} {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/" + s.Name + "-" + function)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, event := range page.Events {
				all.WriteString(aws.ToString(event.Message) + "\n")
			}
		}
	}
	names, err := s.Executions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := json.NewEncoder(&all).Encode(history(t, s, name)); err != nil {
			t.Fatal(err)
		}
		all.WriteString(name + "\n")
	}
	return all.String()
}

// abort ends an execution from outside, as StopExecution does.
func abort(t *testing.T, s *stack.Stack, name string) {
	t.Helper()
	arn := s.ExecutionARN(name)
	if _, err := sfn.NewFromConfig(s.AWS).StopExecution(t.Context(), &sfn.StopExecutionInput{ExecutionArn: &arn}); err != nil {
		t.Fatal(err)
	}
}
