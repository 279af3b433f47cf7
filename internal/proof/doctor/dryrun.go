package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/fault"
	"zenstop/internal/handler"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
	"zenstop/internal/text"
)

// Bounds of a dry run. In an outage of Zenlayer it goes on until its deadline.
const (
	dryRunMinutes = 2
	dryRunLimit   = 5 * time.Minute
	lookEvery     = 2 * time.Second
)

// answer is what came of a dry run.
type answer struct {
	line     Line     // about Zenlayer; empty where the run never came to ask it
	answered bool     // the guards or Zenlayer have decided it
	refused  string   // why; "": run has the instances
	run      runs.Run // as it ended
}

// dryRun sends a request with dryRun true that would warn for so long, waits for the end of its run, and says what
// that shows of Zenlayer. The call is synchronous: an event that fails so does not go to
// the failure queue.
func (e *exam) dryRun(ctx context.Context, target string, warn time.Duration) answer {
	event := fmt.Sprintf(`{"id":"doctor-%s","source":"zenstop","detail-type":"Stop Instances Requested","time":%q,"detail":{"target":%s,"dryRun":true,"timeoutMinutes":%d,"warnMinutes":%d,"reason":"make doctor"}}`,
		strings.ToLower(rand.Text()), e.Now().UTC().Format(time.RFC3339), target, dryRunMinutes, warn/time.Minute)
	claim, failed := e.invoke(ctx, event)
	if failed.Level != "" {
		return answer{line: failed}
	}
	if claim.Outcome == runs.OutcomeRefused { // by the guards of the function, which asks Zenlayer nothing
		return answer{answered: true, refused: claim.Summary}
	}
	arn := stack.ExecutionARN(e.outputs["StopWorkflowArn"], claim.Run)
	is, failed := e.follow(ctx, arn)
	if failed.Level != "" {
		return answer{line: failed}
	}
	a := answer{line: Line{Level: OK, Says: "it takes the credentials and answers"}, answered: true}
	name, cause := aws.ToString(is.Error), text.Line(aws.ToString(is.Cause))
	switch {
	case is.Status == types.ExecutionStatusSucceeded && json.Unmarshal([]byte(aws.ToString(is.Output)), &a.run) == nil:
		a.line = asked(a.line, a.run.Version)
		return a
	case is.Status == types.ExecutionStatusFailed && name == "Zenstop.Refused":
		a.refused = cause
		return a
	case is.Status == types.ExecutionStatusFailed && name == "Zenstop.StopFailed":
		return answer{line: e.unanswered(ctx, arn, cause)}
	}
	return answer{line: e.unreported(arn, fmt.Sprintf("ended as %s without a report: %s %s", is.Status, name, cause))}
}

// asked adds the version of zenstop that has asked Zenlayer. Below it stands what a deploy from
// here would change.
func asked(l Line, version string) Line {
	if l.Says += ", asked by zenstop " + version; version != runs.Version {
		l.More = append(l.More, "A deploy from this folder makes it version "+runs.Version)
	}
	return l
}

// unreported is the line of a dry run that has no report.
func (e *exam) unreported(arn, how string) Line {
	return Line{Level: Wrong, Says: "the dry run " + how, Mend: []string{e.aws("stepfunctions get-execution-history --reverse-order --max-items 5 --execution-arn %s", arn)}}
}

// logs is the command that shows the newest lines in the log of StopFunction.
func (e *exam) logs() []string {
	since := strconv.FormatInt(e.Now().Add(-10*time.Minute).UnixMilli(), 10)
	return []string{e.aws("logs filter-log-events --log-group-name %s --start-time %s --query 'events[].message' --output text", "/aws/lambda/"+e.Stack+"-StopFunction", since)}
}

// invoke hands the event to the function. The line has a level where that did not take it.
func (e *exam) invoke(ctx context.Context, event string) (claim handler.Claim, failed Line) {
	function := e.outputs["StopFunctionName"]
	out, err := e.AWS.Functions.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: []byte(event)})
	if full, ok := errors.AsType[*lambdatypes.TooManyRequestsException](err); ok && strings.HasPrefix(string(full.Reason), "ReservedFunction") {
		return claim, Line{
			Level: Wrong, Says: "StopFunction may not run: its reserved concurrency is used up, and events go to the failure queue",
			Mend: []string{e.aws("lambda get-function-concurrency --function-name %s", function)},
		}
	}
	if err != nil {
		return claim, e.unseen("lambda:InvokeFunction", err)
	}
	if aws.ToString(out.FunctionError) == "" && json.Unmarshal(out.Payload, &claim) == nil && claim.Run != "" {
		return claim, Line{}
	}
	var failure struct{ ErrorType, ErrorMessage string }
	_ = json.Unmarshal(out.Payload, &failure) // of what is none, nothing is shown
	return claim, Line{Level: Wrong, Says: text.Short(fmt.Sprintf("StopFunction fails on a request: %s %s", failure.ErrorType, failure.ErrorMessage), maxReason), Mend: e.logs()}
}

// follow waits for the end of the execution; AWS may show it some time after it was
// started. The line has a level where the end is not known.
func (e *exam) follow(ctx context.Context, arn string) (is *sfn.DescribeExecutionOutput, failed Line) {
	ctx, cancel := context.WithTimeout(ctx, dryRunLimit)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		is, err := e.AWS.Workflows.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if _, notYet := errors.AsType[*types.ExecutionDoesNotExist](err); err != nil && !notYet && ctx.Err() == nil {
			return nil, e.unseen("states:DescribeExecution", err)
		}
		if err == nil && is.Status != types.ExecutionStatusRunning {
			return is, Line{}
		}
		select {
		case <-ctx.Done():
			return nil, e.unreported(arn, fmt.Sprintf("has not ended after %s", dryRunLimit))
		case <-tick.C:
		}
	}
}

// unanswered is the line of a dry run that got no answer, or one that refused the
// credentials. The history has the name of the error.
func (e *exam) unanswered(ctx context.Context, arn, cause string) Line {
	l := Line{Level: Wrong, Says: cause, Mend: e.logs()}
	out, err := e.AWS.Workflows.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, ReverseOrder: true, MaxResults: 100})
	if err != nil {
		l.More = []string{"The name of the error is not known: " + whyUnseen("states:GetExecutionHistory", err)}
		return l
	}
	for i := range out.Events {
		if failed := out.Events[i].TaskFailedEventDetails; failed != nil && aws.ToString(failed.Error) == fault.CredentialsRefused {
			if strings.Contains(cause, "credentials: secret ") { // the function could not use it, and Zenlayer was not asked
				l = e.unusable(cause)
				l.Level, l.Says = Wrong, "StopFunction cannot use the secret: "+cause
				return l
			}
			return e.fill("it does not take the credentials: " + cause)
		}
	}
	return l
}
