package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

const (
	canary   = "canary-value-9f31"
	workflow = "arn:aws:states:eu-central-1:123456789012:stateMachine:night-StopWorkflow"
	stackID  = "arn:aws:cloudformation:eu-central-1:123456789012:stack/night/1a2b"
	oneID    = `{"instanceIds":["a"]}`
	byTag    = `{"filter":{"tagKeys":["night"]}}`
)

// cloud is an AWS with one stack, in which all is right. A test changes its fields.
type cloud struct {
	err    map[string]error // by operation
	calls  map[string]int
	paging bool // answers lists one element at a time

	stack     cftypes.Stack
	secret    string
	env       map[string]string
	envError  *lambdatypes.EnvironmentError
	reserved  map[string]*int32 // concurrency, by function
	schedules map[string]*scheduler.GetScheduleOutput
	subs      []snstypes.Subscription
	alarms    []cwtypes.MetricAlarm
	rules     map[string]ebtypes.RuleState // by bus and name
	messages  int
	running   []sfntypes.ExecutionListItem
	docs      map[string]string // of the state Hold, by execution

	answer  lambda.InvokeOutput // with a payload: the function's answer to each event
	late    int                 // how often an execution that was started does not show yet
	looks   int                 // how often a dry run is RUNNING before it ends
	ends    sfn.DescribeExecutionOutput
	failure string   // name of the error in the history of a dry run
	targets []string // of the dry runs
	warned  []int    // minutes, of the same
}

func newCloud() *cloud {
	text := func(name string) cftypes.Output {
		value := map[string]string{
			"StopWorkflowArn": workflow, "CredentialsSecretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:zenlayer-AbCdEf",
			"NotificationTopicArn": "arn:aws:sns:eu-central-1:123456789012:topic", "FailureQueueUrl": "https://sqs.eu-central-1.amazonaws.com/1/queue",
		}[name]
		if value == "" {
			value = "night-" + name
		}
		return cftypes.Output{OutputKey: &name, OutputValue: &value}
	}
	c := &cloud{
		err: map[string]error{}, calls: map[string]int{}, secret: `{"token":"` + canary + `"}`,
		stack: cftypes.Stack{
			StackName: aws.String("night"), StackId: aws.String(stackID), StackStatus: cftypes.StackStatusUpdateComplete,
			Parameters: []cftypes.Parameter{{ParameterKey: aws.String(telling), ParameterValue: aws.String("30")}, {ParameterKey: aws.String("Architecture"), ParameterValue: aws.String("arm64")}},
		},
		env: map[string]string{
			"ZENLAYER_ENDPOINT": "https://console.zenlayer.com", "CREDENTIALS_SECRET_ARN": "arn:aws:secretsmanager:secret", "STOP_WORKFLOW_ARN": workflow,
			"MAX_INSTANCES": "100", "STOP_TIMEOUT_MINUTES": "30", "MAX_EVENT_AGE_MINUTES": "60", "WARN_MINUTES": "0", "SCHEDULE_TIMEZONE": "Europe/Berlin", "STACK_NAME": "night",
			"ALARM_NAME_PREFIX": "zenstop-", "ALARM_TARGET": byTag, "SKIP_DATES": "2026-11-23,2026-12-25",
			"START_TIME": "07:00", "START_DAYS": "MON,TUE,WED,THU,FRI", "START_SKIP_DATES": "2026-11-27",
		},
		subs:   []snstypes.Subscription{{Protocol: aws.String("email"), Endpoint: aws.String("oncall@example.com"), SubscriptionArn: aws.String("arn:aws:sns:eu-central-1:123456789012:topic:1")}},
		docs:   map[string]string{},
		alarms: []cwtypes.MetricAlarm{alarmOf("failure-queue-of-night", cwtypes.StateValueOk), alarmOf("run-died-of-night", cwtypes.StateValueInsufficientData)},
		rules:  map[string]ebtypes.RuleState{"default night-RunDied": ebtypes.RuleStateEnabled, "own night-Request": ebtypes.RuleStateEnabledWithAllCloudtrailManagementEvents},
		ends: sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusSucceeded, Output: planned(
			power.Instance{ID: "a", Status: "RUNNING"}, power.Instance{ID: "b", Status: "RUNNING", Verdict: power.Protected}, power.Instance{ID: "c", Status: "RUNNING"},
		)},
	}
	for _, name := range outputs {
		c.stack.Outputs = append(c.stack.Outputs, text(name))
	}
	c.schedules = map[string]*scheduler.GetScheduleOutput{
		"night-stop": scheduleOf("cron(0 19 * * ? *)", oneID), "night-watch": watchOf("rate(6 hours)"),
	}
	return c
}

// alarmOf is an alarm as the template makes it, in this state since the morning.
func alarmOf(name string, state cwtypes.StateValue) cwtypes.MetricAlarm {
	at, says := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), "What to do - docs/operations.md, entry RunDied."
	return cwtypes.MetricAlarm{AlarmName: &name, StateValue: state, StateUpdatedTimestamp: &at, AlarmDescription: &says, ActionsEnabled: aws.Bool(true)}
}

// planned is the output of a dry run.
func planned(instances ...power.Instance) *string {
	raw, err := json.Marshal(runs.Run{Version: runs.Version, Outcome: runs.OutcomePlanned, Instances: instances})
	if err != nil {
		panic(err)
	}
	return aws.String(string(raw))
}

// scheduleOf is a schedule as the template makes it.
func scheduleOf(expression, target string) *scheduler.GetScheduleOutput {
	input := `{"id":"<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>","source":"zenstop.schedule","detail-type":"Stop Instances Requested","time":"<aws.scheduler.scheduled-time>","detail":{"target":` + target + `,"reason":"schedule"}}`
	return &scheduler.GetScheduleOutput{
		Arn: aws.String("arn:aws:scheduler:eu-central-1:123456789012:schedule/default/night"), State: schedulertypes.ScheduleStateEnabled,
		ScheduleExpression: &expression, ScheduleExpressionTimezone: aws.String("Europe/Berlin"),
		CreationDate: aws.Time(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)), Target: &schedulertypes.Target{Arn: aws.String("night-StopFunctionArn"), Input: &input},
	}
}

// watchOf is the schedule that only checks.
func watchOf(expression string) *scheduler.GetScheduleOutput {
	return scheduleOf(expression, oneID+`,"checkOnly":true`)
}

func (c *cloud) called(operation string) error {
	c.calls[operation]++
	return c.err[operation]
}

// calledFor is called, where only the call for one of several is to fail.
func (c *cloud) calledFor(operation, name string) error {
	return cmp.Or(c.called(operation), c.err[operation+" "+name])
}

// page is the part of the list that an answer has, and the token of the next one.
func page[T any](c *cloud, all []T, token *string) ([]T, *string) {
	if !c.paging || len(all) == 0 {
		return all, nil
	}
	n, _ := strconv.Atoi(aws.ToString(token))
	if n+1 == len(all) {
		return all[n:], nil
	}
	return all[n : n+1], aws.String(strconv.Itoa(n + 1))
}

func (c *cloud) DescribeStacks(context.Context, *cloudformation.DescribeStacksInput, ...func(*cloudformation.Options)) (*cloudformation.DescribeStacksOutput, error) {
	out := &cloudformation.DescribeStacksOutput{Stacks: []cftypes.Stack{c.stack}}
	return out, c.called("DescribeStacks")
}

func (c *cloud) ListStackResources(_ context.Context, in *cloudformation.ListStackResourcesInput, _ ...func(*cloudformation.Options)) (*cloudformation.ListStackResourcesOutput, error) {
	var all []cftypes.StackResourceSummary
	add := func(kind, logical, physical string) {
		all = append(all, cftypes.StackResourceSummary{ResourceType: &kind, LogicalResourceId: &logical, PhysicalResourceId: &physical})
	}
	add("AWS::CloudWatch::Alarm", "FailureQueueAlarm", "failure-queue-of-night")
	add("AWS::Lambda::Function", "StopFunction", "night-StopFunctionName")
	if c.schedules["night-watch"] != nil {
		add("AWS::Scheduler::Schedule", "WatchSchedule", "night-watch")
	}
	add("AWS::Scheduler::Schedule", "StopFunctionSchedule", "night-stop")
	add("AWS::CloudWatch::Alarm", "RunDiedAlarm", "run-died-of-night")
	add("AWS::Events::Rule", "RunDied", "night-RunDied")
	add("AWS::Events::Rule", "StopFunctionRequest", "own|night-Request")
	some, next := page(c, all, in.NextToken)
	return &cloudformation.ListStackResourcesOutput{StackResourceSummaries: some, NextToken: next}, c.called("ListStackResources")
}

func (c *cloud) GetFunctionConfiguration(_ context.Context, in *lambda.GetFunctionConfigurationInput, _ ...func(*lambda.Options)) (*lambda.GetFunctionConfigurationOutput, error) {
	return &lambda.GetFunctionConfigurationOutput{Environment: &lambdatypes.EnvironmentResponse{Variables: c.env, Error: c.envError}}, c.calledFor("GetFunctionConfiguration", *in.FunctionName)
}

func (c *cloud) GetFunctionConcurrency(_ context.Context, in *lambda.GetFunctionConcurrencyInput, _ ...func(*lambda.Options)) (*lambda.GetFunctionConcurrencyOutput, error) {
	return &lambda.GetFunctionConcurrencyOutput{ReservedConcurrentExecutions: c.reserved[*in.FunctionName]}, c.calledFor("GetFunctionConcurrency", *in.FunctionName)
}

func (c *cloud) Invoke(_ context.Context, in *lambda.InvokeInput, _ ...func(*lambda.Options)) (*lambda.InvokeOutput, error) {
	var event struct {
		ID     string
		Detail struct {
			Target      json.RawMessage
			DryRun      bool
			WarnMinutes int
		}
	}
	if err := json.Unmarshal(in.Payload, &event); err != nil || !event.Detail.DryRun || in.InvocationType != "" {
		panic(fmt.Sprintf("not a dry run: %s, %v", in.Payload, err))
	}
	c.targets, c.warned = append(c.targets, string(event.Detail.Target)), append(c.warned, event.Detail.WarnMinutes)
	if c.answer.Payload != nil {
		return &c.answer, c.called("Invoke")
	}
	return &lambda.InvokeOutput{Payload: []byte(`{"run":"request-` + event.ID + `","started":true,"outcome":"WAITING","summary":""}`)}, c.called("Invoke")
}

func (c *cloud) GetSecretValue(context.Context, *secretsmanager.GetSecretValueInput, ...func(*secretsmanager.Options)) (*secretsmanager.GetSecretValueOutput, error) {
	if err := c.called("GetSecretValue"); err != nil {
		return nil, err
	}
	return &secretsmanager.GetSecretValueOutput{SecretString: &c.secret}, nil
}

func (c *cloud) DescribeExecution(_ context.Context, in *sfn.DescribeExecutionInput, _ ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error) {
	if c.late > 0 {
		c.late--
		return nil, &sfntypes.ExecutionDoesNotExist{}
	}
	if c.looks > 0 {
		c.looks--
		return &sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusRunning}, c.called("DescribeExecution")
	}
	out := c.ends
	out.ExecutionArn = in.ExecutionArn
	return &out, c.called("DescribeExecution")
}

func (c *cloud) ListExecutions(_ context.Context, in *sfn.ListExecutionsInput, _ ...func(*sfn.Options)) (*sfn.ListExecutionsOutput, error) {
	some, next := page(c, c.running, in.NextToken)
	return &sfn.ListExecutionsOutput{Executions: some, NextToken: next}, c.called("ListExecutions")
}

func (c *cloud) GetExecutionHistory(_ context.Context, in *sfn.GetExecutionHistoryInput, _ ...func(*sfn.Options)) (*sfn.GetExecutionHistoryOutput, error) {
	if err := c.called("GetExecutionHistory"); err != nil {
		return nil, err
	}
	name := (*in.ExecutionArn)[strings.LastIndex(*in.ExecutionArn, ":")+1:]
	if doc, ok := c.docs[name]; ok {
		return &sfn.GetExecutionHistoryOutput{Events: []sfntypes.HistoryEvent{{StateEnteredEventDetails: &sfntypes.StateEnteredEventDetails{Name: aws.String("Hold"), Input: &doc}}}}, nil
	}
	if c.failure != "" {
		return &sfn.GetExecutionHistoryOutput{Events: []sfntypes.HistoryEvent{{}, {TaskFailedEventDetails: &sfntypes.TaskFailedEventDetails{Error: &c.failure}}}}, nil
	}
	return &sfn.GetExecutionHistoryOutput{Events: []sfntypes.HistoryEvent{{StateEnteredEventDetails: &sfntypes.StateEnteredEventDetails{Name: aws.String("Wait"), Input: aws.String(`{}`)}}}}, nil
}

func (c *cloud) GetSchedule(_ context.Context, in *scheduler.GetScheduleInput, _ ...func(*scheduler.Options)) (*scheduler.GetScheduleOutput, error) {
	return c.schedules[*in.Name], c.called("GetSchedule")
}

func (c *cloud) ListSubscriptionsByTopic(_ context.Context, in *sns.ListSubscriptionsByTopicInput, _ ...func(*sns.Options)) (*sns.ListSubscriptionsByTopicOutput, error) {
	some, next := page(c, c.subs, in.NextToken)
	return &sns.ListSubscriptionsByTopicOutput{Subscriptions: some, NextToken: next}, c.called("ListSubscriptionsByTopic")
}

func (c *cloud) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error) {
	if !slices.Equal(in.AlarmNames, []string{"failure-queue-of-night", "run-died-of-night"}) || in.StateValue != "" {
		panic(fmt.Sprintf("asked for the alarms %v in the state %q", in.AlarmNames, in.StateValue))
	}
	some, next := page(c, c.alarms, in.NextToken)
	return &cloudwatch.DescribeAlarmsOutput{MetricAlarms: some, NextToken: next}, c.called("DescribeAlarms")
}

func (c *cloud) DescribeRule(_ context.Context, in *eventbridge.DescribeRuleInput, _ ...func(*eventbridge.Options)) (*eventbridge.DescribeRuleOutput, error) {
	state, ok := c.rules[*in.EventBusName+" "+*in.Name]
	if !ok {
		return nil, cmp.Or[error](c.called("DescribeRule"), &ebtypes.ResourceNotFoundException{})
	}
	return &eventbridge.DescribeRuleOutput{Name: in.Name, State: state}, c.calledFor("DescribeRule", *in.Name)
}

func (c *cloud) GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error) {
	return &sqs.GetQueueAttributesOutput{Attributes: map[string]string{
		"ApproximateNumberOfMessages": strconv.Itoa(c.messages), "ApproximateNumberOfMessagesNotVisible": "0",
	}}, c.called("GetQueueAttributes")
}

// examined is what the doctor says of the cloud, on Sunday, 2026-11-22, at noon. Time is
// virtual. No secret may show.
func examined(t *testing.T, c *cloud) (lines []Line, healthy bool, failed error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		now := func() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(time.Since(start)) }
		d := Doctor{
			AWS: Services{c, c, c, c, c, c, c, c, c}, Stack: "night", Now: now,
			Shell: Shell{AWS: "aws --region eu-central-1", Deploy: "sam build && sam deploy --region eu-central-1 --stack-name night", New: "sam build && sam deploy --guided"},
		}
		healthy, failed = d.Examine(t.Context(), func(l Line) { lines = append(lines, l) })
	})
	for _, l := range lines {
		if l.Level == "" || l.Says == "" || l.Check == "" {
			t.Errorf("a line says nothing: %+v", l)
		}
		if strings.Contains(written(l), canary) {
			t.Errorf("the secret shows: %s", strings.ReplaceAll(written(l), canary, "***"))
		}
		if (l.Level == Wrong || l.Level == ToDo) && len(l.Mend) == 0 {
			t.Errorf("no command mends it: %s", written(l))
		}
	}
	return lines, healthy, failed
}

func written(l Line) string {
	var s strings.Builder
	l.Write(&s)
	return s.String()
}

// report is all that the doctor says of the cloud.
func report(t *testing.T, c *cloud) (text string, healthy bool) {
	t.Helper()
	lines, healthy, err := examined(t, c)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	for _, l := range lines {
		l.Write(&s)
	}
	return s.String(), healthy
}
