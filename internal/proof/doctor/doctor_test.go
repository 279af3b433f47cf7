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
ok       settings        StopFunction can read all of them
ok       secret          it is filled, in a form that is understood
ok       Zenlayer        it takes the credentials and answers
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
ok       topic           1 subscribed and confirmed
                         email oncall@example.com
ok       alarms          none of 2 is in ALARM
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
				"wrong    stack           night is ROLLBACK_COMPLETE", "$ aws --region eu-central-1 cloudformation delete-stack --stack-name night",
				"skipped  secret          the stack has no output CredentialsSecretArn", "skipped  Zenlayer ",
			},
		},
		"the last update was taken back": {
			is: func(c *cloud) {
				c.stack.StackStatus, c.stack.StackStatusReason = cftypes.StackStatusUpdateRollbackComplete, aws.String("no such key")
			},
			want: []string{"wrong    stack           night is UPDATE_ROLLBACK_COMPLETE", "no such key", "describe-stack-events --stack-name night", "ok       Zenlayer "},
		},
		"an update is under way": {
			is:   func(c *cloud) { c.stack.StackStatus = cftypes.StackStatusUpdateInProgress },
			want: []string{"to do    stack           night is UPDATE_IN_PROGRESS", "cloudformation describe-stacks --stack-name night"},
		},
		"an output is missing": {
			is:   func(c *cloud) { c.stack.Outputs = c.stack.Outputs[:len(c.stack.Outputs)-2] },
			want: []string{"wrong    stack           night is UPDATE_COMPLETE, and lacks outputs of zenstop: FailureQueueUrl, DashboardUrl", "skipped  failure queue   the stack has no output FailureQueueUrl"},
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
				"to do    secret          it is not filled in", "secret.json holds", "secretsmanager put-secret-value --secret-id 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:zenlayer-AbCdEf' --secret-string file://secret.json",
				"skipped  Zenlayer        the secret cannot be used", "skipped  ScheduleTarget  it can be read",
			},
		},
		"the secret is of no form that is known": {
			is:   func(c *cloud) { c.secret = `{"key":"` + canary + `"` },
			want: []string{"wrong    secret ", "is not a JSON object", "put-secret-value", "skipped  Zenlayer "},
		},
		"the secret has no value": {
			is:   func(c *cloud) { c.err["GetSecretValue"] = &smithy.GenericAPIError{Code: "ResourceNotFoundException"} },
			want: []string{"wrong    secret ", "does not exist or has no value", "put-secret-value", "skipped  Zenlayer "},
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
		"Zenlayer is down": {
			is: func(c *cloud) {
				c.ends, c.failure, c.looks = fails("Zenstop.StopFailed", "no connection"), "Zenlayer.Unavailable", 70
			},
			want: []string{"wrong    Zenlayer        no connection", "logs tail /aws/lambda/night-StopFunction", "!put-secret-value"},
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
			want:    []string{"ok       ScheduleTarget  instances that it matches now: 5", "4 more with a good verdict", "Zenlayer also listed others."},
		},
		"a dry run dies": {
			is:   func(c *cloud) { c.ends = sfn.DescribeExecutionOutput{Status: sfntypes.ExecutionStatusAborted} },
			want: []string{"wrong    Zenlayer        the dry run ended as ABORTED without a report", "get-execution-history"},
		},
		"the function fails": {
			is: func(c *cloud) {
				c.answer = lambda.InvokeOutput{FunctionError: aws.String("Unhandled"), Payload: []byte(`{"errorType":"Runtime.ExitError","errorMessage":"exit status 1"}`)}
			},
			want: []string{"wrong    Zenlayer        StopFunction fails on a request: Runtime.ExitError exit status 1", "logs tail"},
		},
		"the function is stopped": {
			is: func(c *cloud) {
				c.err["Invoke"] = &lambdatypes.TooManyRequestsException{Reason: lambdatypes.ThrottleReasonReservedFunctionConcurrentInvocationLimitExceeded}
			},
			want: []string{"wrong    Zenlayer        StopFunction may not run", "lambda delete-function-concurrency --function-name night-StopFunctionName"},
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
		"a target cannot be read": {
			is: func(c *cloud) {
				c.schedules["night-stop"], c.env["ALARM_TARGET"] = scheduleOf("cron(0 19 * * ? *)", `{"filter":{"zone":"x"}}`), `{"instanceIds":["a b"]}`
			},
			want: []string{"wrong    ScheduleTarget  it cannot be read: detail.target.filter", "wrong    AlarmTarget     it cannot be read: AlarmTarget.instanceIds[0]", deploy + `'AlarmTarget="{\"instanceIds\":[\"ID\"]}"'`},
		},
		"a filter matches nobody": {
			is: func(c *cloud) {
				c.ends = fails("Zenstop.Refused", "Refused, nothing was stopped: no instance matches the filter.")
			},
			want: []string{"ok       Zenlayer ", "wrong    ScheduleTarget  the dry run was refused: Refused, nothing was stopped: no instance matches the filter."},
		},
		"the guards refuse the request": {
			is: func(c *cloud) {
				c.answer.Payload = []byte(`{"run":"r","outcome":"REFUSED","summary":"Refused, nothing was stopped: time: the event is 2h0m0s old"}`)
			},
			want: []string{"skipped  Zenlayer        no dry run came to ask it", "wrong    ScheduleTarget  the dry run was refused: Refused, nothing was stopped: time: the event is 2h0m0s old"},
		},
		"ids match nobody": {
			is:   func(c *cloud) { c.ends.Output = planned(power.Instance{ID: "a"}) },
			want: []string{"wrong    ScheduleTarget  it matches nobody: Zenlayer lists none of its instances", "1 not listed by Zenlayer: a"},
		},
		"some of many cannot be stopped": {
			is: func(c *cloud) {
				all := []power.Instance{{ID: "gone"}, {ID: "recycled", Status: "RECYCLE", Verdict: power.Recycled}}
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
			want: []string{"wrong    schedule        ENABLED, at(2026-01-01T00:00:00) in Europe/Berlin: it never fires again", deploy + `'ScheduleExpression="cron(0 19 * * ? *)"'`},
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
			want: []string{`wrong    start           nothing is started again: "7 o'clock" must be a time of the day such as 07:00`, deploy + `'StartTime="07:00"'`},
		},
		"nobody is subscribed": {
			is:   func(c *cloud) { c.subs = nil },
			want: []string{"to do    topic           nobody is subscribed", "sns subscribe --topic-arn arn:aws:sns:eu-central-1:123456789012:topic --protocol email --notification-endpoint 'you@example.com'"},
		},
		"somebody has not confirmed": {
			is: func(c *cloud) {
				c.subs = append(c.subs, snstypes.Subscription{Protocol: aws.String("email"), Endpoint: aws.String("new@example.com"), SubscriptionArn: aws.String("PendingConfirmation")})
			},
			want: []string{"to do    topic           1 subscribed and confirmed, 1 not confirmed", "email new@example.com has not confirmed", "--notification-endpoint 'new@example.com'"},
		},
		"alarms are on": {
			is: func(c *cloud) {
				at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
				c.paging, c.alarms = true, []cwtypes.MetricAlarm{
					{AlarmName: aws.String("run-died-of-night"), StateUpdatedTimestamp: &at, AlarmDescription: aws.String("What to do - docs/operations.md, entry RunDied.")},
					{AlarmName: aws.String("failure-queue-of-night"), StateUpdatedTimestamp: &at},
				}
			},
			want: []string{"wrong    alarms          2 of 2 in ALARM", "run-died-of-night is in ALARM since Sun 2026-11-22 10:00 +01:00: docs/operations.md, entry RunDied", "describe-alarm-history --history-item-type StateUpdate --max-items 3 --alarm-name 'failure-queue-of-night'"},
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
			if last := lines[len(lines)-1]; len(lines) != 13 || last.Check != "runs" {
				t.Errorf("%s fails with %s: %d lines, the last of %s, want all 13", call, code, len(lines), last.Check)
			}
		}
	}
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
		Outputs   map[string]yaml.Node `yaml:"Outputs"`
		Resources map[string]yaml.Node `yaml:"Resources"`
	}
	if err := yaml.Unmarshal(raw, &template); err != nil {
		t.Fatal(err)
	}
	for _, name := range outputs {
		delete(template.Outputs, name)
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
