package stack

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Listed is a run in the list of all.
type Listed struct {
	Name    string
	Status  types.ExecutionStatus
	Started time.Time
	Parts   int    // how many child executions a large run has
	Waits   string // what a run that holds is waiting for; empty: it does not hold
}

// Runs lists the runs, the newest first. The parts of a large run are no runs; what comes
// back to kept instances, or starts again, is one.
func (s *Stack) Runs(ctx context.Context) ([]Listed, error) {
	all, err := s.executions(ctx)
	if err != nil {
		return nil, err
	}
	names, parts := map[string]bool{}, map[string]int{}
	for _, e := range all {
		names[aws.ToString(e.Name)] = true
	}
	var runs []Listed
	for _, e := range all {
		name := aws.ToString(e.Name)
		if run, ok := PartOf(name); ok && names[run] {
			parts[run]++
			continue
		}
		runs = append(runs, Listed{Name: name, Status: e.Status, Started: aws.ToTime(e.StartDate)})
	}
	for i := range runs {
		runs[i].Parts = parts[runs[i].Name]
		if runs[i].Status != types.ExecutionStatusRunning {
			continue
		}
		e, err := s.Look(ctx, runs[i].Name)
		if err != nil {
			return nil, err
		}
		if e.State == StateHold {
			runs[i].Waits = e.Run.Summary
		}
	}
	return runs, nil
}

// PartOf returns the run of a part's execution, <run>-part-1 and so on.
func PartOf(name string) (run string, ok bool) {
	const mark = "-part-"
	at := strings.LastIndex(name, mark)
	if at < 0 {
		return "", false
	}
	_, err := strconv.ParseUint(name[at+len(mark):], 10, 0)
	return name[:at], err == nil
}

// Further are the names of the executions that come back to what a run or its parts have
// kept, or start again what these have stopped: <run>-kept, <run>-kept-2,
// <run>-part-1-kept, <run>-start and so on. Each starts before the one that it follows has
// ended.
func (s *Stack) Further(ctx context.Context, run string) ([]string, error) {
	names, err := s.Executions(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(names, func(name string) bool { return !follows(run, name) }), nil
}

// follows reports whether the execution comes back to what the run or one of its parts has
// kept, or starts again what these have stopped.
func follows(run, name string) bool {
	rest, ok := strings.CutPrefix(name, run)
	return ok && regexp.MustCompile(`^(-part-\d+)?(-kept(-\d+)?(-start)?|-start)$`).MatchString(rest)
}

// parts are the names of a run's child executions, the first part first.
func (s *Stack) parts(ctx context.Context, run string) ([]string, error) {
	names, err := s.Executions(ctx)
	if err != nil {
		return nil, err
	}
	parts := slices.DeleteFunc(names, func(name string) bool { of, ok := PartOf(name); return !ok || of != run })
	slices.SortFunc(parts, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) })
	return parts, nil
}

// Executions lists the names of all executions, the parts of large runs too, the
// newest first.
func (s *Stack) Executions(ctx context.Context) ([]string, error) {
	all, err := s.executions(ctx)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = aws.ToString(e.Name)
	}
	return names, nil
}

func (s *Stack) executions(ctx context.Context) ([]types.ExecutionListItem, error) {
	arn := s.Outputs["StopWorkflowArn"]
	var all []types.ExecutionListItem
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(s.AWS), &sfn.ListExecutionsInput{StateMachineArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Executions...)
	}
	return all, nil
}
