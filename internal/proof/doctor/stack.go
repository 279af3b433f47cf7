package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/smithy-go"
)

// outputs are those of the template.
var outputs = []string{
	"StopFunctionName", "StopFunctionArn", "ScheduleRoleArn", "StatusFunctionName", "StopWorkflowArn",
	"CredentialsSecretArn", "NotificationTopicArn", "FailureQueueUrl", "DashboardUrl",
}

// lookAtStack reads the stack's state, parameters and outputs. Nothing else is known without
// them, so its error ends the examination.
func (e *exam) lookAtStack(ctx context.Context) (Line, error) {
	out, err := e.AWS.Stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &e.Stack})
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist") {
		return e.nothing(), nil
	}
	if err != nil {
		return Line{}, fmt.Errorf("the stack %s cannot be looked at: %s", e.Stack, whyUnseen("cloudformation:DescribeStacks", err))
	}
	if len(out.Stacks) != 1 {
		return Line{}, fmt.Errorf("the stack %s cannot be looked at: AWS answers with %d stacks", e.Stack, len(out.Stacks))
	}
	if clock, ok := awsmiddleware.GetServerTime(out.ResultMetadata); ok {
		e.goBy(clock)
	}
	s := out.Stacks[0]
	if s.StackStatus == types.StackStatusDeleteComplete { // AWS describes it for 90 days by its ARN
		return e.nothing(), nil
	}
	e.Stack, e.id = aws.ToString(s.StackName), cmp.Or(aws.ToString(s.StackId), aws.ToString(s.StackName))
	e.outputs, e.parameters = map[string]string{}, map[string]string{}
	for _, o := range s.Outputs {
		e.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	for _, p := range s.Parameters {
		e.parameters[aws.ToString(p.ParameterKey)] = aws.ToString(p.ParameterValue)
	}
	return e.state(s), nil
}

// goBy makes the clock of AWS that of the examination. StopFunction goes by it when it says
// that an event is too old, and that of this machine may be wrong.
func (e *exam) goBy(clock time.Time) {
	ahead, now := clock.Sub(e.Now()), e.Now
	e.Now = func() time.Time { return now().Add(ahead) }
}

// nothing is the line of a stack that is not there.
func (e *exam) nothing() Line {
	e.absent = "there is no stack"
	l := Line{Level: ToDo, Says: "there is no stack " + e.Stack + " in this account and region", Mend: []string{e.list()}}
	if !arn.IsARN(e.Stack) { // another stack may have the name by now
		l.Mend = append(l.Mend, e.Shell.New)
	}
	return l
}

func (e *exam) list() string {
	return e.aws("cloudformation list-stacks --query 'StackSummaries[].[StackName,StackStatus]' --output text")
}

// state is the line of a stack that is there. Without a parameter that tells a stack of zenstop
// it is somebody else's, and then no command that changes it is printed.
func (e *exam) state(s types.Stack) Line {
	is := fmt.Sprintf("%s is %s", e.Stack, s.StackStatus)
	_, ours := e.parameters[telling]
	if !ours && s.StackStatus == types.StackStatusReviewInProgress { // it has no template yet
		e.absent = "nothing is deployed"
		return Line{
			Level: ToDo, Says: is + ": nothing is deployed, because its change set was not carried out", More: []string{"If it is to be zenstop, deploy it again and confirm the change set"},
			Mend: []string{e.aws("cloudformation list-change-sets --stack-name %s", e.id)},
		}
	}
	if !ours {
		e.absent = "there is no stack of zenstop"
		return Line{Level: Wrong, Says: is + ", and is not a stack of zenstop: it has no parameter " + telling, Mend: []string{e.list()}}
	}
	l, name := e.condition(s.StackStatus), string(s.StackStatus)
	if l.Level != OK && !strings.HasPrefix(name, "UPDATE_") && !strings.HasPrefix(name, "IMPORT_") { // these were whole before
		e.unwhole = "the stack is " + name
	}
	if l.Says = is + l.Says; s.StackStatusReason != nil && l.Mend != nil {
		l.More = append([]string{*s.StackStatusReason}, l.More...)
	}
	missing := slices.DeleteFunc(slices.Clone(outputs), func(name string) bool { return e.outputs[name] != "" })
	switch {
	case l.Level != OK:
	case len(missing) > 0:
		l.Level, l.Mend = Wrong, []string{e.redeploy()}
		l.Says += ", and lacks outputs of zenstop: " + strings.Join(missing, ", ")
	default:
		l.Says += ", with all its outputs"
	}
	return l
}

// telling is the parameter by which a stack of zenstop is known.
const telling = "StopTimeoutMinutes"

// condition says whether a stack in this state is right, and what puts it right. What it says goes
// behind the name of the state. Source: the AWS page "Understand CloudFormation stack creation
// events", and those on rolling back.
func (e *exam) condition(state types.StackStatus) Line {
	const inProgress = "_IN_PROGRESS"
	reasons := e.aws(`cloudformation describe-stack-events --stack-name %s --query "StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]" --output text`, e.id)
	switch name := string(state); {
	case name == "CREATE_COMPLETE" || name == "UPDATE_COMPLETE" || name == "IMPORT_COMPLETE" || state == types.StackStatusUpdateCompleteCleanupInProgress:
		return Line{Level: OK}
	case strings.Contains(name, "_ROLLBACK_COMPLETE"): // also while it cleans up
		return Line{Level: OK, Says: ": its last update failed and was taken back, so it works as before that update", Mend: []string{reasons}}
	case state == types.StackStatusReviewInProgress:
		return Line{Level: ToDo, Says: ": nothing is deployed, because its change set was not carried out", Mend: []string{e.Shell.New}}
	case state == types.StackStatusDeleteInProgress:
		return Line{Level: ToDo, Says: ": it waits for the runs that are RUNNING", More: []string{"docs/upgrade.md, Remove, says how to end them"}, Mend: []string{e.listRunning()}}
	case strings.HasSuffix(name, inProgress):
		return Line{Level: ToDo, Says: ": wait for its end", Mend: []string{e.aws("cloudformation describe-stacks --stack-name %s --query 'Stacks[].StackStatus'", e.id)}}
	case state == types.StackStatusUpdateRollbackFailed:
		return Line{Level: Wrong, Mend: []string{reasons, e.aws("cloudformation continue-update-rollback --stack-name %s", e.id)}}
	case state == types.StackStatusUpdateFailed:
		return Line{Level: Wrong, Mend: []string{reasons, e.aws("cloudformation rollback-stack --stack-name %s", e.id)}}
	case state == types.StackStatusDeleteFailed:
		return Line{Level: Wrong, Says: ": its deletion is not complete", Mend: []string{reasons, e.aws("cloudformation delete-stack --stack-name %s", e.id)}}
	case state == types.StackStatusCreateFailed || state == types.StackStatusRollbackComplete || state == types.StackStatusRollbackFailed:
		return Line{Level: Wrong, Says: ": it was never created, and has to be deleted and deployed again", Mend: []string{reasons, e.aws("cloudformation delete-stack --stack-name %s", e.id), e.aws("cloudformation wait stack-delete-complete --stack-name %s", e.id), e.Shell.New}}
	default:
		return Line{Level: Wrong, Mend: []string{reasons}}
	}
}

// read reads the names of the stack's resources, and the schedules. The checks that need
// them say where they are not known.
func (e *exam) read(ctx context.Context) {
	if e.absent != "" || e.unwhole != "" {
		return
	}
	e.resources = map[string][]types.StackResourceSummary{}
	pages := cloudformation.NewListStackResourcesPaginator(e.AWS.Stacks, &cloudformation.ListStackResourcesInput{StackName: &e.id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			e.unlisted = "the stack's resources are not known: " + whyUnseen("cloudformation:ListStackResources", err)
			break
		}
		for _, r := range page.StackResourceSummaries {
			if r.ResourceStatus == types.ResourceStatusDeleteComplete || r.ResourceStatus == types.ResourceStatusDeleteSkipped {
				continue // an update has taken it out
			}
			if r.PhysicalResourceId == nil {
				continue // it is not made yet
			}
			kind := aws.ToString(r.ResourceType)
			e.resources[kind] = append(e.resources[kind], r)
		}
	}
	e.stop, e.watch = e.readSchedule(ctx, stopSchedule), e.readSchedule(ctx, watchSchedule)
}
