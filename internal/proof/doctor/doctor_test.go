package doctor

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	schedulertypes "github.com/aws/aws-sdk-go-v2/service/scheduler/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"
	"go.yaml.in/yaml/v3"

	"zenstop/internal/power"
)

const right = `ok       stack           night is UPDATE_COMPLETE, with all its outputs
ok       settings        the functions can read all of them
ok       functions       both may run
ok       secret          it is filled, in a form that is understood
ok       Zenlayer        it takes the credentials and answers, asked by zenstop 1.0.0
ok       ScheduleTarget  instances that it matches now: 3
                         1 PROTECTED: b
                         2 RUNNING: a, c
ok       AlarmTarget     instances that it matches now: 3
                         1 PROTECTED: b
                         2 RUNNING: a, c
ok       schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin
                         Sun 2026-11-22 19:00 +01:00
                         Mon 2026-11-23 19:00 +01:00, skipped: 2026-11-23 is one of SkipDates
                         Tue 2026-11-24 19:00 +01:00
                         Wed 2026-11-25 19:00 +01:00
ok       watch           ENABLED, rate(6 hours) in Europe/Berlin
                         Sun 2026-11-22 19:00 +01:00
                         Mon 2026-11-23 01:00 +01:00, skipped: 2026-11-23 is one of SkipDates
                         Mon 2026-11-23 07:00 +01:00, skipped: 2026-11-23 is one of SkipDates
                         Mon 2026-11-23 13:00 +01:00, skipped: 2026-11-23 is one of SkipDates
                         Mon 2026-11-23 19:00 +01:00, skipped: 2026-11-23 is one of SkipDates
                         Tue 2026-11-24 01:00 +01:00
                         Tue 2026-11-24 07:00 +01:00
ok       start           StartTime 07:00 in Europe/Berlin on MON,TUE,WED,THU,FRI
                         Mon 2026-11-23 07:00 +01:00 after the stop of Sun 2026-11-22 19:00 +01:00
                         Wed 2026-11-25 07:00 +01:00 after the stop of Tue 2026-11-24 19:00 +01:00
                         Thu 2026-11-26 07:00 +01:00 after the stop of Wed 2026-11-25 19:00 +01:00
ok       rules           2, none disabled or deleted
ok       topic           1 subscribed and confirmed
                         email oncall@example.com
ok       alarms          2, none in ALARM or disabled or deleted
ok       failure queue   it is empty
ok       runs            0 RUNNING
`

func TestAStackInWhichAllIsRightIsHealthyAlsoWhereEachListHasManyPages(t *testing.T) {
	for _, paging := range []bool{false, true} {
		c := newCloud()
		c.paging = paging
		if got, healthy := report(t, c); got != right || !healthy {
			t.Errorf("pages %v: healthy %v\n%s\nwant\n%s", paging, healthy, got, right)
		}
		if !slices.Equal(c.targets, []string{oneID, byTag}) {
			t.Errorf("dry runs of %q", c.targets)
		}
	}
}

func TestTheDryRunOfTheScheduleHasItsWarningAndThatOfAlarmsHasNone(t *testing.T) {
	c := newCloud()
	c.env["WARN_MINUTES"], c.env["ALARM_TARGET"] = "15", oneID
	if _, healthy := report(t, c); !healthy || !slices.Equal(c.warned, []int{15, 0}) || !slices.Equal(c.targets, []string{oneID, oneID}) {
		t.Errorf("dry runs of %q warn %v minutes before", c.targets, c.warned)
	}
}

// Each state with the lines that it must have; what begins with ! must not be there.
func TestEachStateIsSaidWithWhatMendsIt(t *testing.T) {
	deploy := "$ sam build && sam deploy --region eu-central-1 --stack-name night --parameter-overrides "
	fails := func(name, cause string) sfn.DescribeExecutionOutput {
		return sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusFailed, Error: &name, Cause: &cause}
	}
	hold := func(c *cloud, name, doc string) {
		c.running = append(c.running, sfntypes.ExecutionListItem{Name: &name, ExecutionArn: aws.String("arn:aws:states:eu-central-1:1:execution:night-StopWorkflow:" + name), StartDate: aws.Time(time.Date(2026, 11, 22, 11, 0, 0, 0, time.UTC))})
		if doc != "" {
			c.docs[name] = doc
		}
	}
	for name, state := range map[string]struct {
		is      func(c *cloud)
		healthy bool
		want    []string
	}{
		"the creation failed": {
			is: func(c *cloud) { c.stack.StackStatus, c.stack.Outputs = cftypes.StackStatusRollbackComplete, nil },
			want: []string{
				"wrong    stack           night is ROLLBACK_COMPLETE: it was never created", "$ aws --region eu-central-1 cloudformation delete-stack --stack-name " + stackID,
				"skipped  secret          the stack is ROLLBACK_COMPLETE", "skipped  ScheduleTarget  the stack is ROLLBACK_COMPLETE", "skipped  runs            the stack has no output StopWorkflowArn", "!drift",
			},
		},
		"the last update was taken back": {
			is: func(c *cloud) {
				c.stack.StackStatus, c.stack.StackStatusReason = cftypes.StackStatusUpdateRollbackComplete, aws.String("no such key")
			},
			healthy: true,
			want:    []string{"ok       stack           night is UPDATE_ROLLBACK_COMPLETE: its last update failed and was taken back, so it works as before that update, with all its outputs", "no such key", "describe-stack-events --stack-name " + stackID, "ok       Zenlayer "},
		},
		"an update is under way": {
			is:   func(c *cloud) { c.stack.StackStatus = cftypes.StackStatusUpdateInProgress },
			want: []string{"to do    stack           night is UPDATE_IN_PROGRESS", "cloudformation describe-stacks --stack-name " + stackID},
		},
		"its deletion waits for runs": {
			is: func(c *cloud) {
				c.stack.StackStatus, c.reserved = cftypes.StackStatusDeleteInProgress, map[string]*int32{"night-StopFunctionName": new(int32)}
			},
			want: []string{
				"to do    stack           night is DELETE_IN_PROGRESS: it waits for the runs that are RUNNING", "list-executions --status-filter RUNNING --state-machine-arn " + workflow,
				"skipped  functions       the stack is DELETE_IN_PROGRESS", "skipped  schedule        the stack is DELETE_IN_PROGRESS", "ok       runs            0 RUNNING", "!delete-function-concurrency",
			},
		},
		"an output is missing": {
			is:   func(c *cloud) { c.stack.Outputs = c.stack.Outputs[:len(c.stack.Outputs)-2] },
			want: []string{"wrong    stack           night is UPDATE_COMPLETE, and lacks outputs of zenstop: FailureQueueUrl, DashboardUrl", "skipped  failure queue   the stack has no output FailureQueueUrl", deploy + telling + "=30"},
		},
		"the output with the function's ARN is missing": {
			is:   func(c *cloud) { c.stack.Outputs = slices.Delete(c.stack.Outputs, 1, 2) },
			want: []string{"lacks outputs of zenstop: StopFunctionArn", "skipped  schedule        the stack has no output StopFunctionArn", "skipped  watch           the stack has no output StopFunctionArn"},
		},
		"settings are not those of the template": {
			is:   func(c *cloud) { c.env["STOP_WORKFLOW_ARN"] = "x" },
			want: []string{"wrong    settings        STOP_WORKFLOW_ARN (from the template itself): must be an ARN", "entry drift", "detect-stack-drift --stack-name " + stackID},
		},
		"only StatusFunction cannot read a setting": {
			is:   func(c *cloud) { delete(c.env, "STACK_NAME") },
			want: []string{"wrong    settings        StatusFunction: STACK_NAME (from the template itself): is not set"},
		},
		"the settings cannot be decrypted": {
			is:   func(c *cloud) { c.envError = &lambdatypes.EnvironmentError{Message: aws.String("no key")} },
			want: []string{"unknown  settings        Lambda cannot decrypt the settings of StopFunction: no key", "skipped  ScheduleTarget ", "!VALUE"},
		},
		"a setting cannot be read, and StatusFunction is deleted": {
			is: func(c *cloud) {
				c.env["MAX_INSTANCES"] = "many"
				c.err["GetFunctionConfiguration night-StatusFunctionName"] = &lambdatypes.ResourceNotFoundException{}
			},
			want: []string{"wrong    settings        MAX_INSTANCES (from MaxInstances)", "StatusFunction: it is there no more: somebody has deleted it"},
		},
		"StopFunction may not run, and StatusFunction is not shown": {
			is: func(c *cloud) {
				c.reserved = map[string]*int32{"night-StopFunctionName": new(int32)}
				c.err["GetFunctionConcurrency night-StatusFunctionName"] = &smithy.GenericAPIError{Code: "AccessDenied"}
			},
			want: []string{"wrong    functions       somebody has stopped zenstop", "StopFunction may not run", "StatusFunction: AWS denies it: your credentials need the permission lambda:GetFunctionConcurrency", "delete-function-concurrency"},
		},
		"StatusFunction may not run, and StopFunction is deleted": {
			is: func(c *cloud) {
				c.reserved = map[string]*int32{"night-StatusFunctionName": new(int32)}
				c.err["GetFunctionConcurrency night-StopFunctionName"] = &lambdatypes.ResourceNotFoundException{}
			},
			want: []string{"wrong    functions       somebody has stopped zenstop", "StatusFunction may not run", "StopFunction: it is there no more", "delete-function-concurrency", "detect-stack-drift"},
		},
		"StatusFunction is deleted, and StopFunction is not shown": {
			is: func(c *cloud) {
				c.err["GetFunctionConcurrency night-StopFunctionName"] = &smithy.GenericAPIError{Code: "AccessDenied"}
				c.err["GetFunctionConcurrency night-StatusFunctionName"] = &lambdatypes.ResourceNotFoundException{}
			},
			want: []string{"wrong    functions       StopFunction: AWS denies it", "StatusFunction: it is there no more", "detect-stack-drift"},
		},
		"StatusFunction may not run, and StopFunction is not shown": {
			is: func(c *cloud) {
				c.reserved = map[string]*int32{"night-StatusFunctionName": new(int32)}
				c.err["GetFunctionConcurrency night-StopFunctionName"] = &smithy.GenericAPIError{Code: "AccessDenied"}
			},
			want: []string{"wrong    functions       somebody has stopped zenstop", "StatusFunction may not run", "StopFunction: AWS denies it", "delete-function-concurrency"},
		},
		"somebody has stopped everything": {
			is: func(c *cloud) { c.reserved = map[string]*int32{"night-StatusFunctionName": new(int32)} },
			want: []string{
				"wrong    functions       somebody has stopped zenstop: see docs/operations.md, Stop everything now", "StatusFunction may not run: its reserved concurrency is 0", "!StopFunction may not run",
				"lambda delete-function-concurrency --function-name night-StatusFunctionName", "skipped  Zenlayer        a function may not run",
			},
		},
		"a setting cannot be read": {
			is: func(c *cloud) { c.env["SKIP_DATES"], c.env["MAX_INSTANCES"] = "2027-02-29", "many" },
			want: []string{
				"wrong    settings        MAX_INSTANCES (from MaxInstances)", `SKIP_DATES (from SkipDates): "2027-02-29" must be a date`,
				deploy + "MaxInstances=VALUE", deploy + "SkipDates=VALUE", "ok       ScheduleTarget ",
			},
		},
		"the secret is the placeholder": {
			is: func(c *cloud) { c.secret = `{"accessKeyId":"","accessKeyPassword":""}` },
			want: []string{
				"to do    secret          it is not filled in", "secret.json holds", "secretsmanager put-secret-value --secret-id arn:aws:secretsmanager:eu-central-1:123456789012:secret:zenlayer-AbCdEf --secret-string file://secret.json",
				"skipped  Zenlayer        the secret cannot be used", "skipped  ScheduleTarget  it can be read",
			},
		},
		"the secret is of no form that is known": {
			is:   func(c *cloud) { c.secret = `{"key":"` + canary + `"` },
			want: []string{"wrong    secret ", "is not a JSON object", "put-secret-value", "skipped  Zenlayer "},
		},
		"the secret has no value": {
			is: func(c *cloud) {
				c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT"}
			},
			want: []string{"wrong    secret ", "does not exist or has no value", "put-secret-value", "skipped  Zenlayer "},
		},
		"there is no secret": {
			is: func(c *cloud) {
				c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "ResourceNotFoundException", Message: "Secrets Manager can't find the specified secret."}
			},
			want: []string{"wrong    secret ", "secretsmanager create-secret --name night-zenlayer --secret-string file://secret.json", deploy + "CredentialsSecretArn=VALUE", "!put-secret-value --secret-id"},
		},
		"the secret is marked for deletion": {
			is:   func(c *cloud) { c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "InvalidRequestException"} },
			want: []string{"wrong    secret ", "secretsmanager restore-secret --secret-id arn:aws:secretsmanager", "!put-secret-value --secret-id"},
		},
		"the key of the secret is disabled": {
			is:   func(c *cloud) { c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "DecryptionFailure"} },
			want: []string{"wrong    secret ", "kms describe-key --key-id alias/aws/secretsmanager", "!put-secret-value --secret-id"},
		},
		"the ARN of the secret is none": {
			is:   func(c *cloud) { c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "ValidationException"} },
			want: []string{"wrong    secret ", deploy + "CredentialsSecretArn=VALUE", "!put-secret-value --secret-id"},
		},
		"a field of the secret is misspelt": {
			is:   func(c *cloud) { c.secret = `{"accessKeyID":"` + canary + `","accessKeyPassword":""}` },
			want: []string{"wrong    secret ", "is not filled in (fields with other names: 1)", "put-secret-value"},
		},
		"the answer of Secrets Manager cannot be decoded": {
			is: func(c *cloud) {
				c.err["GetSecretValue"] = &smithy.DeserializationError{Err: errors.New(canary), Snapshot: []byte(canary)}
			},
			want: []string{"unknown  secret          read secret ", "the answer of Secrets Manager cannot be decoded", "ok       Zenlayer "},
		},
		"Zenlayer refuses the key": {
			is: func(c *cloud) {
				c.ends, c.failure = fails("Zenstop.StopFailed", "0 of 1 instance stopped. AUTHFAILURE_SIGNATURE_FAILURE"), "Zenlayer.CredentialsRefused"
			},
			want: []string{"wrong    Zenlayer        it does not take the credentials: 0 of 1", "AUTHFAILURE_SIGNATURE_FAILURE", "put-secret-value", "skipped  ScheduleTarget  it can be read", "skipped  AlarmTarget     it can be read"},
		},
		"StopFunction may not use the secret": {
			is: func(c *cloud) {
				c.ends, c.failure = fails("Zenstop.StopFailed", "The run could not go on: credentials: secret arn may not be read: give the function's role kms:Decrypt (AccessDeniedException)"), "Zenlayer.CredentialsRefused"
			},
			want: []string{"ok       secret ", "wrong    Zenlayer        StopFunction cannot use the secret: The run could not go on", deploy + "CredentialsKeyArn=VALUE", "!put-secret-value"},
		},
		"only StopFunction sees that the secret is empty": {
			is: func(c *cloud) {
				c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "AccessDeniedException"}
				c.ends, c.failure = fails("Zenstop.StopFailed", "The run could not go on: credentials: secret arn is not filled in; put x there with: aws secretsmanager put-secret-value"), "Zenlayer.CredentialsRefused"
			},
			want: []string{"unknown  secret ", "wrong    Zenlayer        StopFunction cannot use the secret: The run could not go on", "$ aws --region eu-central-1 secretsmanager put-secret-value", "!CredentialsKeyArn"},
		},
		"Zenlayer is down": {
			is: func(c *cloud) {
				c.ends, c.failure, c.looks = fails("Zenstop.StopFailed", "no connection"), "Zenlayer.Unavailable", 70
			},
			want: []string{"wrong    Zenlayer        no connection", "logs filter-log-events --log-group-name /aws/lambda/night-StopFunction --start-time 17953", "!put-secret-value"},
		},
		"a dry run does not end": {
			is:   func(c *cloud) { c.looks = 1e6 },
			want: []string{"wrong    Zenlayer        the dry run has not ended after 5m0s", "get-execution-history", "ok       runs "},
		},
		"the execution of a dry run shows late, and the report has no room for all": {
			is: func(c *cloud) {
				c.late = 3
				c.ends.Output = aws.String(`{"outcome":"PLANNED","instances":[{"id":"a","status":"RUNNING"}],"omitted":4,"counts":{"PROTECTED":4},"notes":["Zenlayer also listed others."]}`)
			},
			healthy: true,
			want:    []string{"ok       ScheduleTarget  instances that it matches now: 5", "4 more, for which the report has no room", "Zenlayer also listed others."},
		},
		"a dry run dies": {
			is:   func(c *cloud) { c.ends = sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusAborted} },
			want: []string{"wrong    Zenlayer        the dry run ended as ABORTED without a report", "get-execution-history"},
		},
		"the function fails": {
			is: func(c *cloud) {
				c.answer = lambda.InvokeOutput{FunctionError: aws.String("Unhandled"), Payload: []byte(`{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}`)}
			},
			want: []string{"wrong    Zenlayer        StopFunction fails on a request: Runtime.ExitError exit status 1", "logs filter-log-events"},
		},
		"the key of the settings is gone": {
			is:   func(c *cloud) { c.err["Invoke"] = &lambdatypes.KMSNotFoundException{} },
			want: []string{"unknown  Zenlayer        lambda:InvokeFunction fails: ", "!deleted it"},
		},
		"Lambda cannot decrypt the settings of the function": {
			is: func(c *cloud) {
				c.err["Invoke"] = &lambdatypes.KMSAccessDeniedException{Message: aws.String("of the role")}
			},
			want: []string{"unknown  Zenlayer        lambda:InvokeFunction fails: ", "of the role", "!your credentials need"},
		},
		"the version is an older one": {
			is: func(c *cloud) {
				c.ends.Output = aws.String(`{"version":"0.9.0","outcome":"PLANNED","instances":[{"id":"a","status":"RUNNING"}]}`)
			},
			healthy: true,
			want:    []string{"ok       Zenlayer        it takes the credentials and answers, asked by zenstop 0.9.0\n", "A deploy from this folder makes it version 1.0.0"},
		},
		"the function has no room": {
			is: func(c *cloud) {
				c.err["Invoke"] = &lambdatypes.TooManyRequestsException{Reason: lambdatypes.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded}
			},
			want: []string{"wrong    Zenlayer        StopFunction may not run", "lambda get-function-concurrency --function-name night-StopFunctionName"},
		},
		"the schedule has no target": {
			is:   func(c *cloud) { c.schedules["night-stop"] = scheduleOf("cron(0 19 * * ? *)", `{"instanceIds":[]}`) },
			want: []string{"to do    ScheduleTarget  it is not set", deploy + `'ScheduleTarget="{\"instanceIds\":[\"ID\"]}"'`, "ok       AlarmTarget "},
		},
		"no target is set": {
			is: func(c *cloud) {
				c.schedules["night-stop"], c.env["ALARM_TARGET"] = scheduleOf("cron(0 19 * * ? *)", `{"instanceIds":[]}`), " "
			},
			want: []string{"ok       Zenlayer        it takes the credentials and answers", "to do    ScheduleTarget ", "ok       AlarmTarget     it is not set: only alarms with the dimension InstanceId"},
		},
		"the stack is for alarms and requests": {
			is: func(c *cloud) {
				c.schedules["night-stop"] = scheduleOf("cron(0 19 * * ? *)", `{"instanceIds":[]}`)
				c.schedules["night-stop"].State = schedulertypes.ScheduleStateDisabled
			},
			healthy: true,
			want:    []string{"ok       ScheduleTarget  it is not set: the schedule stops nothing", "ok       schedule        DISABLED, cron(0 19 * * ? *) in Europe/Berlin: only alarms and requests stop machines", "!ScheduleState=ENABLED"},
		},
		"a target cannot be read": {
			is: func(c *cloud) {
				c.schedules["night-stop"], c.env["ALARM_TARGET"] = scheduleOf("cron(0 19 * * ? *)", `{"filter":{"zone":"x"}}`), `{"instanceIds":["a b"]}`
			},
			want: []string{"wrong    ScheduleTarget  it cannot be read: detail.target.filter", "wrong    AlarmTarget     it cannot be read: AlarmTarget.instanceIds[0]", `it is {"filter":{"zone":"x"}}`, deploy + `'AlarmTarget="{\"instanceIds\":[\"ID\"]}"'`},
		},
		"a filter matches nobody": {
			is: func(c *cloud) {
				c.ends = fails("Zenstop.Refused", "Refused, nothing was stopped: no instance matches the filter.")
			},
			want: []string{"ok       Zenlayer ", "wrong    ScheduleTarget  the dry run was refused: Refused, nothing was stopped: no instance matches the filter.", "it is " + byTag},
		},
		"a target is larger than the limit": {
			is: func(c *cloud) {
				c.ends = fails("Zenstop.Refused", "Refused, nothing was stopped: 3 instances would be stopped, but the limit (maxInstances) is 2.")
			},
			want: []string{"wrong    ScheduleTarget  the dry run was refused: ", deploy + "MaxInstances=VALUE", "!ScheduleTarget="},
		},
		"the guards refuse the request": {
			is: func(c *cloud) {
				c.answer.Payload = []byte(`{"run":"r","outcome":"REFUSED","summary":"Refused, nothing was stopped: time: the event is 2h0m0s old"}`)
			},
			want: []string{"skipped  Zenlayer        no dry run came to ask it", "wrong    ScheduleTarget  the dry run was refused: Refused, nothing was stopped: time: the event is 2h0m0s old", "!ScheduleTarget="},
		},
		"ids match nobody": {
			is:   func(c *cloud) { c.ends.Output = planned(power.Instance{ID: "a", Note: power.NoteAbsent + ": x"}) },
			want: []string{"wrong    ScheduleTarget  it matches nobody: Zenlayer lists none of its instances", "1 not listed by Zenlayer: a"},
		},
		"rows of Zenlayer cannot be read": {
			is: func(c *cloud) {
				c.ends.Output = planned(power.Instance{ID: "a", Status: "RUNNING"}, power.Instance{ID: "b", Status: "RUNNING", Note: power.NoteUnreadable + ": tags"}, power.Instance{ID: "c", Note: power.NoteUnreadable + ": status"})
			},
			want: []string{"wrong    ScheduleTarget  2 of its 3 instances cannot be stopped:", "2 in a row of Zenlayer's answer that cannot be read: b, c", "filter-log-events", "!not listed", "!ScheduleTarget="},
		},
		"Zenlayer rejects an instance": {
			is: func(c *cloud) {
				c.ends.Output = planned(power.Instance{ID: "a", Status: "RUNNING"}, power.Instance{ID: "b", Note: "Zenlayer rejects calls that name it: X"})
			},
			want: []string{"wrong    ScheduleTarget  1 of its 2 instances cannot be stopped:", "1 of which no status is seen (Zenlayer rejects calls that name it: X): b", "!not listed", "!ScheduleTarget="},
		},
		"rows of Zenlayer have no id": {
			is: func(c *cloud) {
				c.ends.Output = aws.String(`{"version":"1.0.0","outcome":"PLANNED","nameless":2,"instances":[{"id":"a","status":"RUNNING"}]}`)
			},
			want: []string{"wrong    ScheduleTarget  each run of it fails: Zenlayer lists 2 instances whose instanceId cannot be read"},
		},
		"a target is long": {
			is: func(c *cloud) {
				c.schedules["night-stop"] = scheduleOf("cron(0 19 * * ? *)", `{"instanceIds":["`+strings.Repeat("x", 3000)+`"," "]}`)
			},
			want: []string{"wrong    ScheduleTarget  it cannot be read: ", strings.Repeat("x", 3000) + `"," "]}`},
		},
		"some of many cannot be stopped": {
			is: func(c *cloud) {
				all := []power.Instance{{ID: "gone", Note: power.NoteAbsent}, {ID: "recycled", Status: "RECYCLE", Verdict: power.Recycled}}
				for i := range 12 {
					all = append(all, power.Instance{ID: fmt.Sprintf("m-%02d", i), Status: "STOPPED"})
				}
				c.ends.Output = planned(all...)
			},
			want: []string{"wrong    ScheduleTarget  2 of its 14 instances cannot be stopped", "1 RECYCLED: recycled", "12 STOPPED: m-00, m-01, m-02, m-03, m-04, m-05, m-06, m-07, m-08, m-09 and 2 more"},
		},
		"the schedule is disabled, and warns": {
			is: func(c *cloud) {
				c.schedules["night-stop"].State, c.env["WARN_MINUTES"] = schedulertypes.ScheduleStateDisabled, "15"
			},
			want: []string{"to do    schedule        DISABLED, cron(0 19 * * ? *) in Europe/Berlin; it warns, and stops 15 minutes later", deploy + "ScheduleState=ENABLED", "after the stop of Sun 2026-11-22 19:15"},
		},
		"the schedule never fires again": {
			is:   func(c *cloud) { c.schedules["night-stop"] = scheduleOf("at(2026-01-01T00:00:00)", oneID) },
			want: []string{"wrong    schedule        ENABLED, at(2026-01-01T00:00:00) in Europe/Berlin: it never fires again", deploy + "ScheduleExpression=VALUE"},
		},
		"somebody has made the schedules harmless, or dangerous": {
			is: func(c *cloud) {
				c.schedules["night-stop"] = scheduleOf("cron(0 19 * * ? *)", oneID+`,"dryRun":true`)
				c.schedules["night-watch"] = scheduleOf("rate(6 hours)", oneID)
			},
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: its input asks for a dry run", "wrong    watch           ENABLED, rate(6 hours) in Europe/Berlin: its input has checkOnly false", "detect-stack-drift"},
		},
		"the schedule starts machines": {
			is: func(c *cloud) {
				*c.schedules["night-stop"].Target.Input = strings.NewReplacer("zenstop.schedule", "zenstop", "Stop Instances", "Start Instances", `,"reason":"schedule"`, "").Replace(*c.schedules["night-stop"].Target.Input)
			},
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: its input asks for a start"},
		},
		"the schedule sends a request": {
			is: func(c *cloud) {
				*c.schedules["night-stop"].Target.Input = strings.Replace(*c.schedules["night-stop"].Target.Input, "zenstop.schedule", "zenstop", 1)
			},
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: its input is not that of a schedule of the stack"},
		},
		"each firing of the schedule has the same id": {
			is: func(c *cloud) {
				*c.schedules["night-stop"].Target.Input = strings.Replace(*c.schedules["night-stop"].Target.Input, "<aws.scheduler.schedule-arn> <aws.scheduler.scheduled-time>", "x", 1)
			},
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: its input does not say which firing it is"},
		},
		"the watch is refused": {
			is:   func(c *cloud) { c.schedules["night-watch"].Target.Input = aws.String(`{}`) },
			want: []string{"ok       schedule ", "wrong    watch           ENABLED, rate(6 hours) in Europe/Berlin: each firing is refused: source: is missing"},
		},
		"somebody has disabled the schedules": {
			is: func(c *cloud) {
				c.stack.Parameters = append(c.stack.Parameters, cftypes.Parameter{ParameterKey: aws.String("ScheduleState"), ParameterValue: aws.String("ENABLED")})
				c.schedules["night-stop"].State, c.schedules["night-watch"].State = schedulertypes.ScheduleStateDisabled, schedulertypes.ScheduleStateDisabled
			},
			want: []string{"wrong    schedule        DISABLED, cron(0 19 * * ? *) in Europe/Berlin: somebody has disabled it", "wrong    watch           DISABLED", "detect-stack-drift", "!ScheduleState=ENABLED"},
		},
		"the schedule is disabled, and over": {
			is: func(c *cloud) {
				c.schedules["night-stop"] = scheduleOf("at(2026-01-01T00:00:00)", oneID)
				c.schedules["night-stop"].State = schedulertypes.ScheduleStateDisabled
			},
			want: []string{"wrong    schedule        DISABLED, at(2026-01-01T00:00:00) in Europe/Berlin: it never fires again", deploy + "ScheduleExpression=VALUE"},
		},
		"the time zone is none": {
			is:   func(c *cloud) { c.env["SCHEDULE_TIMEZONE"] = "Mars/Base" },
			want: []string{"wrong    settings ", "skipped  start           nothing is started again, see settings"},
		},
		"the schedule only checks": {
			is:   func(c *cloud) { c.schedules["night-stop"] = watchOf("cron(0 19 * * ? *)") },
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: its input has checkOnly true"},
		},
		"a setting of the schedule cannot be read": {
			is:   func(c *cloud) { c.env["SKIP_DATES"] = "2027-02-29" },
			want: []string{"wrong    settings        SKIP_DATES", "skipped  schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: each firing is refused, see settings", "skipped  watch "},
		},
		"StartDays are none": {
			is:   func(c *cloud) { c.env["START_DAYS"] = "MON,TU" },
			want: []string{"StartDays=VALUE", "!StartTime=VALUE"},
		},
		"the schedule has ended": {
			is: func(c *cloud) {
				c.schedules["night-stop"].EndDate = aws.Time(time.Date(2026, 11, 22, 12, 20, 0, 0, time.UTC))
			},
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: it never fires again"},
		},
		"the schedule has not begun": {
			is: func(c *cloud) {
				c.schedules["night-stop"].StartDate = aws.Time(time.Date(2027, 1, 1, 18, 0, 0, 0, time.UTC))
			},
			healthy: true,
			want:    []string{"Fri 2027-01-01 19:00 +01:00\n", "!2026-11-24 19:00"},
		},
		"the schedule calls something else": {
			is:   func(c *cloud) { c.schedules["night-stop"].Target.Arn = aws.String("night-Other") },
			want: []string{"wrong    schedule        ENABLED, cron(0 19 * * ? *) in Europe/Berlin: it does not call StopFunction", "detect-stack-drift"},
		},
		"somebody has deleted the schedule": {
			is:   func(c *cloud) { c.err["GetSchedule"] = &schedulertypes.ResourceNotFoundException{} },
			want: []string{"wrong    schedule        it is there no more: somebody has deleted it", "detect-stack-drift"},
		},
		"a fortnight is skipped": {
			is: func(c *cloud) {
				c.env["SKIP_DATES"] = skipped(20)
				c.schedules["night-watch"] = watchOf("rate(1 minute)")
			},
			healthy: true,
			want: []string{
				"Thu 2026-12-03 19:00 +01:00, skipped: 2026-12-03 is one of SkipDates\n                         and more that are skipped\n                         Sat 2026-12-12 19:00 +01:00\n",
				"ok       watch ", "and more that are skipped\n                         Sat 2026-12-12 00:00 +01:00\n", "after the stop of Sat 2026-12-12 19:00",
			},
		},
		"each firing is skipped": {
			is: func(c *cloud) {
				c.env["SKIP_DATES"], c.schedules["night-stop"] = skipped(20), scheduleOf("at(2026-11-25T19:00:00)", oneID)
			},
			want: []string{"wrong    schedule        ENABLED, at(2026-11-25T19:00:00) in Europe/Berlin: it never fires on a date that is not skipped", "SkipDates is 2026-11-22,2026-11-23,", deploy + "SkipDates=VALUE"},
		},
		"an expression is not worked out here": {
			is:   func(c *cloud) { c.schedules["night-stop"] = scheduleOf("cron(0 9 ? * FRI-MON *)", oneID) },
			want: []string{"unknown  schedule        ENABLED, cron(0 9 ? * FRI-MON *) in Europe/Berlin; when it fires next is not known"},
		},
		"nothing is watched or started": {
			is:      func(c *cloud) { delete(c.schedules, "night-watch"); c.env["START_TIME"] = "" },
			healthy: true,
			want:    []string{"ok       watch           there is none", "ok       start           nothing is started again: StartTime is empty"},
		},
		"StartTime is none": {
			is:   func(c *cloud) { c.env["START_TIME"] = "7 o'clock" },
			want: []string{`wrong    start           nothing is started again: "7 o'clock" must be a time of the day such as 07:00`, deploy + "StartTime=VALUE"},
		},
		"nobody is subscribed": {
			is:   func(c *cloud) { c.subs = nil },
			want: []string{"to do    topic           nobody is subscribed", "sns subscribe --topic-arn arn:aws:sns:eu-central-1:123456789012:topic --protocol email --notification-endpoint you@example.com"},
		},
		"somebody has not confirmed": {
			is: func(c *cloud) {
				c.subs = append(c.subs, snstypes.Subscription{Protocol: aws.String("email"), Endpoint: aws.String("new@example.com"), SubscriptionArn: aws.String("PendingConfirmation")})
			},
			want: []string{"to do    topic           1 subscribed and confirmed, 1 not confirmed", "email new@example.com has not confirmed", "--notification-endpoint new@example.com"},
		},
		"the addresses of subscribers are not harmless": {
			is: func(c *cloud) {
				for protocol, endpoint := range map[string]string{
					"email": "o'brien;touch x@example.com", "https": "https://u:" + canary + "@hooks.example.com/a?key=" + canary, "http": "http://u:" + canary + "[@hooks.example.com/100%/" + canary, "sms": "+49\x1b[2K\nok       all             right",
				} {
					c.subs = append(c.subs, snstypes.Subscription{Protocol: &protocol, Endpoint: &endpoint, SubscriptionArn: aws.String("PendingConfirmation")})
				}
			},
			want: []string{`--notification-endpoint 'o'\''brien;touch x@example.com'`, "https https://hooks.example.com/… has not confirmed", "--protocol https --notification-endpoint URL\n", "http http://… has not confirmed", "!\x1b", "!\nok       all "},
		},
		"alarms are on": {
			is: func(c *cloud) {
				c.paging = true
				for i := range c.alarms {
					c.alarms[i].StateValue = cwtypes.StateValueAlarm
				}
			},
			want: []string{"wrong    alarms          of 2: 2 in ALARM", "run-died-of-night is in ALARM since Sun 2026-11-22 10:00 +01:00: docs/operations.md, entry RunDied", "describe-alarm-history --history-item-type StateUpdate --max-items 3 --alarm-name failure-queue-of-night"},
		},
		"alarms can tell nobody": {
			is: func(c *cloud) { c.alarms = c.alarms[:1]; c.alarms[0].ActionsEnabled = aws.Bool(false) },
			want: []string{
				"wrong    alarms          of 2: 1 disabled, 1 deleted", "failure-queue-of-night tells nobody", "cloudwatch enable-alarm-actions --alarm-names failure-queue-of-night",
				"run-died-of-night is deleted: docs/operations.md, entry drift", "detect-stack-drift",
			},
		},
		"a rule is disabled, and another is not shown": {
			is: func(c *cloud) {
				c.rules["default night-RunDied"] = ebtypes.RuleStateDisabled
				c.err["DescribeRule night-Request"] = &smithy.GenericAPIError{Code: "AccessDenied"}
			},
			want: []string{"wrong    rules           of 2: 1 disabled", "events enable-rule --name night-RunDied", "AWS denies it: your credentials need the permission events:DescribeRule"},
		},
		"rules let no event through": {
			is: func(c *cloud) { c.rules = map[string]ebtypes.RuleState{"own night-Request": ebtypes.RuleStateDisabled} },
			want: []string{
				"wrong    rules           of 2: 1 disabled, 1 deleted", "events enable-rule --name night-Request --event-bus-name own", "night-RunDied is deleted: docs/operations.md, entry drift", "detect-stack-drift",
			},
		},
		"events are in the failure queue": {
			is:   func(c *cloud) { c.messages = 2 },
			want: []string{"wrong    failure queue   messages: 2", "sqs receive-message --message-attribute-names All --visibility-timeout 60 --queue-url https://sqs.eu-central-1.amazonaws.com/1/queue"},
		},
		"runs hold": {
			is: func(c *cloud) {
				hold(c, "request-1-start", `{"action":"start","startAt":"2026-11-23T06:00:00Z","summary":"1 instance is started."}`)
				hold(c, "schedule-2", `{"action":"stop","stopAt":"2026-11-22T13:00:00Z","summary":"Warned."}`)
				hold(c, "schedule-3", "")
				hold(c, "schedule-4", `{"stopAt":7}`)
				hold(c, "schedule-3-part-12", "")
			},
			healthy: true,
			want: []string{
				"ok       runs            4 RUNNING", "schedule-4 holds; its document does not say until when", "request-1-start holds until Mon 2026-11-23 07:00 +01:00: 1 instance is started.",
				"schedule-2 holds until Sun 2026-11-22 14:00 +01:00: Warned.", "schedule-3 is at work, in the state Wait, since Sun 2026-11-22 12:00 +01:00", "!part-12",
			},
		},
		"hundreds of runs hold": {
			is: func(c *cloud) {
				c.paging = true
				for i := range 1200 {
					hold(c, fmt.Sprintf("request-%04d-kept", i), `{"stopAt":"2026-11-22T13:00:00Z"}`)
				}
			},
			healthy: true,
			want:    []string{"ok       runs            more than 1000 RUNNING", "request-0019-kept holds", "!request-0020-kept", "the documents of the other 980 were not read", "list-executions --status-filter RUNNING --state-machine-arn " + workflow},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud()
			state.is(c)
			got, healthy := report(t, c)
			for _, want := range state.want {
				want, absent := strings.CutPrefix(want, "!")
				if strings.Contains(got, want) == absent {
					t.Errorf("says %q: %v\n%s", want, !absent, got)
				}
			}
			if healthy != state.healthy {
				t.Errorf("healthy %v, want %v", healthy, state.healthy)
			}
			if calls := c.calls["ListExecutions"] + c.calls["GetExecutionHistory"]; calls > mostListed+2*mostRead {
				t.Errorf("%d calls for the runs", calls)
			}
		})
	}
}

// The call, the permission that its line names, and the check.
var permissions = map[string]struct{ permission, check string }{
	"ListStackResources":       {"cloudformation:ListStackResources", "alarms"},
	"GetFunctionConfiguration": {"lambda:GetFunctionConfiguration", "settings"},
	"GetFunctionConcurrency":   {"lambda:GetFunctionConcurrency", "functions"},
	"DescribeRule":             {"events:DescribeRule", "rules"},
	"GetSecretValue":           {"secretsmanager:GetSecretValue", "secret"},
	"Invoke":                   {"lambda:InvokeFunction", "Zenlayer"},
	"DescribeExecution":        {"states:DescribeExecution", "Zenlayer"},
	"GetSchedule":              {"scheduler:GetSchedule", "schedule"},
	"ListSubscriptionsByTopic": {"sns:ListSubscriptionsByTopic", "topic"},
	"DescribeAlarms":           {"cloudwatch:DescribeAlarms", "alarms"},
	"GetQueueAttributes":       {"sqs:GetQueueAttributes", "failure queue"},
	"ListExecutions":           {"states:ListExecutions", "runs"},
	"GetExecutionHistory":      {"states:GetExecutionHistory", "runs"},
}

func TestAPermissionThatIsMissingIsNamedAndTheOtherChecksGoOn(t *testing.T) {
	for call, of := range permissions {
		for code, says := range map[string]string{
			"AccessDeniedException": "AWS denies it: your credentials need the permission " + of.permission, "AuthorizationError": "AWS denies it: your credentials need the permission " + of.permission,
			"ThrottlingException": "AWS throttles " + of.permission + ": run the command again in a minute", "InternalFailure": "InternalFailure",
		} {
			c := newCloud()
			c.err[call] = &smithy.GenericAPIError{Code: code, Message: "no"}
			name := "request-1"
			c.running = []sfntypes.ExecutionListItem{{Name: &name, ExecutionArn: &name}}
			lines, healthy, err := examined(t, c)
			if healthy || err != nil {
				t.Errorf("%s fails with %s: healthy %v, %v", call, code, healthy, err)
			}
			i := slices.IndexFunc(lines, func(l Line) bool { return l.Check == of.check })
			if i < 0 || !strings.Contains(lines[i].Says, says) || lines[i].Level != Unknown {
				t.Errorf("%s fails with %s, and no line of %s says %q: %v", call, code, of.check, says, lines)
			}
			if last := lines[len(lines)-1]; len(lines) != 15 || last.Check != "runs" {
				t.Errorf("%s fails with %s: %d lines, the last of %s, want all 15", call, code, len(lines), last.Check)
			}
		}
	}
}

// AWS names the permission in its message, which may be another than that of the call.
func TestThePermissionThatAWSNamesIsTheOneThatIsMissing(t *testing.T) {
	for message, want := range map[string]string{
		"User: x is not authorized to perform: sts:AssumeRole on resource: y":                "AWS denies it: your credentials need the permission sts:AssumeRole",
		"not authorized to perform: sns:X with an explicit deny in a service control policy": "AWS denies it: a policy forbids your credentials sns:X",
		"no": "AWS denies it: your credentials need the permission sns:ListSubscriptionsByTopic",
	} {
		c := newCloud()
		c.err["ListSubscriptionsByTopic"] = &smithy.OperationError{ServiceID: "SNS", Err: &smithy.GenericAPIError{Code: "AccessDenied", Message: message}}
		if got, healthy := report(t, c); healthy || !strings.Contains(got, "unknown  topic           "+want+"\n") {
			t.Errorf("%s: no line says %q\n%s", message, want, got)
		}
	}
}

// Whatever state a stack is in, each line says something, and no command deletes or changes a stack
// that works, or one that is not of zenstop.
func TestInEachStateOfAStackNoCommandDoesDamage(t *testing.T) {
	broken := []cftypes.StackStatus{cftypes.StackStatusCreateFailed, cftypes.StackStatusRollbackFailed, cftypes.StackStatusRollbackComplete, cftypes.StackStatusDeleteFailed}
	for _, status := range cftypes.StackStatus("").Values() {
		for _, is := range []string{"whole", "without outputs", "another application's"} {
			c := newCloud()
			if c.stack.StackStatus = status; is != "whole" {
				c.stack.Outputs = nil
			}
			if is == "another application's" {
				c.stack.Parameters = nil
			}
			got, healthy := report(t, c)
			if is == "whole" && slices.Contains(broken, status) && !strings.Contains(got, "skipped  functions       the stack is "+string(status)) {
				t.Errorf("%s: the rest is looked at\n%s", status, got)
			}
			if healthy && (is != "whole" || strings.Contains(string(status), "FAILED")) {
				t.Errorf("%s, %s: healthy", status, is)
			}
			if deletes := strings.Contains(got, "delete-stack --stack-name "+stackID); deletes != (is != "another application's" && slices.Contains(broken, status)) || strings.Contains(got, "delete-stack --stack-name night") {
				t.Errorf("%s, %s: the doctor prints a command that deletes the stack: %v\n%s", status, is, deletes, got)
			}
			if is == "another application's" && (strings.Contains(got, "sam deploy") && status != cftypes.StackStatusDeleteComplete || !strings.Contains(got, "skipped  runs  ")) {
				t.Errorf("%s, %s: the doctor prints a command for it\n%s", status, is, got)
			}
			if strings.Contains(got, "--stack-name night\n") {
				t.Errorf("%s, %s: a deploy without a parameter takes those of samconfig.toml\n%s", status, is, got)
			}
		}
	}
}

func TestAClockThatIsWrongChangesNothing(t *testing.T) {
	e := &exam{Doctor: Doctor{Now: func() time.Time { return time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC) }}}
	if e.goBy(time.Date(2026, 11, 22, 12, 0, 5, 0, time.UTC)); !e.Now().Equal(time.Date(2026, 11, 22, 12, 0, 5, 0, time.UTC)) {
		t.Errorf("it is %s", e.Now())
	}
}

func skipped(days int) string {
	var dates []string
	for i := range days {
		dates = append(dates, time.Date(2026, 11, 22+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	return strings.Join(dates, ",")
}

func TestAStackThatIsNotThereIsToBeDeployed(t *testing.T) {
	c := newCloud()
	c.err["DescribeStacks"] = &smithy.GenericAPIError{Code: "ValidationError", Message: "Stack with id night does not exist"}
	lines, healthy, err := examined(t, c)
	if err != nil || healthy || lines[0].Level != ToDo || !strings.Contains(written(lines[0]), "there is no stack night in this account and region") {
		t.Errorf("%v, %v, %v", lines, healthy, err)
	}
	for _, l := range lines[1:] {
		if l.Level != Skipped {
			t.Errorf("%+v, want it skipped", l)
		}
	}
	if len(c.calls) > 1 {
		t.Errorf("calls %v, want one", c.calls)
	}
}

func TestWhereTheStackCannotBeLookedAtNothingElseIs(t *testing.T) {
	for want, err := range map[string]error{
		"cloudformation:DescribeStacks":         &smithy.GenericAPIError{Code: "AccessDenied"},
		"no EC2 IMDS role found":                errors.New("get credentials: no EC2 IMDS role found"),
		"AWS throttles cloudformation:Describe": &smithy.GenericAPIError{Code: "Throttling"},
	} {
		c := newCloud()
		c.err["DescribeStacks"] = err
		if lines, healthy, failed := examined(t, c); len(lines) > 0 || healthy || failed == nil || !strings.Contains(failed.Error(), want) {
			t.Errorf("%v, %v, error %v, want one that says %q", lines, healthy, failed, want)
		}
	}
}

func TestTheOutputsAreThoseOfTheTemplate(t *testing.T) {
	raw, err := os.ReadFile("../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var template struct {
		Outputs    map[string]yaml.Node `yaml:"Outputs"`
		Resources  map[string]yaml.Node `yaml:"Resources"`
		Parameters map[string]yaml.Node `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	for _, name := range outputs {
		delete(template.Outputs, name)
	}
	for _, name := range []string{telling, "ScheduleState", "EventBusName", "CredentialsKeyArn", scheduleTarget, alarmTarget} {
		if _, ok := template.Parameters[name]; !ok {
			t.Errorf("the template has no parameter %s", name)
		}
	}
	if _, ok := template.Resources[watchSchedule]; len(template.Outputs) > 0 || !ok {
		t.Errorf("the doctor does not know the outputs %v; there is a %s: %v", template.Outputs, watchSchedule, ok)
	}
}

// The policy in the documentation is what the calls need, and no more.
func TestThePolicyInTheDocumentationHasEachPermissionThatIsNeeded(t *testing.T) {
	page, err := os.ReadFile("../../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, policy, _ := strings.Cut(string(page), "## Is the stack set up right?")
	policy, _, _ = strings.Cut(policy, "\n## ")
	wanted := []string{"cloudformation:DescribeStacks"}
	for _, of := range permissions {
		wanted = append(wanted, of.permission)
	}
	for _, permission := range wanted {
		if strings.Count(policy, `"`+permission+`"`) != 1 {
			t.Errorf("the policy of make doctor has %s %d times, want once", permission, strings.Count(policy, `"`+permission+`"`))
		}
	}
	if n := len(regexp.MustCompile(`"[a-z]+:[A-Z]\w+"`).FindAllString(policy, -1)); n != len(wanted) {
		t.Errorf("the policy of make doctor has %d permissions, want %d", n, len(wanted))
	}
}
