package doctor

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"zenstop/internal/credentials"
	"zenstop/internal/text"
)

// Services are the parts of AWS that a [Doctor] calls.
type Services struct {
	Stacks    Stacks
	Rules     Rules
	Functions Functions
	Secrets   credentials.API
	Workflows Workflows
	Schedules Schedules
	Topics    sns.ListSubscriptionsByTopicAPIClient
	Alarms    cloudwatch.DescribeAlarmsAPIClient
	Queues    Queues
}

// Stacks is the part of CloudFormation that a [Doctor] needs.
type Stacks interface {
	cloudformation.DescribeStacksAPIClient
	cloudformation.ListStackResourcesAPIClient
}

// Rules is the part of EventBridge that a [Doctor] needs.
type Rules interface {
	DescribeRule(context.Context, *eventbridge.DescribeRuleInput, ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error)
}

// Functions is the part of Lambda that a [Doctor] needs.
type Functions interface {
	GetFunctionConcurrency(context.Context, *lambda.GetFunctionConcurrencyInput, ...func(*lambda.Options)) (*lambda.GetFunctionConcurrencyOutput, error)
	GetFunctionConfiguration(context.Context, *lambda.GetFunctionConfigurationInput, ...func(*lambda.Options)) (*lambda.GetFunctionConfigurationOutput, error)
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Workflows is the part of Step Functions that a [Doctor] needs.
type Workflows interface {
	sfn.ListExecutionsAPIClient
	sfn.GetExecutionHistoryAPIClient
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
}

// Schedules is the part of EventBridge Scheduler that a [Doctor] needs.
type Schedules interface {
	GetSchedule(context.Context, *scheduler.GetScheduleInput, ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error)
}

// Queues is the part of SQS that a [Doctor] needs.
type Queues interface {
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// Of makes the clients of one AWS.
func Of(settings aws.Config) Services {
	return Services{
		Stacks: cloudformation.NewFromConfig(settings), Rules: eventbridge.NewFromConfig(settings), Functions: lambda.NewFromConfig(settings),
		Secrets: secretsmanager.NewFromConfig(settings), Workflows: sfn.NewFromConfig(settings),
		Schedules: scheduler.NewFromConfig(settings), Topics: sns.NewFromConfig(settings),
		Alarms: cloudwatch.NewFromConfig(settings), Queues: sqs.NewFromConfig(settings),
	}
}

// unseen is the line of a check whose call AWS did not answer as it should. The permission is
// the one that the call needs.
func (e *exam) unseen(permission string, err error) Line {
	if api, ok := errors.AsType[smithy.APIError](err); ok && missing.MatchString(api.ErrorCode()) && !strings.HasPrefix(api.ErrorCode(), "KMS") {
		return e.byHand("it is there no more: somebody has deleted it")
	}
	return Line{Level: Unknown, Says: whyUnseen(permission, err)}
}

// unseenOf is the line of a call that is about one of several of a kind.
func (e *exam) unseenOf(name, permission string, err error) Line {
	l := e.unseen(permission, err)
	l.Says = name + ": " + l.Says
	return l
}

// missing finds the errors that say that a resource does not exist. Each service has its own.
var missing = regexp.MustCompile("NotFound|NonExistent|DoesNotExist")

// makeAgain says what to do about a resource that somebody deleted or changed behind the stack.
const makeAgain = "docs/operations.md, entry drift, says how it is made again"

// byHand is the line of a part of the stack that somebody has deleted or changed.
func (e *exam) byHand(says string) Line {
	return Line{Level: Wrong, Says: says, More: []string{makeAgain}, Mend: []string{e.drift()}}
}

// drift is the command by which CloudFormation finds out what is no longer as the stack made it.
func (e *exam) drift() string {
	return e.aws("cloudformation detect-stack-drift --stack-name %s", e.id)
}

const maxReason = 300 // characters

// action finds the permission in a message of AWS. It may be another than that of the call: that
// of assuming a role, for example.
var action = regexp.MustCompile(`not authorized to perform: ([\w-]+:\w+)`)

func whyUnseen(permission string, err error) string {
	switch {
	case denied(err):
		if named := action.FindStringSubmatch(err.Error()); named != nil {
			permission = named[1]
		}
		if strings.Contains(err.Error(), "explicit deny") {
			return "AWS denies it: a policy forbids your credentials " + permission
		}
		return "AWS denies it: your credentials need the permission " + permission
	case throttled(err):
		return "AWS throttles " + permission + ": run the command again in a minute"
	}
	return permission + " fails: " + text.End(text.Line(err.Error()), maxReason)
}

// denied reports whether AWS refuses the caller the permission. Each service spells it in
// its own way: AccessDenied, AccessDeniedException, and SNS AuthorizationError. Lambda's
// KMSAccessDeniedException is about the role of the function.
func denied(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	if !ok || strings.HasPrefix(api.ErrorCode(), "KMS") {
		return false
	}
	return strings.Contains(api.ErrorCode(), "AccessDenied") || strings.HasPrefix(api.ErrorCode(), "AuthorizationError") || api.ErrorCode() == "UnauthorizedOperation"
}

func throttled(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}
