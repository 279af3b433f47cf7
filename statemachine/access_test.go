package statemachine

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"zenstop/internal/asl"
	"zenstop/internal/shutdown"
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

// A resource may hold a * only where AWS takes nothing narrower.
func TestNoRoleMayDoMoreThanItMust(t *testing.T) {
	wide := map[string]string{ // by statement, what may stand in its Resource
		"DeliverLogs":    "*", // AWS takes nothing narrower there
		"PublishMetrics": "*", // likewise; its condition narrows it to the namespace
		"WaitForParts":   "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:execution:${AWS::StackName}-StopWorkflow:*",
	}
	checked := 0
	for name, r := range loadTemplate(t).Resources {
		all := r.Properties.PolicyDocument.Statement
		for _, policy := range r.Properties.Policies {
			all = slices.Concat(all, policy.Statement, policy.PolicyDocument.Statement)
		}
		for _, s := range all {
			checked++
			if s.Effect == "Deny" {
				continue
			}
			for _, value := range scalars(&s.Resource) {
				if strings.Contains(value, "*") && value != wide[s.Sid] {
					t.Errorf("%s: %s may act on %s", name, s.Sid, value)
				}
			}
			for _, value := range scalars(&s.Action) {
				if strings.Contains(value, "*") {
					t.Errorf("%s: %s may do %s", name, s.Sid, value)
				}
			}
		}
	}
	if checked < 17 {
		t.Errorf("%d statements found, want at least 17", checked)
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
	for _, outcome := range outcomes() {
		w := newWorld(t)
		w.run(with(planned(t, shutdown.Stopped), object{"outcome": string(outcome)}))
		sends[w.event] = true
	}
	w := newWorld(t)
	w.plan = func(doc object) (object, *asl.Failure) { return with(doc, object{"outcome": "STOPPED"}), nil }
	w.run(warned(t))
	sends[w.events[0]] = true
	for _, policy := range loadTemplate(t).Resources["StopWorkflow"].Properties.Policies {
		for _, s := range policy.Statement {
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
	run := func(execution, at string) string { return fired(t, input, "zenstop-1", execution, at).Run }
	first, again, next := run("a", "2026-11-22T19:00:00Z"), run("b", "2026-11-22T19:00:00Z"), run("c", "2026-11-23T19:00:00Z")
	if first != again || first == next {
		t.Errorf("two attempts of one firing are the runs %s and %s, the next firing is %s", first, again, next)
	}
}

// fired is the request of a firing of the schedule of this name.
func fired(t *testing.T, input, schedule, execution, at string) shutdown.Request {
	t.Helper()
	event := strings.NewReplacer(
		"<aws.scheduler.execution-id>", execution, "<aws.scheduler.scheduled-time>", at,
		"<aws.scheduler.schedule-arn>", "arn:aws:scheduler:us-east-1:123456789012:schedule/default/"+schedule,
		"${ScheduleTarget}", `{"instanceIds":["i-1"]}`, "${AWS::StackName}", "zenstop",
	).Replace(input)
	ev := trigger.Decode([]byte(event), trigger.Settings{MaxInstances: 1, MaxEventAge: 1e18, Zone: time.UTC}, began)
	if ev.Refused != "" || ev.Request.Trigger.Kind != shutdown.KindSchedule {
		t.Fatalf("%s is refused: %s", event, ev.Refused)
	}
	return ev.Request
}

// Subscribers choose by this attribute. The local AWS drops it, so it is tested here.
func TestEachNotificationCarriesTheOutcomeAsAMessageAttribute(t *testing.T) {
	for _, outcome := range outcomes() {
		w := newWorld(t)
		w.run(with(planned(t, shutdown.Missing), object{"outcome": string(outcome)}))
		if want := "String " + string(outcome); w.tagged != want {
			t.Errorf("the attribute is %q, want %q", w.tagged, want)
		}
	}
}

// outcomes are those that an execution may end with.
func outcomes() []shutdown.Outcome {
	return []shutdown.Outcome{shutdown.OutcomeStopped, shutdown.OutcomePlanned, shutdown.OutcomeSkipped, shutdown.OutcomeFailed, shutdown.OutcomeRefused}
}

// A run's own errors are reported by the run; every other one by the rule RunDied.
func TestARunThatFailsIsReportedOnceByItselfOrByTheRule(t *testing.T) {
	own := map[string]bool{}
	for _, outcome := range []shutdown.Outcome{shutdown.OutcomeFailed, shutdown.OutcomeRefused} {
		w := newWorld(t)
		end := w.run(with(planned(t, shutdown.Missing), object{"outcome": string(outcome)}))
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
