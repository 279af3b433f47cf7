package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudformation"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	sfntypes "github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"go.yaml.in/yaml/v3"

	"zenstop/internal/proof/local/stack"
)

// reader is somebody who follows the README in a checkout of their own, with the SAM
// CLI and the AWS CLI in PATH and a local AWS in the place of AWS.
type reader struct {
	*testing.T
	dir  string // the checkout; its name has a space
	env  []string
	aws  *stack.Stack      // has a stack that was deployed before
	told map[string]string // what stands for the words in angle brackets

	calls *recorder // of the commands, since the reader has an account
}

// Each command of the README is typed as it stands there, with the words in angle
// brackets filled in. In the place of AWS is a local AWS, so the functions of the
// stack that sam deploy makes would call AWS itself, and none of them is called.
func TestEachCommandOfTheReadmeWorksAsTyped(t *testing.T) {
	t.Parallel()
	r := newReader(t)
	steps := []struct {
		begins string // how the command begins
		follow func(command string)
	}{
		{"make run", func(c string) { r.types(c, "", true, "STOPPED") }},
		{"make run SCENARIO=bad-night", func(c string) { r.types(c, "", false, "FAILED") }},
		{"sam build", func(c string) { r.visitAWS(); r.types(c, "", true, "Build Succeeded") }},
		{"sam deploy --guided", func(c string) {
			r.types(c, r.answers(), true, "Successfully created/updated stack - guided")
			r.readOutputs()
			r.needs("deployer", "cloudformation:ExecuteChangeSet", "s3:PutObject")
		}},
		{"aws secretsmanager put-secret-value", func(c string) {
			r.types(c, "", true, "VersionId")
			r.hasSecret()
			r.needs("deployer", "secretsmanager:PutSecretValue")
		}},
		{"sam deploy --parameter-overrides", func(c string) {
			r.types(c, "y\n", true, "Successfully created/updated stack - guided")
			r.hasTarget(`{"instanceIds":["bmc-web-01"]}`)
			r.needs("deployer", "cloudformation:ExecuteChangeSet")
		}},
		{"aws events put-events", func(c string) {
			r.types(c, "", true, `"FailedEntryCount": 0`)
			r.needs("requester", "events:PutEvents")
			r.awaitDryRun()
		}},
		{"aws sns subscribe", func(c string) {
			r.types(c, "", true, "SubscriptionArn")
			r.hearsBadNewsOnly(c)
			r.needs("deployer", "sns:Subscribe")
		}},
		{"make picture", func(c string) { r.types(c, "", true, ".html") }},
	}
	commands := slices.Concat(shellLines(t, filepath.Join(r.dir, "README.md")), shellLines(t, filepath.Join(r.dir, "docs", "report.md")))
	if len(commands) != len(steps) {
		t.Fatalf("the README and docs/report.md have %d commands, and this test follows %d:\n%s", len(commands), len(steps), strings.Join(commands, "\n"))
	}
	for i, step := range steps {
		if !strings.HasPrefix(commands[i], step.begins) {
			t.Fatalf("command %d of the README and docs/report.md is %q, and this test expects %q", i+1, commands[i], step.begins)
		}
		step.follow(commands[i])
	}
	r.types("go run ./docs/examples/request bmc-web-01", "", true) // the program of docs/events.md
	r.awaitDryRun()

	settings, remove := shellLines(t, filepath.Join(r.dir, "docs", "settings.md")), shellLines(t, filepath.Join(r.dir, "docs", "upgrade.md"))
	if len(settings) != 1 || len(remove) != 3 {
		t.Fatalf("docs/settings.md has %d commands, and docs/upgrade.md %d; this test follows 1 and 3", len(settings), len(remove))
	}
	r.types(settings[0], "", true, "ScheduleArn")
	r.types("aws scheduler get-schedule --name weekend", "", true, r.told["<StopFunctionArn>"], r.told["<ScheduleRoleArn>"], "aws.scheduler.scheduled-time", "weekend-off")
	r.holdForMonths()
	r.calls.taken()
	r.types(remove[0], "", true, "ReservedConcurrentExecutions")
	r.types(remove[1], "", true)
	if n := r.running(); n > 0 {
		t.Errorf("%d executions are RUNNING after the line of docs/upgrade.md", n)
	}
	r.types(remove[2], "", true)
	r.needs("deployer", "lambda:PutFunctionConcurrency", "states:ListExecutions", "states:StopExecution", "cloudformation:DeleteStack")
	r.hasNothingLeft()
	r.types("sam deploy --no-confirm-changeset --stack-name guided", "", true, "Successfully created/updated stack - guided")
	r.types("sam delete --no-prompts --stack-name guided", "", true, "Deleted successfully")
	r.needs("deployer", "s3:DeleteObject", "cloudformation:DeleteStack")
}

// needs checks that a policy of docs/security.md allows each call since the last check, and that these
// were among them.
func (r *reader) needs(policy string, some ...string) {
	r.Helper()
	calls, allowed := r.calls.taken(), actionsOf(r.T, policyOf(r.T, policy))
	for action := range calls {
		if action != "sts:GetCallerIdentity" && !allowed[action] { // everybody may ask who they are
			r.Errorf("the commands need %s, which the policy %s does not allow", action, policy)
		}
	}
	for _, action := range some {
		if !calls[action] {
			r.Errorf("no command has called %s: %v", action, calls)
		}
	}
}

// holdForMonths begins two runs that hold, as after a keep.
func (r *reader) holdForMonths() {
	r.Helper()
	input := fmt.Sprintf(`{"run":"r","outcome":"WAITING","next":"hold","planned":false,"stopAt":%q,"deadline":%q,"memory":{},"instances":[]}`,
		time.Now().AddDate(0, 0, 99).UTC().Format(time.RFC3339), time.Now().AddDate(0, 0, 100).UTC().Format(time.RFC3339))
	for _, name := range []string{"held-1-kept", "held-2-kept"} {
		_, err := sfn.NewFromConfig(r.aws.AWS).StartExecution(r.Context(), &sfn.StartExecutionInput{StateMachineArn: aws.String(r.told["<StopWorkflowArn>"]), Name: &name, Input: &input})
		if err != nil {
			r.Fatal(err)
		}
	}
	if n := r.running(); n != 2 {
		r.Fatalf("%d runs hold, want 2: the line of docs/upgrade.md would prove nothing", n)
	}
}

// running is how many executions of the guided stack are RUNNING.
func (r *reader) running() int {
	r.Helper()
	out, err := sfn.NewFromConfig(r.aws.AWS).ListExecutions(r.Context(), &sfn.ListExecutionsInput{
		StateMachineArn: aws.String(r.told["<StopWorkflowArn>"]), StatusFilter: sfntypes.ExecutionStatusRunning,
	})
	if err != nil {
		r.Fatal(err)
	}
	return len(out.Executions)
}

// hasNothingLeft waits until the guided stack is deleted. The local AWS does not wait for the
// executions of a workflow, so it cannot show that a deletion hangs without that line.
func (r *reader) hasNothingLeft() {
	r.Helper()
	client := cloudformation.NewFromConfig(r.aws.AWS)
	waitUntil(r.T, "the end of the guided stack", func() bool {
		_, err := client.DescribeStacks(r.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("guided")})
		return err != nil && strings.Contains(err.Error(), "does not exist")
	})
}

// shellLines are the lines of all blocks of shell commands in a document.
func shellLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllSubmatch(text, -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(string(block[1])), "\n")...)
	}
	return lines
}

// newReader copies the checkout without what is set up or built there, apart from the
// Python environments.
func newReader(t *testing.T) *reader {
	t.Helper()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{T: t, dir: copyOf(t, root), told: map[string]string{}}
	if err := os.MkdirAll(filepath.Join(r.dir, stack.Dir), 0o750); err != nil {
		t.Fatal(err)
	}
	venv, cli := filepath.Join(root, stack.Dir, "venv"), filepath.Join(root, stack.Dir, "awscli")
	if err := os.Symlink(venv, filepath.Join(r.dir, stack.Dir, "venv")); err != nil {
		t.Fatal(err)
	}
	r.env = append(os.Environ(), "SAM_CLI_TELEMETRY=0", "PATH="+strings.Join([]string{filepath.Join(venv, "bin"), filepath.Join(cli, "bin"), os.Getenv("PATH")}, ":"))
	return r
}

var word = regexp.MustCompile(`<([A-Za-z ]+)>`)

// types runs a command as it stands in the README, and looks for what it prints.
func (r *reader) types(command, answers string, succeeds bool, prints ...string) {
	r.Helper()
	typed := word.ReplaceAllStringFunc(command, func(w string) string {
		if r.told[w] == "" {
			r.Fatalf("%s: nobody can know what to type for %s", command, w)
		}
		return r.told[w]
	})
	cmd := exec.CommandContext(r.Context(), "bash", "-c", typed)
	cmd.Dir, cmd.Env, cmd.Stdin = r.dir, r.env, strings.NewReader(answers)
	out, err := cmd.CombinedOutput()
	if (err == nil) != succeeds {
		r.Fatalf("%s: %v\n%s", typed, err, out)
	}
	for _, p := range prints {
		if !strings.Contains(string(out), p) {
			r.Errorf("%s does not print %q:\n%s", typed, p, out)
		}
	}
}

// visitAWS gives the reader an account: a local AWS with a stack that works.
func (r *reader) visitAWS() {
	r.Helper()
	var err error
	r.aws, err = stack.Up(context.WithoutCancel(r.Context()), stack.Options{Root: r.dir, Log: os.Stdout})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(r.aws.Close)
	calls, endpoint := record(r.T, r.aws.Endpoint)
	r.calls, r.env = calls, append(stack.Environ(endpoint), r.env[len(r.env)-1])
}

// answers are what the reader types where sam deploy asks: the name of the stack, then
// nothing, which takes the default, for the region, for each parameter and for six
// questions on how to deploy, and yes to the change set.
func (r *reader) answers() string {
	r.Helper()
	text, err := os.ReadFile(filepath.Join(r.dir, "template.yaml"))
	if err != nil {
		r.Fatal(err)
	}
	var template struct {
		Parameters map[string]yaml.Node `yaml:"Parameters"`
	}
	if err := yaml.Unmarshal(text, &template); err != nil {
		r.Fatal(err)
	}
	return "guided\n" + strings.Repeat("\n", 1+len(template.Parameters)+6) + "y\n"
}

func (r *reader) readOutputs() {
	r.Helper()
	out, err := cloudformation.NewFromConfig(r.aws.AWS).DescribeStacks(r.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("guided")})
	if err != nil {
		r.Fatal(err)
	}
	for _, o := range out.Stacks[0].Outputs {
		r.told["<"+*o.OutputKey+">"] = *o.OutputValue
	}
	queue := path.Base(r.told["<FailureQueueUrl>"])
	r.told["<stack>"], r.told["<failure queue ARN>"] = "guided", stack.QueueARN(queue)
}

func (r *reader) hasSecret() {
	r.Helper()
	got, err := secretsmanager.NewFromConfig(r.aws.AWS).GetSecretValue(r.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String(r.told["<CredentialsSecretArn>"])})
	if err != nil || !strings.Contains(aws.ToString(got.SecretString), `"accessKeyId"`) {
		r.Errorf("the secret has no access key: %v", err)
	}
}

// hasTarget looks for what the SAM CLI has made of ScheduleTarget.
func (r *reader) hasTarget(want string) {
	r.Helper()
	out, err := cloudformation.NewFromConfig(r.aws.AWS).DescribeStacks(r.Context(), &cloudformation.DescribeStacksInput{StackName: aws.String("guided")})
	if err != nil {
		r.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range out.Stacks[0].Parameters {
		got[*p.ParameterKey] = *p.ParameterValue
	}
	if got["ScheduleTarget"] != want || got["ScheduleState"] != "ENABLED" {
		r.Errorf("the parameters are %v, want ScheduleTarget %s", got, want)
	}
}

// awaitDryRun waits for one more execution that succeeded, in the stack whose functions run here.
func (r *reader) awaitDryRun() {
	r.Helper()
	states := sfn.NewFromConfig(r.aws.AWS)
	known := r.told["<execution ARN>"]
	waitUntil(r.T, "a dry run that succeeds", func() bool {
		out, err := states.ListExecutions(r.Context(), &sfn.ListExecutionsInput{
			StateMachineArn: aws.String(r.aws.Outputs["StopWorkflowArn"]), StatusFilter: sfntypes.ExecutionStatusSucceeded,
		})
		if err != nil {
			r.Fatal(err)
		}
		i := slices.IndexFunc(out.Executions, func(e sfntypes.ExecutionListItem) bool { return *e.ExecutionArn != known })
		if i >= 0 {
			r.told["<execution ARN>"] = *out.Executions[i].ExecutionArn
		}
		return i >= 0
	})
}

func (r *reader) hearsBadNewsOnly(command string) {
	r.Helper()
	client := sns.NewFromConfig(r.aws.AWS)
	all, err := client.ListSubscriptionsByTopic(r.Context(), &sns.ListSubscriptionsByTopicInput{TopicArn: aws.String(r.told["<NotificationTopicArn>"])})
	if err != nil || len(all.Subscriptions) != 1 {
		r.Fatalf("subscriptions %v, error %v; want one", all, err)
	}
	if !strings.Contains(command, strings.ReplaceAll(badNews, `"`, `\"`)) {
		r.Errorf("the filter policy of docs/report.md is not the one that is tested: %s", badNews)
	}
}
