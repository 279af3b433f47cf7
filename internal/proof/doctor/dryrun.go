package doctor

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
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

// dryRun sends a request with dryRun true, waits for the end of its run, and says what
// that shows of Zenlayer. The call is synchronous: an event that fails so does not go to
// the failure queue.
func (e *exam) dryRun(ctx context.Context, function, target string) answer {
	event := fmt.Sprintf(`{"id":"doctor-%s","source":"zenstop","detail-type":"Stop Instances Requested","time":%q,"detail":{"target":%s,"dryRun":true,"timeoutMinutes":%d,"reason":"make doctor"}}`,
		strings.ToLower(rand.Text()), e.Now().UTC().Format(time.RFC3339), target, dryRunMinutes)
	claim, failed := e.invoke(ctx, function, event)
	if failed != nil {
		return answer{line: *failed}
	}
	if claim.Outcome == runs.OutcomeRefused { // by the guards of the function, which asks Zenlayer nothing
		return answer{answered: true, refused: claim.Summary}
	}
	is, failed := e.follow(ctx, stack.ExecutionARN(e.outputs["StopWorkflowArn"], claim.Run))
	if failed != nil {
		return answer{line: *failed}
	}
	a := answer{line: Line{Level: OK, Check: "Zenlayer", Says: "it takes the credentials and answers"}, answered: true}
	cause := text.Line(aws.ToString(is.Cause))
	switch name := aws.ToString(is.Error); {
	case is.Status == types.ExecutionStatusSucceeded && json.Unmarshal([]byte(aws.ToString(is.Output)), &a.run) == nil:
		return a
	case is.Status == types.ExecutionStatusFailed && name == "Zenstop.Refused":
		a.refused = cause
		return a
	case is.Status == types.ExecutionStatusFailed && name == "Zenstop.StopFailed":
		return answer{line: e.unanswered(ctx, aws.ToString(is.ExecutionArn), cause)}
	}
	return answer{line: Line{
		Level: Wrong, Check: "Zenlayer", Says: fmt.Sprintf("the dry run ended as %s without a report: %s %s", is.Status, aws.ToString(is.Error), cause),
		Mend: []string{e.aws("stepfunctions get-execution-history --reverse-order --max-items 5 --execution-arn %s", aws.ToString(is.ExecutionArn))},
	}}
}

// invoke hands the event to the function, or says why it did not take it.
func (e *exam) invoke(ctx context.Context, function, event string) (handler.Claim, *Line) {
	const check = "Zenlayer"
	var claim handler.Claim
	out, err := e.AWS.Functions.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: []byte(event)})
	if full, ok := errors.AsType[*lambdatypes.TooManyRequestsException](err); ok && strings.HasPrefix(string(full.Reason), "ReservedFunction") {
		return claim, &Line{
			Level: Wrong, Check: check, Says: "StopFunction may not run: its reserved concurrency is used up, or set to 0, and every event goes to the failure queue",
			Mend: []string{e.aws("lambda delete-function-concurrency --function-name %s", function)},
		}
	}
	if err != nil {
		l := unseen(check, "lambda:InvokeFunction", err)
		return claim, &l
	}
	if aws.ToString(out.FunctionError) == "" && json.Unmarshal(out.Payload, &claim) == nil && claim.Run != "" {
		return claim, nil
	}
	var failure struct{ ErrorType, ErrorMessage string }
	_ = json.Unmarshal(out.Payload, &failure) // of what is none, nothing is shown
	return claim, &Line{
		Level: Wrong, Check: check, Says: text.Short(fmt.Sprintf("StopFunction fails on a request: %s %s", failure.ErrorType, failure.ErrorMessage), maxReason),
		Mend: []string{e.aws("logs tail /aws/lambda/%s-StopFunction --since 10m", e.Stack)},
	}
}

// follow waits for the end of the execution, or says why it is not known. AWS may show an
// execution some time after it was started.
func (e *exam) follow(ctx context.Context, arn string) (*sfn.DescribeExecutionOutput, *Line) {
	ctx, cancel := context.WithTimeout(ctx, dryRunLimit)
	defer cancel()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		is, err := e.AWS.Workflows.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &arn})
		if _, notYet := errors.AsType[*types.ExecutionDoesNotExist](err); err != nil && !notYet && ctx.Err() == nil {
			l := unseen("Zenlayer", "states:DescribeExecution", err)
			return nil, &l
		}
		if err == nil && is.Status != types.ExecutionStatusRunning {
			return is, nil
		}
		select {
		case <-ctx.Done():
			return nil, &Line{
				Level: Wrong, Check: "Zenlayer", Says: fmt.Sprintf("the dry run has not ended after %s", dryRunLimit),
				Mend: []string{e.aws("stepfunctions get-execution-history --reverse-order --max-items 5 --execution-arn %s", arn)},
			}
		case <-tick.C:
		}
	}
}

// unanswered is the line of a dry run that got no answer, or one that refused the
// credentials. The history has the name of the error.
func (e *exam) unanswered(ctx context.Context, arn, cause string) Line {
	l := Line{Level: Wrong, Check: "Zenlayer", Says: cause, Mend: []string{e.aws("logs tail /aws/lambda/%s-StopFunction --since 10m", e.Stack)}}
	name, err := e.failure(ctx, arn)
	if err != nil {
		l.More = []string{"The name of the error is not known. " + whyUnseen("states:GetExecutionHistory", err)}
	}
	if name == fault.CredentialsRefused {
		l.Says, l.More, l.Mend = "it does not take the credentials: "+cause, []string{secretFile}, []string{e.fill(e.outputs["CredentialsSecretArn"])}
	}
	return l
}

// failure is the name of the newest error of a call of a function.
func (e *exam) failure(ctx context.Context, arn string) (string, error) {
	out, err := e.AWS.Workflows.GetExecutionHistory(ctx, &sfn.GetExecutionHistoryInput{ExecutionArn: &arn, ReverseOrder: true, MaxResults: 100})
	if err != nil {
		return "", err
	}
	for i := range out.Events {
		switch failed := &out.Events[i]; {
		case failed.TaskFailedEventDetails != nil:
			return aws.ToString(failed.TaskFailedEventDetails.Error), nil
		case failed.LambdaFunctionFailedEventDetails != nil:
			return aws.ToString(failed.LambdaFunctionFailedEventDetails.Error), nil
		}
	}
	return "", nil
}
