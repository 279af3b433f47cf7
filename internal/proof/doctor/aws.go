package doctor

import (
	"context"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
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

// Functions is the part of Lambda that a [Doctor] needs.
type Functions interface {
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
		Stacks: cloudformation.NewFromConfig(settings), Functions: lambda.NewFromConfig(settings),
		Secrets: secretsmanager.NewFromConfig(settings), Workflows: sfn.NewFromConfig(settings),
		Schedules: scheduler.NewFromConfig(settings), Topics: sns.NewFromConfig(settings),
		Alarms: cloudwatch.NewFromConfig(settings), Queues: sqs.NewFromConfig(settings),
	}
}

// unseen is the line of a check whose call AWS did not answer. The permission is the one
// that the call needs.
func unseen(permission string, err error) Line {
	return Line{Level: Unknown, Says: whyUnseen(permission, err)}
}

const maxReason = 300 // characters

func whyUnseen(permission string, err error) string {
	switch {
	case denied(err):
		return "AWS denies it: your credentials need the permission " + permission
	case throttled(err):
		return "AWS throttles " + permission + ": run the command again in a minute"
	}
	return permission + " fails: " + text.Short(err.Error(), maxReason)
}

// denied reports whether AWS refuses the caller the permission. Each service spells it in
// its own way: AccessDenied, AccessDeniedException, KMSAccessDeniedException, and SNS
// AuthorizationError.
func denied(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && (strings.Contains(api.ErrorCode(), "AccessDenied") || strings.HasPrefix(api.ErrorCode(), "AuthorizationError") || api.ErrorCode() == "UnauthorizedOperation")
}

func throttled(err error) bool {
	return retry.ThrottleErrorCode{Codes: retry.DefaultThrottleErrorCodes}.IsErrorThrottle(err) == aws.TrueTernary
}
