package stack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/shutdown"
)

// Execution is how far an execution of StopWorkflow is.
type Execution struct {
	Name   string
	Status types.ExecutionStatus
	State  string       // the newest state of the workflow
	Run    shutdown.Run // the newest run document
	Error  string       // of a failed execution
	Cause  string
}

// Executions lists the names of all executions, the newest first.
func (s *Stack) Executions(ctx context.Context) ([]string, error) {
	arn := s.Outputs["StopWorkflowArn"]
	var names []string
	pages := sfn.NewListExecutionsPaginator(sfn.NewFromConfig(s.AWS), &sfn.ListExecutionsInput{StateMachineArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Executions {
			names = append(names, aws.ToString(e.Name))
		}
	}
	return names, nil
}

// Look reads how far one execution is, from its history as anyone may.
func (s *Stack) Look(ctx context.Context, name string) (Execution, error) {
	client := sfn.NewFromConfig(s.AWS)
	arn := s.executionARN(name)
	is, err := client.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
	if err != nil {
		return Execution{}, err
	}
	e := Execution{Name: name, Status: is.Status, Error: aws.ToString(is.Error), Cause: aws.ToString(is.Cause)}
	doc := aws.ToString(is.Input)
	history, err := client.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, ReverseOrder: true, MaxResults: 100})
	if err != nil {
		return e, err
	}
	for _, event := range history.Events {
		if entered := event.StateEnteredEventDetails; entered != nil {
			e.State, doc = aws.ToString(entered.Name), or(aws.ToString(entered.Input), doc)
			break
		}
	}
	if e.Status == types.ExecutionStatusSucceeded {
		doc = or(aws.ToString(is.Output), doc)
	}
	if err := json.Unmarshal([]byte(doc), &e.Run); err != nil {
		return e, fmt.Errorf("run document of %s: %w", name, err)
	}
	return e, nil
}

// Ended reports whether the execution is over.
func (e Execution) Ended() bool { return e.Status != types.ExecutionStatusRunning }

var part = regexp.MustCompile(`^-\d+-of-(\d+)$`)

// Follow waits until the run has ended, all its parts where it is split, and
// calls show at each look; show may be nil. It gives up where no execution
// starts.
func (s *Stack) Follow(ctx context.Context, run string, limit time.Duration, show func([]Execution)) ([]Execution, error) {
	var runs []Execution
	begun := time.Now()
	err := poll(ctx, limit, func() (bool, error) {
		names, err := s.Executions(ctx)
		if err != nil {
			return false, err
		}
		runs = runs[:0]
		wanted, ended := 1, 0
		for _, name := range names {
			rest, ours := strings.CutPrefix(name, run)
			of := part.FindStringSubmatch(rest)
			if !ours || rest != "" && of == nil {
				continue
			}
			if of != nil {
				wanted, _ = strconv.Atoi(of[1])
			}
			e, err := s.Look(ctx, name)
			if err != nil {
				return false, err
			}
			if e.Ended() {
				ended++
			}
			runs = append(runs, e)
		}
		if show != nil {
			show(runs)
		}
		if len(runs) == 0 {
			return false, s.unstarted(ctx, run, time.Since(begun))
		}
		return len(runs) >= wanted && ended == len(runs), nil
	})
	if err != nil {
		return runs, fmt.Errorf("follow the run %s: %w", run, err)
	}
	return runs, nil
}

// Progress says in one line how far the runs are.
func Progress(runs []Execution, elapsed time.Duration) string {
	if len(runs) == 0 {
		return fmt.Sprintf("%4.0fs  waiting for the run to start", elapsed.Seconds())
	}
	var running, stopping, stopped, failed, other int
	for _, e := range runs {
		for _, in := range e.Run.Instances {
			switch {
			case in.Verdict == shutdown.Protected:
				other++
			case in.Verdict.Good():
				stopped++
			case in.Verdict != shutdown.Open:
				failed++
			case in.Status == "RUNNING":
				running++
			case in.Status == "STOPPING":
				stopping++
			default:
				other++
			}
		}
	}
	return fmt.Sprintf("%4.0fs  %-13s  running %d, stopping %d, stopped %d, failed %d, other %d",
		elapsed.Seconds(), runs[0].State, running, stopping, stopped, failed, other)
}

// Report prints a line for each instance, then the summary.
func Report(w io.Writer, e Execution) {
	fmt.Fprintf(w, "\nrun %s (%s)\n\n", e.Name, e.Run.Trigger.Kind)
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "INSTANCE\tNAME\tBEFORE\tSTATUS\tVERDICT\tSECONDS\tNOTE")
	for _, in := range e.Run.Instances {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\n", in.ID, in.Name, or(in.Before, "-"), or(in.Status, "-"), or(string(in.Verdict), "-"), in.Seconds, in.Note)
	}
	_ = t.Flush()
	for _, note := range e.Run.Notes {
		fmt.Fprintln(w, "note: "+note)
	}
	fmt.Fprintf(w, "\n%s: %s\nworkflow %s", e.Run.Outcome, e.Run.Summary, e.Status)
	if e.Error != "" {
		fmt.Fprintf(w, ", error %s", e.Error)
	}
	fmt.Fprintln(w)
}
