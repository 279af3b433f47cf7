package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	cftypes "github.com/aws/aws-sdk-go-v2/service/cloudformation/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// patient is a stack with the program behind make doctor, which looks at it.
type patient struct {
	*testing.T
	*stack.Stack

	dir     string   // of a checkout in which make local has this stack up
	program string   // the one that the Makefile builds
	env     []string // of a user whose AWS the local AWS is
	said    strings.Builder
}

// One stack in more than ten states: right, secret empty, wrong key, target unreadable, target that
// matches nobody, schedule disabled, nobody subscribed, an event in the failure queue, an
// alarm that is on, a run that holds. Where the doctor prints a whole command, the test
// types it as it stands.
//
// The local AWS enforces no permission, so a call that is denied is shown by the unit tests
// of package doctor alone, and so is an address that has not confirmed: it confirms each at
// once. It reads the time zone of a schedule back as UTC, which is that of this stack.
func TestTheDoctorSaysOfTenStatesWhatIsWrongAndWhatMendsIt(t *testing.T) {
	t.Parallel()
	p := newPatient(t)
	input := `{"run":"held","action":"start","outcome":"WAITING","next":"hold","startAt":"2099-01-01T07:00:00Z","deadline":"2099-01-02T00:00:00Z","summary":"1 instance is started then.","memory":{},"instances":[]}`
	_, err := sfn.NewFromConfig(p.AWS).StartExecution(t.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(p.Outputs["StopWorkflowArn"]), Name: aws.String("held-1-start"), Input: &input})
	if err != nil {
		t.Fatal(err)
	}

	said := p.looksAt(1, "",
		"to do    secret          it is not filled in\n", "skipped  Zenlayer        the secret cannot be used\n",
		"skipped  ScheduleTarget  it can be read;", "to do    schedule        DISABLED, cron(0 0 1 1 ? *) in UTC\n",
		"to do    topic           nobody is subscribed")
	p.types(said, "ScheduleState=ENABLED")
	p.types(said, "sns subscribe")

	p.writeSecret(`{"accessKeyId":"` + stack.SimKeyID + `","accessKeyPassword":"wrong-` + stack.SimPassword + `"}`)
	p.types(said, "put-secret-value")
	said = p.looksAt(1, p.Name, "wrong    Zenlayer        it does not take the credentials: ", "AUTH", "ok       schedule        ENABLED,", "ok       topic           1 subscribed and confirmed")

	p.writeSecret(stack.SimSecret)
	p.types(said, "put-secret-value")
	p.looksAt(0, p.Name,
		"ok       stack           zenstop-doctor is UPDATE_COMPLETE, with all its outputs\n", "ok       settings ", "ok       secret ", "ok       Zenlayer        it takes the credentials and answers, asked by zenstop "+runs.Version+"\n", "ok       functions       both may run\n",
		"ok       ScheduleTarget  instances that it matches now: 2\n", "1 PROTECTED: guarded\n", "1 RUNNING: check-0001\n", "ok       AlarmTarget     instances that it matches now: 1\n",
		"-01-01 00:00 +00:00\n", "ok       watch           there is none", "ok       start           StartTime 07:00 in UTC", "ok       alarms          12, none in ALARM or disabled or deleted\n", "ok       rules           3, none disabled or deleted\n",
		"ok       failure queue   it is empty\n", "ok       runs            1 RUNNING\n", "held-1-start holds until Thu 2099-01-01 07:00 +00:00: 1 instance is started then.\n")

	if got := p.parameter("MaxInstances"); got == "7" {
		t.Error("the command has given the stack the settings of samconfig.toml")
	}

	p.switchOff()
	said = p.looksAt(1, p.Name, "wrong    functions       somebody has stopped zenstop", "StatusFunction may not run", "skipped  Zenlayer        a function may not run\n",
		"wrong    rules           of 3: 1 disabled\n", "wrong    alarms          of 12: 1 disabled, 1 deleted\n", "run-timed-out-of-zenstop-doctor is deleted")
	for _, command := range []string{"delete-function-concurrency", "enable-rule", "enable-alarm-actions"} {
		p.types(said, command)
	}
	p.looksAt(1, p.Name, "ok       functions ", "ok       Zenlayer ", "ok       rules ", "wrong    alarms          of 12: 1 deleted\n")
	p.looksAt(1, p.foreign(), "wrong    stack           shop is CREATE_COMPLETE, and is not a stack of zenstop", "skipped  runs            there is no stack of zenstop\n")

	p.set("ALARM_TARGET", `{"filter":{"zone":"x"}}`)
	p.looksAt(1, p.Name, "ok       ScheduleTarget ", `wrong    AlarmTarget     it cannot be read: AlarmTarget.filter.zone`, `'AlarmTarget="{\"instanceIds\":[\"ID\"]}"'`)
	p.set("ALARM_TARGET", `{"filter":{"tagKeys":["nobody-has-this"]}}`)
	queue := p.Outputs["FailureQueueUrl"]
	if _, err := sqs.NewFromConfig(p.AWS).SendMessage(t.Context(), &sqs.SendMessageInput{QueueUrl: &queue, MessageBody: aws.String(`{}`)}); err != nil {
		t.Fatal(err)
	}
	_, err = cloudwatch.NewFromConfig(p.AWS).SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("run-died-of-" + p.Name), StateValue: cwtypes.StateValueAlarm, StateReason: aws.String("a test")})
	if err != nil {
		t.Fatal(err)
	}
	said = p.looksAt(1, "", "wrong    AlarmTarget     the dry run was refused: Refused, nothing was stopped: no instance matches the filter.\n",
		"wrong    failure queue   messages: 1.", "wrong    alarms          of 12: 1 in ALARM, 1 deleted\n", "run-died-of-zenstop-doctor is in ALARM since", "docs/operations.md, entry RunDied\n")
	p.types(said, "sqs receive-message")
	p.types(said, "describe-alarm-history")
	p.looksAt(1, "no-such-stack", "to do    stack           there is no stack no-such-stack in this account and region\n", "skipped  runs            there is no stack\n")
	p.env = append(p.env, "AWS_REGION=", "AWS_DEFAULT_REGION=")
	p.looksAt(2, p.Name, "no AWS region is set")

	if strings.Contains(p.said.String(), stack.SimPassword) {
		t.Error("the password shows in what the doctor says")
	}
	if slices.ContainsFunc(requests(t, p.Stack), func(r sim.Request) bool { return r.Action == sim.ActionStop }) {
		t.Error("something was asked to stop")
	}
}

// switchOff does what somebody may do by hand to be left in peace.
func (p *patient) switchOff() {
	p.Helper()
	ctx, alarms := p.Context(), cloudwatch.NewFromConfig(p.AWS)
	status := p.Outputs["StatusFunctionName"]
	_, err := lambda.NewFromConfig(p.AWS).PutFunctionConcurrency(ctx, &lambda.PutFunctionConcurrencyInput{FunctionName: &status, ReservedConcurrentExecutions: aws.Int32(0)})
	rules := eventbridge.NewFromConfig(p.AWS)
	all, err1 := rules.ListRules(ctx, &eventbridge.ListRulesInput{NamePrefix: aws.String(p.Name + "-RunDied")})
	if err := errors.Join(err, err1); err != nil || len(all.Rules) != 1 {
		p.Fatal(err, all)
	}
	_, err = rules.DisableRule(ctx, &eventbridge.DisableRuleInput{Name: all.Rules[0].Name})
	_, err1 = alarms.DisableAlarmActions(ctx, &cloudwatch.DisableAlarmActionsInput{AlarmNames: []string{"run-died-of-" + p.Name}})
	_, err2 := alarms.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"run-timed-out-of-" + p.Name}})
	if err := errors.Join(err, err1, err2); err != nil {
		p.Fatal(err)
	}
}

// foreign is a stack of another application.
func (p *patient) foreign() (name string) {
	p.Helper()
	client := cloudformation.NewFromConfig(p.AWS)
	name = "shop"
	_, err := client.CreateStack(p.Context(), &cloudformation.CreateStackInput{StackName: &name, TemplateBody: aws.String(`{"Resources":{"Orders":{"Type":"AWS::SQS::Queue"}}}`)})
	if err != nil {
		p.Fatal(err)
	}
	waitUntil(p.T, "the other application's stack", func() bool {
		out, err := client.DescribeStacks(p.Context(), &cloudformation.DescribeStacksInput{StackName: &name})
		return err == nil && out.Stacks[0].StackStatus == cftypes.StackStatusCreateComplete
	})
	return name
}

// parameter is the value of a parameter of the stack.
func (p *patient) parameter(name string) string {
	p.Helper()
	out, err := cloudformation.NewFromConfig(p.AWS).DescribeStacks(p.Context(), &cloudformation.DescribeStacksInput{StackName: &p.Name})
	if err != nil {
		p.Fatal(err)
	}
	for _, of := range out.Stacks[0].Parameters {
		if *of.ParameterKey == name {
			return *of.ParameterValue
		}
	}
	p.Fatalf("the stack has no parameter %s", name)
	return ""
}

// newPatient deploys a stack as a user does who has set the targets and no more.
func newPatient(t *testing.T) *patient {
	t.Helper()
	p := &patient{T: t, dir: t.TempDir()}
	p.Stack = beside(t, "zenstop-doctor", "fleet", map[string]string{
		"ScheduleTarget": `{"instanceIds":["check-0001","guarded"]}`, "AlarmTarget": `{"instanceIds":["check-0002"]}`,
		"ScheduleExpression": "cron(0 0 1 1 ? *)", "StartTime": "07:00", "QuietHours": "26",
	})
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	local := filepath.Join(p.dir, stack.Dir)
	p.program = filepath.Join(local, "bin", "local")
	build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-o", p.program, "./internal/proof/local")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, name := range []string{stack.Dir + "/venv", stack.Dir + "/build", "statemachine"} { // what sam deploy reads
		if err := os.Symlink(filepath.Join(root, name), filepath.Join(p.dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	config, err := os.ReadFile(filepath.Join(root, "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	const section = "[default.deploy.parameters]\n" // as sam deploy --guided of another stack leaves it
	config = []byte(strings.Replace(string(config), section, section+"parameter_overrides = \"MaxInstances=7\"\n", 1))
	if err := os.WriteFile(filepath.Join(p.dir, "samconfig.toml"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	address, err := json.Marshal(map[string]any{"name": p.Name, "endpoint": p.Endpoint, "simulator": p.Simulator, "outputs": p.Outputs})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(local, "stack.json"), address, 0o600); err != nil {
		t.Fatal(err)
	}
	p.env = append(stack.Environ(p.Endpoint), "PATH="+strings.Join([]string{filepath.Join(root, stack.Dir, "awscli", "bin"), os.Getenv("PATH")}, ":"))
	return p
}

// looksAt runs make doctor on the stack of this name, or on the one that make local has up,
// and checks its exit status and lines of what it says.
func (p *patient) looksAt(status int, name string, lines ...string) (said string) {
	p.Helper()
	cmd := exec.CommandContext(p.Context(), p.program, "doctor", name)
	cmd.Dir, cmd.Env = p.dir, p.env
	if name == "" { // of make local nothing of the user's own settings counts
		cmd.Env = append(slices.Clone(p.env), "AWS_ENDPOINT_URL=http://127.0.0.1:1", "AWS_REGION=eu-central-1")
	}
	out, err := cmd.CombinedOutput()
	if got := cmd.ProcessState.ExitCode(); got != status {
		p.Errorf("exit status %d, %v, want %d", got, err, status)
	}
	said = string(out)
	p.said.WriteString(said)
	for _, line := range lines {
		if !strings.Contains(said, line) {
			p.Errorf("the doctor does not say %q", line)
		}
	}
	p.Logf("doctor %s: exit status %d\n%s", name, cmd.ProcessState.ExitCode(), said)
	return said
}

// types carries out the command that the doctor has printed, with what stands in it.
func (p *patient) types(said, part string) {
	p.Helper()
	line := regexp.MustCompile(`(?m)^ +\$ (.*` + regexp.QuoteMeta(part) + `.*)$`).FindStringSubmatch(said)
	if line == nil {
		p.Fatalf("the doctor prints no command with %q", part)
	}
	cmd := exec.CommandContext(p.Context(), "bash", "-c", line[1])
	cmd.Dir, cmd.Env = p.dir, p.env
	if out, err := cmd.CombinedOutput(); err != nil {
		p.Fatalf("%s: %v\n%s", line[1], err, out)
	}
}

// writeSecret writes the file of which the doctor's command fills the secret.
func (p *patient) writeSecret(value string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "secret.json"), []byte(value), 0o600); err != nil {
		p.Fatal(err)
	}
}

// set changes a setting of StopFunction.
func (p *patient) set(name, value string) {
	p.Helper()
	client, function := lambda.NewFromConfig(p.AWS), p.Outputs["StopFunctionName"]
	is, err := client.GetFunctionConfiguration(p.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		p.Fatal(err)
	}
	is.Environment.Variables[name] = value
	_, err = client.UpdateFunctionConfiguration(p.Context(), &lambda.UpdateFunctionConfigurationInput{FunctionName: &function, Environment: &types.Environment{Variables: is.Environment.Variables}})
	if err != nil {
		p.Fatal(err)
	}
}
