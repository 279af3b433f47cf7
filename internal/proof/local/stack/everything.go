package stack

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Everything is all the text that the stack has written: the log lines of both
// functions and the history of every execution, its input and output included.
func (s *Stack) Everything(ctx context.Context) (string, error) {
	var all strings.Builder
	logs := cloudwatchlogs.NewFromConfig(s.AWS)
	for _, function := range []string{"StopFunction", "StatusFunction"} {
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/aws/lambda/" + s.Name + "-" + function)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return "", err
			}
			for _, event := range page.Events {
				all.WriteString(aws.ToString(event.Message) + "\n")
			}
		}
	}
	names, err := s.Executions(ctx)
	if err != nil {
		return "", err
	}
	for _, name := range names {
		history, err := s.History(ctx, name)
		if err != nil {
			return "", err
		}
		if err := json.NewEncoder(&all).Encode(history); err != nil {
			return "", err
		}
		all.WriteString(name + "\n")
	}
	return all.String(), nil
}

// History is the history of one execution, the first event first.
func (s *Stack) History(ctx context.Context, name string) ([]types.HistoryEvent, error) {
	var all []types.HistoryEvent
	arn := s.executionARN(name)
	pages := sfn.NewGetExecutionHistoryPaginator(sfn.NewFromConfig(s.AWS), &sfn.GetExecutionHistoryInput{ExecutionArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Events...)
	}
	return all, nil
}
