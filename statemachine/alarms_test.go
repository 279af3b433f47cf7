package statemachine

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// alarm has the properties of a CloudWatch alarm.
type alarm struct {
	AlarmName          string    `yaml:"AlarmName"`
	AlarmDescription   string    `yaml:"AlarmDescription"`
	Namespace          string    `yaml:"Namespace"`
	MetricName         string    `yaml:"MetricName"`
	Statistic          string    `yaml:"Statistic"`
	ComparisonOperator string    `yaml:"ComparisonOperator"`
	TreatMissingData   string    `yaml:"TreatMissingData"`
	Period             int       `yaml:"Period"`
	DatapointsToAlarm  int       `yaml:"DatapointsToAlarm"`
	EvaluationPeriods  yaml.Node `yaml:"EvaluationPeriods"`
	Threshold          int       `yaml:"Threshold"`
	Dimensions         []struct {
		Name  string    `yaml:"Name"`
		Value yaml.Node `yaml:"Value"`
	} `yaml:"Dimensions"`
	AlarmActions []yaml.Node `yaml:"AlarmActions"`
}

// The metrics are those of the AWS pages "Available CloudWatch metrics for Amazon SQS",
// "Monitoring Step Functions metrics using Amazon CloudWatch", "Types of metrics for Lambda
// functions", "Monitoring Amazon EventBridge" and "Monitoring Amazon EventBridge Scheduler with
// Amazon CloudWatch".
func TestEachAlarmWatchesAMetricThatAWSPublishesAndTellsTheTopicWhatToDo(t *testing.T) {
	const queue, workflow, missed = "QueueName=!GetAtt FailureQueue.QueueName", "StateMachineArn=!Ref StopWorkflow", " Sum GreaterThanThreshold 0 notBreaching"
	want := map[string]string{ // by the beginning of the name
		"failure-queue":                         "AWS/SQS NumberOfMessagesSent " + queue + " Sum GreaterThanThreshold 0 notBreaching",
		"run-timed-out":                         "AWS/States ExecutionsTimedOut " + workflow + " Sum GreaterThanThreshold 0 notBreaching",
		"run-aborted":                           "AWS/States ExecutionsAborted " + workflow + " Sum GreaterThanThreshold 0 notBreaching",
		"failure-queue-missed-by-function":      "AWS/Lambda DestinationDeliveryFailures FunctionName=!Ref StopFunction" + missed,
		"failure-queue-missed-by-request-rule":  "AWS/Events InvocationsFailedToBeSentToDlq EventBusName=!Ref EventBusName RuleName=!If " + missed,
		"failure-queue-waiting":                 "AWS/SQS ApproximateNumberOfMessagesVisible " + queue + " Maximum GreaterThanThreshold 0 ignore",
		"run-died":                              "zenstop/log RunsDied-${AWS::StackName} Sum GreaterThanThreshold 0 notBreaching",
		"failure-queue-missed-by-alarm-rule":    "AWS/Events InvocationsFailedToBeSentToDlq RuleName=!Ref StopFunctionAlarm" + missed,
		"failure-queue-missed-by-run-died-rule": "AWS/Events InvocationsFailedToBeSentToDlq RuleName=!Ref RunDied" + missed,
		"failure-queue-missed-by-scheduler":     "AWS/Scheduler InvocationsFailedToBeSentToDeadLetterCount ScheduleGroup=!!str default" + missed,
		"no-good-start":                         "zenstop Runs Stack=!Ref AWS::StackName Outcome=!!str STARTED Sum LessThanThreshold 1 breaching",
		"no-good-run":                           "AWS/States ExecutionsSucceeded " + workflow + " Sum LessThanThreshold 1 breaching",
	}
	for name, r := range loadTemplate(t).Resources {
		if r.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		a := r.Properties.alarm
		kind, _, _ := strings.Cut(a.AlarmName, "-of-${AWS::StackName}")
		if got := a.watches(); got != want[kind] {
			t.Errorf("%s (%s)\n watches %s\n    want %s", name, kind, got, want[kind])
		}
		delete(want, kind)
		entry := kind
		switch {
		case strings.Contains(kind, "-by-"):
			entry, _, _ = strings.Cut(kind, "-by-")
		case kind == "failure-queue-waiting":
			entry = "failure-queue"
		case kind == "run-died":
			entry = "RunDied"
		}
		if !strings.HasSuffix(strings.TrimSpace(a.AlarmDescription), "What to do - docs/operations.md, entry "+entry+".") || len(a.AlarmDescription) > 900 {
			t.Errorf("%s: the description names no entry of the runbook, or is too long: %s", name, a.AlarmDescription)
		}
		if len(a.AlarmActions) != 1 || a.AlarmActions[0].Value != "NotificationTopic" {
			t.Errorf("%s tells somebody else than the topic", name)
		}
	}
	for kind := range want {
		t.Errorf("no alarm %s-of-<stack>", kind)
	}
}

// watches says in one line what makes the alarm go off.
func (a alarm) watches() string {
	words := []string{a.Namespace, a.MetricName}
	for _, d := range a.Dimensions {
		words = append(words, d.Name+"="+d.Value.Tag+" "+d.Value.Value)
	}
	return strings.Join(append(words, a.Statistic, a.ComparisonOperator, strconv.Itoa(a.Threshold), a.TreatMissingData), " ")
}

// A point of a queue's metric may come 15 minutes late, and an alarm looks at no more than its
// periods. Source: the AWS page "Monitoring Amazon SQS queues using CloudWatch".
func TestNoLostEventIsMissedBecauseItsMetricComesLate(t *testing.T) {
	const latest = 15 * 60
	checked := 0
	for name, r := range loadTemplate(t).Resources {
		if a := r.Properties.alarm; strings.HasPrefix(a.AlarmName, "failure-queue") {
			checked++
			periods, err := strconv.Atoi(a.EvaluationPeriods.Value)
			if err != nil || a.Period*periods < 2*latest || a.DatapointsToAlarm != 1 {
				t.Errorf("%s looks at %d periods of %d s, %d of them decide", name, periods, a.Period, a.DatapointsToAlarm)
			}
		}
	}
	if checked != 7 {
		t.Errorf("%d alarms are about lost events", checked)
	}
}

// CloudWatch looks back 7 days at most, and only by hours where it is more than one.
// Source: the AWS page of PutMetricAlarm.
func TestTheLongestQuietHoursAreWithinWhatCloudWatchTakes(t *testing.T) {
	tpl := loadTemplate(t)
	_, last, _ := strings.Cut(tpl.Parameters["QuietHours"].ConstraintDescription, " to ")
	for name, condition := range map[string]string{"NoGoodRunAlarm": "WatchesSilence", "NoGoodStartAlarm": "WatchesMornings"} {
		r := tpl.Resources[name]
		if most, err := strconv.Atoi(last); err != nil || r.Properties.Period != 3600 || most*3600 > 604_800 || r.Condition != condition {
			t.Errorf("%s: %d periods of %d s, condition %q", name, most, r.Properties.Period, r.Condition)
		}
	}
}

// An alarm of the stack that matched the stack's own rule would stop AlarmTarget.
// The pattern of AlarmNamePrefix has a negative lookahead, which CloudFormation knows
// and Go does not, so it is taken apart here.
func TestNoAlarmOfTheStackBeginsWithAnAlarmNamePrefixThatIsAccepted(t *testing.T) {
	tpl, alarms := loadTemplate(t), 0
	prefix := tpl.Parameters["AlarmNamePrefix"]
	parts := regexp.MustCompile(`^\^\(\?!([^()]*)\)\[\^"\\\\\]\{(\d+),\}\$$`).FindStringSubmatch(prefix.AllowedPattern)
	if parts == nil {
		t.Fatalf("the pattern %q is not of the form ^(?!a|b)[^…]{n,}$", prefix.AllowedPattern)
	}
	shortest, err := strconv.Atoi(parts[2])
	if err != nil {
		t.Fatal(err)
	}
	refused := regexp.MustCompile("^(?:" + parts[1] + ")")
	if refused.MatchString(prefix.Default.Value) || len(prefix.Default.Value) < shortest {
		t.Errorf("the default %q is refused", prefix.Default.Value)
	}
	for name, r := range tpl.Resources {
		if r.Type != "AWS::CloudWatch::Alarm" && r.Type != "AWS::CloudWatch::CompositeAlarm" {
			continue
		}
		alarms++
		for n := shortest; n <= len(r.Properties.AlarmName); n++ {
			if start := r.Properties.AlarmName[:n]; !refused.MatchString(start) {
				t.Errorf("%s: AlarmNamePrefix may be %q, and the alarm begins so", name, start)
			}
		}
		if len(r.Properties.AlarmName) < shortest { // CloudFormation's own names begin with the stack's
			t.Errorf("%s: its name %q is too short, or left to CloudFormation", name, r.Properties.AlarmName)
		}
	}
	if alarms == 0 {
		t.Error("no alarm found: nothing was checked")
	}
}
