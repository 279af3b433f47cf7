package statemachine

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// In the partitions of China and of the US government, an ARN begins otherwise.
func TestNoARNOfTheTemplateOrTheDefinitionNamesAPartition(t *testing.T) {
	template, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []struct{ name, text, partition string }{
		{"template.yaml", string(template), "${AWS::Partition}"}, {"stop-instances.asl.json", string(Definition), "${Partition}"},
	} {
		for n, line := range strings.Split(file.text, "\n") {
			if strings.Contains(line, "arn:aws:") || strings.Contains(line, "arn:aws-") {
				t.Errorf("%s:%d: %s", file.name, n+1, line)
			}
		}
		if !strings.Contains(file.text, "arn:"+file.partition+":") {
			t.Errorf("no ARN found in %s: nothing was checked", file.name)
		}
	}
}

// wide has, by the Sid of a statement, the one Resource with a * that it may have, and why.
var wide = map[string]struct{ on, why string }{
	"Trace":           {"*", "AWS takes no narrower resource for these actions"},
	"DeliverLogs":     {"*", "AWS takes no narrower resource for these actions"},
	"PublishMetrics":  {"*", "AWS takes no narrower resource; the condition narrows it to the namespace"},
	"SendEvents":      {"arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/*", "the bus of the run, which an update may change while it holds; the conditions narrow it to the stack's own kinds of event"},
	"WaitForParts":    {"arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-StopWorkflow:*", "the names of the executions of this one workflow, which are not known before"},
	"NoOtherLogGroup": {"*", "it denies"},
}

// A resource may hold a * only where AWS takes nothing narrower. docs/security.md lists every
// statement of every role, with the reason.
func TestNoRoleMayDoMoreThanItMust(t *testing.T) {
	var table strings.Builder
	table.WriteString("\n| role | may | on | condition | why a `*` |\n| --- | --- | --- | --- | --- |\n")
	checked := 0
	resources := loadTemplate(t).Resources
	for _, name := range slices.Sorted(maps.Keys(resources)) {
		p := resources[name].Properties
		var of []statement
		for _, policy := range p.Policies {
			of = slices.Concat(of, policy.Statement, policy.PolicyDocument.Statement)
		}
		for i, s := range slices.Concat(of, p.PolicyDocument.Statement) {
			checked++
			actions, on := strings.Join(scalars(&s.Action), ", "), strings.Join(scalars(&s.Resource), ", ")
			if of, ok := wide[s.Sid]; strings.Contains(actions, "*") || strings.Contains(on, "*") != ok || ok && on != of.on {
				t.Errorf("%s: %s may do %s on %s", name, s.Sid, actions, on)
			}
			if i < len(of) {
				fmt.Fprintf(&table, "| %s | %s%s | %s | %s | %s |\n", name, map[string]string{"Deny": "**not** "}[s.Effect], actions, shortened(on), s.conditions(), wide[s.Sid].why)
			}
		}
	}
	if checked != 24 {
		t.Errorf("%d statements found, want 24", checked)
	}
	keepBlock(t, "../docs/security.md", "permissions", table.String())
}

// shortened is an ARN of the template without what is the same in all of them.
func shortened(on string) string {
	on = strings.NewReplacer("arn:${AWS::Partition}:", "", "${AWS::Region}:", "", "${AWS::AccountId}:", "", "${AWS::StackName}", "<stack>", ".Arn", "").Replace(on)
	return strings.ReplaceAll(strings.TrimPrefix(on, "OwnSecret, "), "CredentialsSecret, CredentialsSecretArn", "CredentialsSecret, or CredentialsSecretArn")
}

func (s statement) conditions() string {
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(s.Condition)) {
		for _, key := range slices.Sorted(maps.Keys(s.Condition[operator])) {
			value := s.Condition[operator][key]
			all = append(all, key+" is "+shortened(strings.Join(scalars(&value), ", ")))
		}
	}
	return strings.Join(all, "; ")
}

// An execution under way goes on with the role that it began with, for 100 days at most. If an
// update replaced the role, such a run could do nothing more, and could not even say so. Source:
// the AWS page of UpdateStateMachine. CloudFormation replaces what has another logical id.
func TestTheRoleOfTheWorkflowKeepsItsLogicalID(t *testing.T) {
	tpl := loadTemplate(t)
	if role := tpl.Resources["StopWorkflow"].Properties.Role.Value; role != "StopWorkflowRole.Arn" || tpl.Resources["StopWorkflowRole"].Properties.RoleName != "" {
		t.Errorf("the workflow has the role %s, named %q; it was StopWorkflowRole, without a name, in every release", role, tpl.Resources["StopWorkflowRole"].Properties.RoleName)
	}
}

// Else a resource of another account could have the service use the role.
func TestEveryRoleIsTrustedToItsServiceInThisAccountOnly(t *testing.T) {
	tpl := loadTemplate(t)
	want := map[string]string{ // by resource: the service, and of what its calls come from
		"StopFunction":     "lambda.amazonaws.com", // AWS documents no source ARN for Lambda
		"StatusFunction":   "lambda.amazonaws.com",
		"StopWorkflowRole": "states.amazonaws.com arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:*",
		"ScheduleRole":     "scheduler.amazonaws.com arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule-group/* arn:${AWS::Partition}:scheduler:${AWS::Region}:${AWS::AccountId}:schedule/*",
		"RunDiedRole":      "events.amazonaws.com arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/*",
	}
	for name, r := range tpl.Resources {
		trust := r.Properties.AssumeRolePolicyDocument.Statement
		if needs := slices.Contains([]string{"AWS::IAM::Role", "AWS::Serverless::Function"}, r.Type); !needs && trust == nil {
			continue
		}
		if len(trust) != 1 {
			t.Errorf("%s has %d statements of trust", name, len(trust))
			continue
		}
		account, source := trust[0].Condition["StringEquals"]["aws:SourceAccount"], trust[0].Condition["ArnLike"]["aws:SourceArn"]
		got := scalars(&trust[0].Principal)[1]
		for _, arn := range scalars(&source) {
			got = strings.TrimSpace(got + " " + arn)
		}
		if account.Value != "AWS::AccountId" || got != want[name] {
			t.Errorf("%s trusts %s of %s, want %s", name, got, account.Value, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 || tpl.Resources["StopWorkflow"].Properties.Role.Value != "StopWorkflowRole.Arn" {
		t.Errorf("not checked: %v; StopWorkflow has the role %s", want, tpl.Resources["StopWorkflow"].Properties.Role.Value)
	}
}

// A topic or a queue that anybody may use over plain HTTP, or any rule of any account, lets
// others read along, or write false alarms.
func TestTheTopicAndTheQueueTakeMessagesOfThisAccountOverTLSOnly(t *testing.T) {
	tpl := loadTemplate(t)
	for name, action := range map[string]string{"NotificationTopicPolicy": "sns:Publish", "FailureQueuePolicy": "sqs:SendMessage"} {
		denied := false
		for _, s := range tpl.Resources[name].Properties.PolicyDocument.Statement {
			account, secure := s.Condition["StringEquals"]["aws:SourceAccount"], s.Condition["Bool"]["aws:SecureTransport"]
			if s.Effect == "Allow" && account.Value != "AWS::AccountId" {
				t.Errorf("%s: %s lets other accounts in", name, s.Sid)
			}
			denied = denied || s.Effect == "Deny" && secure.Value == "false" && s.Principal.Value == "*" && s.Action.Value == action
		}
		if !denied {
			t.Errorf("%s lets plain HTTP in", name)
		}
	}
}

// The rule publishes by a role of its own. What it cannot publish goes to the failure queue.
func TestRunDiedPublishesByARoleThatMayDoThatAlone(t *testing.T) {
	tpl := loadTemplate(t)
	target := tpl.Resources["RunDied"].Properties.Targets[0]
	if target.Arn.Value != "NotificationTopic" || target.RoleArn.Value != "RunDiedRole.Arn" || !slices.Contains(scalars(&target.DeadLetterConfig), "FailureQueue.Arn") {
		t.Errorf("it publishes to %s as %s", target.Arn.Value, target.RoleArn.Value)
	}
	statements := tpl.Resources["RunDiedRole"].Properties.Policies[0].PolicyDocument.Statement
	if len(statements) != 1 || statements[0].Action.Value != "sns:Publish" || statements[0].Resource.Value != "NotificationTopic" {
		t.Errorf("its role may %+v", statements)
	}
}

// CloudFormation writes the text into the secret whenever the template's text changes: an edit
// of the placeholder would put it in the place of the users' credentials.
func TestThePlaceholderOfTheSecretNeverChanges(t *testing.T) {
	const first = `{"accessKeyId":"","accessKeyPassword":""}`
	if got := loadTemplate(t).Resources["CredentialsSecret"].Properties.SecretString; got != first {
		t.Errorf("the secret is made as %s, and was %s in every release", got, first)
	}
}

// A key of the user's may be used for the one secret that the functions read, and only where
// the stack was given the key.
func TestTheFunctionsMayUseTheKeyForTheirSecretAlone(t *testing.T) {
	for _, name := range []string{"StopFunction", "StatusFunction"} {
		var found []statement
		for _, s := range loadTemplate(t).Resources[name].Properties.Policies[0].Statement {
			if strings.HasPrefix(s.Action.Value, "kms:") {
				found = append(found, s)
			}
		}
		if len(found) != 1 || found[0].Action.Value != "kms:Decrypt" || found[0].Resource.Value != "CredentialsKeyArn" {
			t.Errorf("%s: %+v", name, found)
			continue
		}
		secret := found[0].Condition["StringEquals"]["kms:EncryptionContext:SecretARN"]
		if got := strings.Join(scalars(&secret), " "); got != "OwnSecret CredentialsSecret CredentialsSecretArn" {
			t.Errorf("%s may decrypt what is encrypted for %s", name, got)
		}
	}
	pattern := regexp.MustCompile(loadTemplate(t).Parameters["CredentialsKeyArn"].AllowedPattern)
	for value, want := range map[string]bool{
		"": true, "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab": true, "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd": true,
		"arn:aws:kms:eu-central-1:123456789012:alias/mine": false, "arn:aws:kms:eu-central-1:123456789012:key/*": false, "alias/mine": false, "1234abcd-12ab-34cd-56ef-1234567890ab": false,
	} {
		if got := pattern.MatchString(value); got != want {
			t.Errorf("%q: accepted %v, want %v", value, got, want)
		}
	}
}

// Requests come in on the bus of the stack, and its reports go out there. CloudWatch and Step
// Functions tell the default bus alone.
func TestRequestsAndReportsHaveTheBusOfTheStackAndNothingElse(t *testing.T) {
	tpl := loadTemplate(t)
	events := tpl.Resources["StopFunction"].Properties.Events
	if request, alarm, died := events["Request"].Properties.EventBusName, events["Alarm"].Properties.EventBusName, tpl.Resources["RunDied"].Properties.EventBusName; request.Value != "EventBusName" || alarm.Value != "" || died.Value != "" {
		t.Errorf("Request listens on %q, Alarm on %q, RunDied on %q", request.Value, alarm.Value, died.Value)
	}
	sends := tpl.Resources["StopWorkflow"].Properties.DefinitionSubstitutions["EventBusName"]
	if sends.Tag != "!Ref" || sends.Value != "EventBusName" {
		t.Errorf("reports go to %s", sends.Value)
	}
	for _, s := range tpl.Resources["StopWorkflowRole"].Properties.Policies[0].PolicyDocument.Statement {
		if s.Sid == "SendEvents" && s.Resource.Value != "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/*" {
			t.Errorf("the role may send to %s, and a run that holds reports on the bus that it began with", s.Resource.Value)
		}
	}
	pattern := regexp.MustCompile(tpl.Parameters["EventBusName"].AllowedPattern)
	for value, want := range map[string]bool{"default": true, "machines.stop": true, "b_c-D": true, "a/b": false, "": false, "arn:aws:events:eu-central-1:123456789012:event-bus/x": false, "a b": false, "${x}": false} {
		if got := pattern.MatchString(value); got != want {
			t.Errorf("%q: accepted %v, want %v", value, got, want)
		}
	}
}

// Lambda takes 4 KB for all variables of a function, measured as JSON: with their names, and with
// a backslash before each quotation mark. Sources: the AWS page "Lambda quotas", and the text of
// the error in issue 3594 of terraform-aws-github-runner. A character of a target may take more
// than one byte, which is left to AWS.
func TestTheLongestSettingsFitTheEnvironmentOfAFunction(t *testing.T) {
	tpl := loadTemplate(t)
	widest := map[string]int{ // of what is no text of a parameter
		"AWS::StackName": 64, "AWS::Region": 20, "AWS::Partition": 10, "AWS::AccountId": 12,
	}
	length := func(variable string, value yaml.Node) int {
		longest := 0
		for _, text := range scalars(&value) {
			n := len(text)
			if p, ok := tpl.Parameters[text]; ok {
				if n = p.MaxLength; n == 0 {
					t.Errorf("%s: the parameter %s has no MaxLength", variable, text)
				}
				if !strings.Contains(p.AllowedPattern, `[^"\\`) && strings.Contains(p.AllowedPattern, `"`) || p.AllowedPattern == "" && len(p.AllowedValues) == 0 {
					n *= 2 // each may be a quotation mark
				}
			} else if value.Tag == "!Sub" {
				for name, w := range widest {
					n += strings.Count(text, "${"+name+"}") * w
				}
			}
			longest = max(longest, n)
		}
		return longest
	}
	all := 0
	given := maps.Clone(tpl.Globals.Function.Environment.Variables)
	maps.Copy(given, tpl.Resources["StopFunction"].Properties.Environment.Variables)
	for variable, value := range given {
		all += len(`"":"",`) + len(variable) + length(variable, value)
	}
	if all > 4096 || all < 2500 {
		t.Errorf("the environment of StopFunction can have %d bytes, Lambda takes 4,096", all)
	}
	for name, p := range tpl.Parameters { // Source: the AWS page "Parameters" of CloudFormation
		if p.MaxLength > 4096 {
			t.Errorf("%s may have %d characters, a parameter holds 4,096 bytes", name, p.MaxLength)
		}
	}
	if tpl.Parameters["ScheduleTarget"].MaxLength == 0 {
		t.Error("ScheduleTarget has no MaxLength")
	}
}

// scalars are the texts in a node, at any depth.
func scalars(n *yaml.Node) []string {
	if len(n.Content) == 0 {
		return []string{n.Value}
	}
	var all []string
	for _, inner := range n.Content {
		all = append(all, scalars(inner)...)
	}
	return all
}

func TestEveryRuleTakesEventsOfItsOwnAccountOnly(t *testing.T) {
	rules := map[string]pattern{}
	for name, r := range loadTemplate(t).Resources {
		if r.Type == "AWS::Events::Rule" {
			rules[name] = r.Properties.EventPattern
		}
		for event, e := range r.Properties.Events {
			if e.Type == "EventBridgeRule" {
				rules[event] = e.Properties.Pattern
			}
		}
	}
	for name, p := range rules {
		if len(p.Account) != 1 || p.Account[0].Tag != "!Ref" || p.Account[0].Value != "AWS::AccountId" {
			t.Errorf("the rule %s takes events of other accounts", name)
		}
	}
	if got, want := slices.Sorted(maps.Keys(rules)), []string{"Alarm", "Request", "RunDied"}; !slices.Equal(got, want) {
		t.Errorf("rules %v, want %v", got, want)
	}
}

// A workflow that could send Stop Instances Requested could begin runs of other stacks.
func TestTheWorkflowMaySendItsOwnKindsOfEventAndNoOthers(t *testing.T) {
	sends := map[string]bool{}
	for _, action := range []power.Action{power.Stop, power.Start} {
		for _, outcome := range outcomes() {
			w := newWorld(t)
			w.run(with(ended(planned(t, power.Stopped), outcome), object{"action": string(action)}))
			sends[w.event] = true
		}
	}
	w := newWorld(t)
	w.plan = func(doc object) (object, *asl.Failure) { return ended(doc, runs.OutcomeStopped), nil }
	w.run(warned(t))
	sends[w.events[0]] = true
	for _, policy := range loadTemplate(t).Resources["StopWorkflowRole"].Properties.Policies {
		for _, s := range policy.PolicyDocument.Statement {
			if s.Sid != "SendEvents" {
				continue
			}
			conditions := s.Condition["StringEquals"]
			source, kinds := conditions["events:source"], conditions["events:detail-type"]
			if got, want := slices.Sorted(slices.Values(scalars(&kinds))), slices.Sorted(maps.Keys(sends)); !slices.Equal(got, want) || source.Value != "zenstop" {
				t.Errorf("the role may send %q of source %q, the definition sends %q", got, source.Value, want)
			}
			return
		}
	}
	t.Error("no statement SendEvents")
}

// What holds something of the user's outlives the stack. A create that failed leaves
// nothing behind.
func TestTheSecretAndTheFailureQueueOutliveTheStackAndNothingElse(t *testing.T) {
	var kept []string
	for name, r := range loadTemplate(t).Resources {
		switch {
		case r.DeletionPolicy == "RetainExceptOnCreate" && r.UpdateReplacePolicy == "Retain":
			kept = append(kept, name)
		case r.DeletionPolicy == "" && r.UpdateReplacePolicy == "", r.DeletionPolicy == "Delete" && r.UpdateReplacePolicy == "Delete":
		default:
			t.Errorf("%s: on deletion %s, on replacement %s", name, r.DeletionPolicy, r.UpdateReplacePolicy)
		}
	}
	if slices.Sort(kept); !slices.Equal(kept, []string{"CredentialsSecret", "FailureQueue"}) {
		t.Errorf("%v outlive the stack", kept)
	}
}

// A role can be given a secret by its whole ARN only.
func TestASecretOfTheUsersIsNamedByItsWholeARN(t *testing.T) {
	pattern := regexp.MustCompile(loadTemplate(t).Parameters["CredentialsSecretArn"].AllowedPattern)
	for value, want := range map[string]bool{
		"": true,
		"arn:aws:secretsmanager:eu-central-1:123456789012:secret:zenlayer-AbC123":          true,
		"arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:team/zen+layer.1-AbC123": true,
		"arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:z-AbC123":         true,
		"arn:aws:secretsmanager:eu-central-1:123456789012:secret:zenlayer":                 false,
		"arn:aws:secretsmanager:eu-central-1:123456789012:secret:*":                        false,
		"arn:aws:ssm:eu-central-1:123456789012:parameter/zenlayer-AbC123":                  false,
		"zenlayer": false, `{"token":"t"}`: false,
	} {
		if got := pattern.MatchString(value); got != want {
			t.Errorf("%q: accepted %v, want %v", value, got, want)
		}
	}
}

func TestAStackNameThatIsTooLongForTheWorkflowIsRefusedByItsOwnGuard(t *testing.T) {
	const longest = 80 // characters of a state machine's name. Source: the AWS page of CreateStateMachine.
	tpl := loadTemplate(t)
	pattern := regexp.MustCompile(tpl.Resources["StackNameHasAtMost64Characters"].Properties.AllowedPattern)
	if !pattern.MatchString(strings.Repeat("a", 64)) || pattern.MatchString(strings.Repeat("a", 65)) {
		t.Errorf("the guard has the pattern %s", pattern)
	}
	suffix, ok := strings.CutPrefix(tpl.Resources["StopWorkflow"].Properties.Name, "${AWS::StackName}")
	if !ok || 64+len(suffix) > longest {
		t.Errorf("the workflow's name is the stack's and %q", suffix)
	}
}

// A group that Lambda makes by itself races with the stack's, and outlives it.
func TestEachFunctionLogsIntoAGroupOfTheStackAndCanMakeNoOther(t *testing.T) {
	tpl := loadTemplate(t)
	for _, name := range []string{"StopFunction", "StatusFunction"} {
		p := tpl.Resources[name].Properties
		group := p.LoggingConfig.LogGroup
		if want := "/aws/lambda/${AWS::StackName}-" + name; group.Tag != "!Ref" || tpl.Resources[group.Value].Properties.LogGroupName != want {
			t.Errorf("%s logs into %s %s, want the group %s", name, group.Tag, group.Value, want)
		}
		denied := slices.ContainsFunc(p.Policies[0].Statement, func(s statement) bool {
			return s.Effect == "Deny" && s.Action.Value == "logs:CreateLogGroup" && s.Resource.Value == "*"
		})
		if !denied {
			t.Errorf("%s can make log groups", name)
		}
	}
}

// Scheduler gives each attempt another execution id, but one firing is one run.
func TestEveryAttemptOfAFiringNamesTheSameRunAndTheNextFiringAnother(t *testing.T) {
	input := loadTemplate(t).Resources["StopFunction"].Properties.Events["Schedule"].Properties.Input
	run := func(execution, at string) string { return fired(t, input, "zenstop-1", execution, at).Name }
	first, again, next := run("a", "2026-11-22T19:00:00Z"), run("b", "2026-11-22T19:00:00Z"), run("c", "2026-11-23T19:00:00Z")
	if first != again || first == next {
		t.Errorf("two attempts of one firing are the runs %s and %s, the next firing is %s", first, again, next)
	}
}

// fired is the request of a firing of the schedule of this name.
func fired(t *testing.T, input, schedule, execution, at string) runs.Request {
	t.Helper()
	event := strings.NewReplacer(
		"<aws.scheduler.execution-id>", execution, "<aws.scheduler.scheduled-time>", at,
		"<aws.scheduler.schedule-arn>", "arn:aws:scheduler:us-east-1:123456789012:schedule/default/"+schedule,
		"${ScheduleTarget}", `{"instanceIds":["i-1"]}`, "${AWS::StackName}", "zenstop",
	).Replace(input)
	ev := trigger.Decode([]byte(event), trigger.Settings{MaxInstances: 1, MaxEventAge: 1e18, Zone: time.UTC}, began)
	if ev.Objection != "" || ev.Request.Trigger.Kind != runs.KindSchedule {
		t.Fatalf("%s is refused: %s", event, ev.Objection)
	}
	return ev.Request
}

// Subscribers choose by this attribute. The local AWS drops it, so it is tested here.
func TestEachNotificationCarriesTheOutcomeAsAMessageAttribute(t *testing.T) {
	for _, outcome := range outcomes() {
		w := newWorld(t)
		w.run(with(planned(t, power.Missing), object{"outcome": string(outcome)}))
		if w.tagged != string(outcome) {
			t.Errorf("the attribute is %q, want %q", w.tagged, outcome)
		}
	}
}

// outcomes are those that an execution may end with.
func outcomes() []runs.Outcome {
	return []runs.Outcome{runs.OutcomeStopped, runs.OutcomeStarted, runs.OutcomePlanned, runs.OutcomeSkipped, runs.OutcomeFailed, runs.OutcomeRefused}
}

// A run's own errors are reported by the run; every other one by the rule RunDied.
func TestARunThatFailsIsReportedOnceByItselfOrByTheRule(t *testing.T) {
	own := map[string]bool{}
	for _, outcome := range []runs.Outcome{runs.OutcomeFailed, runs.OutcomeRefused} {
		w := newWorld(t)
		end := w.run(with(planned(t, power.Missing), object{"outcome": string(outcome)}))
		if end.Status != asl.Failed || w.message == "" {
			t.Errorf("%s: ends %s with the message %q", outcome, end.Status, w.message)
		}
		own[end.Error] = true
	}
	matcher := loadTemplate(t).Resources["RunDied"].Properties.EventPattern.Detail.Error
	if len(matcher) != 1 || !slices.Equal(slices.Sorted(slices.Values(matcher[0]["anything-but"])), slices.Sorted(maps.Keys(own))) {
		t.Errorf("RunDied leaves out %v, runs report %v themselves", matcher, slices.Sorted(maps.Keys(own)))
	}
}
