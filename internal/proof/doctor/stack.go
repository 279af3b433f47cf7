package doctor

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/smithy-go"

	"zenstop/internal/settings"
)

// outputs are those of the template.
var outputs = []string{
	"StopFunctionName", "StopFunctionArn", "ScheduleRoleArn", "StatusFunctionName", "StopWorkflowArn",
	"CredentialsSecretArn", "NotificationTopicArn", "FailureQueueUrl", "DashboardUrl",
}

// lookAtStack reads the stack's state and outputs. Nothing else is known without them, so
// its error ends the examination.
func (e *exam) lookAtStack(ctx context.Context) error {
	const check = "stack"
	out, err := e.AWS.Stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &e.Stack})
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist") {
		e.say(Line{
			Level: ToDo, Check: check, Says: "there is no stack " + e.Stack + " in this account and region",
			Mend: []string{e.aws("cloudformation list-stacks --query 'StackSummaries[].[StackName,StackStatus]' --output text"), "sam build && sam deploy --guided"},
		})
		return nil
	}
	if err != nil {
		return fmt.Errorf("the stack %s cannot be looked at: %s", e.Stack, whyUnseen("cloudformation:DescribeStacks", err))
	}
	if len(out.Stacks) != 1 {
		return fmt.Errorf("the stack %s cannot be looked at: AWS answers with %d stacks", e.Stack, len(out.Stacks))
	}
	s := out.Stacks[0]
	e.Stack, e.outputs = aws.ToString(s.StackName), map[string]string{}
	for _, o := range s.Outputs {
		e.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	e.say(e.state(check, s))
	return nil
}

// state is the line of a stack that is there.
func (e *exam) state(check string, s types.Stack) Line {
	l := Line{Level: Wrong, Check: check, Says: fmt.Sprintf("%s is %s", e.Stack, s.StackStatus), Mend: e.repair(s.StackStatus)}
	if why := aws.ToString(s.StackStatusReason); why != "" && len(l.Mend) > 0 {
		l.More = []string{why}
	}
	if strings.HasSuffix(string(s.StackStatus), "_IN_PROGRESS") {
		l.Level = ToDo // it has to be waited for
	}
	missing := slices.DeleteFunc(slices.Clone(outputs), func(name string) bool { return e.outputs[name] != "" })
	switch {
	case len(l.Mend) > 0:
	case len(missing) > 0:
		l.Level = Wrong
		l.Says += ", and lacks outputs of zenstop: " + strings.Join(missing, ", ")
		l.Mend = []string{e.Shell.Deploy}
	default:
		l.Level, l.Says = OK, l.Says+", with all its outputs"
	}
	return l
}

// repair is what puts a stack of this state right; nothing where it is right.
func (e *exam) repair(state types.StackStatus) []string {
	reasons := e.aws(`cloudformation describe-stack-events --stack-name %s --query "StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]" --output text`, e.Stack)
	remove := e.aws("cloudformation delete-stack --stack-name %s", e.Stack)
	switch state {
	case types.StackStatusCreateComplete, types.StackStatusUpdateComplete, types.StackStatusUpdateCompleteCleanupInProgress, types.StackStatusImportComplete:
		return nil
	case types.StackStatusUpdateRollbackComplete, types.StackStatusUpdateRollbackCompleteCleanupInProgress, types.StackStatusUpdateFailed, types.StackStatusImportRollbackComplete:
		return []string{reasons, e.Shell.Deploy} // the settings of before the update are in force
	case types.StackStatusUpdateRollbackFailed:
		return []string{reasons, e.aws("cloudformation continue-update-rollback --stack-name %s", e.Stack)}
	case types.StackStatusCreateInProgress, types.StackStatusReviewInProgress:
		return []string{e.aws("cloudformation wait stack-create-complete --stack-name %s", e.Stack)}
	case types.StackStatusUpdateInProgress, types.StackStatusImportInProgress:
		return []string{e.aws("cloudformation wait stack-update-complete --stack-name %s", e.Stack)}
	case types.StackStatusRollbackInProgress, types.StackStatusUpdateRollbackInProgress, types.StackStatusImportRollbackInProgress:
		return []string{e.aws("cloudformation wait stack-rollback-complete --stack-name %s", e.Stack), reasons}
	case types.StackStatusDeleteInProgress:
		return []string{e.aws("cloudformation wait stack-delete-complete --stack-name %s", e.Stack), e.Shell.Deploy}
	default: // its creation or its deletion failed
		return []string{reasons, remove, e.Shell.Deploy}
	}
}

// listResources reads the names of the stack's resources. The checks that need them say
// where they are not known.
func (e *exam) listResources(ctx context.Context) {
	if e.outputs == nil {
		return
	}
	e.resources = map[string][]types.StackResourceSummary{}
	pages := cloudformation.NewListStackResourcesPaginator(e.AWS.Stacks, &cloudformation.ListStackResourcesInput{StackName: &e.Stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			e.unlisted = whyUnseen("cloudformation:ListStackResources", err)
			return
		}
		for _, r := range page.StackResourceSummaries {
			kind := aws.ToString(r.ResourceType)
			e.resources[kind] = append(e.resources[kind], r)
		}
	}
}

// parameter finds the parameters that the errors of package settings name.
var parameter = regexp.MustCompile(`\(from (\w+)\)`)

// lookAtSettings reads the settings of StopFunction as the function itself does.
func (e *exam) lookAtSettings(ctx context.Context) {
	const check = "settings"
	function, ok := e.output(check, "StopFunctionName")
	if !ok {
		return
	}
	out, err := e.AWS.Functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		e.say(unseen(check, "lambda:GetFunctionConfiguration", err))
		return
	}
	s, err := settings.LoadStop(func(name string) string {
		if out.Environment == nil {
			return ""
		}
		return out.Environment.Variables[name]
	})
	var mistakes []string
	if err != nil {
		mistakes = append(mistakes, strings.Split(err.Error(), "\n")...)
	}
	for _, mistake := range []string{s.Trigger.ScheduleMistake, s.Mornings.Mistake} {
		if mistake != "" {
			mistakes = append(mistakes, mistake)
		}
	}
	e.stop = &s
	if s.Trigger.Zone != nil {
		e.zone = s.Trigger.Zone
	}
	if len(mistakes) == 0 {
		e.say(Line{Level: OK, Check: check, Says: "StopFunction can read all of them"})
		return
	}
	l := Line{Level: Wrong, Check: check, Says: mistakes[0], More: mistakes[1:]}
	for _, m := range parameter.FindAllStringSubmatch(strings.Join(mistakes, "\n"), -1) {
		l.Mend = append(l.Mend, e.deploy(m[1], "VALUE"))
	}
	e.say(l)
}
