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
func (e *exam) lookAtStack(ctx context.Context) (Line, error) {
	out, err := e.AWS.Stacks.DescribeStacks(ctx, &cloudformation.DescribeStacksInput{StackName: &e.Stack})
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "ValidationError" && strings.Contains(api.ErrorMessage(), "does not exist") {
		list := e.aws("cloudformation list-stacks --query 'StackSummaries[].[StackName,StackStatus]' --output text")
		return Line{Level: ToDo, Says: "there is no stack " + e.Stack + " in this account and region", Mend: []string{list, "sam build && sam deploy --guided"}}, nil
	}
	if err != nil {
		return Line{}, fmt.Errorf("the stack %s cannot be looked at: %s", e.Stack, whyUnseen("cloudformation:DescribeStacks", err))
	}
	if len(out.Stacks) != 1 {
		return Line{}, fmt.Errorf("the stack %s cannot be looked at: AWS answers with %d stacks", e.Stack, len(out.Stacks))
	}
	s := out.Stacks[0]
	e.Stack, e.outputs = aws.ToString(s.StackName), map[string]string{}
	for _, o := range s.Outputs {
		e.outputs[aws.ToString(o.OutputKey)] = aws.ToString(o.OutputValue)
	}
	return e.state(s), nil
}

// state is the line of a stack that is there.
func (e *exam) state(s types.Stack) Line {
	l := Line{Level: OK, Says: fmt.Sprintf("%s is %s", e.Stack, s.StackStatus), Mend: e.repair(s.StackStatus)}
	missing := slices.DeleteFunc(slices.Clone(outputs), func(name string) bool { return e.outputs[name] != "" })
	switch why := aws.ToString(s.StackStatusReason); {
	case len(l.Mend) > 0:
		if l.Level = Wrong; strings.HasSuffix(string(s.StackStatus), inProgress) {
			l.Level = ToDo // it has to be waited for
		}
		if why != "" {
			l.More = []string{why}
		}
	case len(missing) > 0:
		l.Level, l.Mend = Wrong, []string{e.Shell.Deploy}
		l.Says += ", and lacks outputs of zenstop: " + strings.Join(missing, ", ")
	default:
		l.Says += ", with all its outputs"
	}
	return l
}

const inProgress = "_IN_PROGRESS"

// repair is what puts a stack of this state right; nothing where it is right.
func (e *exam) repair(state types.StackStatus) []string {
	reasons := e.aws(`cloudformation describe-stack-events --stack-name %s --query "StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]" --output text`, e.Stack)
	name := string(state)
	switch {
	case state == types.StackStatusUpdateCompleteCleanupInProgress || name == "CREATE_COMPLETE" || name == "UPDATE_COMPLETE" || name == "IMPORT_COMPLETE":
		return nil
	case strings.HasSuffix(name, inProgress):
		return []string{e.aws("cloudformation describe-stacks --stack-name %s --query 'Stacks[].StackStatus'", e.Stack)}
	case state == types.StackStatusUpdateRollbackFailed:
		return []string{reasons, e.aws("cloudformation continue-update-rollback --stack-name %s", e.Stack)}
	case strings.HasPrefix(name, "UPDATE_") || strings.HasPrefix(name, "IMPORT_"): // the settings of before are in force
		return []string{reasons, e.Shell.Deploy}
	default: // its creation or its deletion failed
		return []string{reasons, e.aws("cloudformation delete-stack --stack-name %s", e.Stack), e.Shell.Deploy}
	}
}

// read reads the names of the stack's resources, and the schedules. The checks that need
// them say where they are not known.
func (e *exam) read(ctx context.Context) {
	if e.outputs == nil {
		return
	}
	e.resources = map[string][]types.StackResourceSummary{}
	pages := cloudformation.NewListStackResourcesPaginator(e.AWS.Stacks, &cloudformation.ListStackResourcesInput{StackName: &e.Stack})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			e.unlisted = "the stack's resources are not known: " + whyUnseen("cloudformation:ListStackResources", err)
			break
		}
		for _, r := range page.StackResourceSummaries {
			kind := aws.ToString(r.ResourceType)
			e.resources[kind] = append(e.resources[kind], r)
		}
	}
	e.stop, e.watch = e.readSchedule(ctx, stopSchedule), e.readSchedule(ctx, watchSchedule)
}

// parameter finds the parameters that the errors of package settings name.
var parameter = regexp.MustCompile(`\(from (\w+)\)`)

// lookAtSettings reads the settings of StopFunction as the function itself does.
func (e *exam) lookAtSettings(ctx context.Context) Line {
	function := e.outputs["StopFunctionName"]
	out, err := e.AWS.Functions.GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		return unseen("lambda:GetFunctionConfiguration", err)
	}
	var variables map[string]string
	if out.Environment != nil {
		variables = out.Environment.Variables
	}
	s, err := settings.LoadStop(func(name string) string { return variables[name] })
	if e.settings = &s; s.Trigger.Zone != nil {
		e.zone = s.Trigger.Zone
	}
	mistakes := []string{s.Trigger.ScheduleMistake, s.Mornings.Mistake}
	if err != nil {
		mistakes = append(strings.Split(err.Error(), "\n"), mistakes...)
	}
	mistakes = slices.DeleteFunc(mistakes, func(m string) bool { return m == "" })
	if len(mistakes) == 0 {
		return Line{Level: OK, Says: "StopFunction can read all of them"}
	}
	l := Line{Level: Wrong, Says: mistakes[0], More: mistakes[1:]}
	for _, m := range parameter.FindAllStringSubmatch(strings.Join(mistakes, "\n"), -1) {
		l.Mend = append(l.Mend, e.deploy(m[1], "VALUE"))
	}
	return l
}
