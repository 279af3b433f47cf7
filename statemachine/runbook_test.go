package statemachine

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"zenstop/internal/fault"
	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// Of what the failure queue may hold, only events may be sent again. What tells of a dead run
// is none: StopFunction refuses it, and a record of Lambda too, where somebody does so.
func TestTheShapesInTheFailureQueueAreToldApart(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().UTC().Format(time.RFC3339)
	request := `{"id":"1","source":"zenstop","detail-type":"Stop Instances Requested","time":"` + at + `","detail":{"target":{"instanceIds":["i-1"]}}}`
	for name, c := range map[string]struct {
		body, mark string // the mark is what the runbook tells the shape by
		event      bool
	}{
		"a record of Lambda":    {`{"version":"1.0","requestContext":{"condition":"RetriesExhausted"},"requestPayload":` + request + `,"responsePayload":{"errorType":"Zenlayer.Unavailable"}}`, "requestPayload", false},
		"an event of a rule":    {request, "`zenstop`", true},
		"an alarm of a rule":    {`{"id":"2","source":"aws.cloudwatch","detail-type":"CloudWatch Alarm State Change","time":"` + at + `","detail":{"alarmName":"zenstop-x","state":{"value":"ALARM"},"previousState":{"value":"OK"},"configuration":{"metrics":[{"id":"m","metricStat":{"metric":{"namespace":"N","name":"M","dimensions":{"InstanceId":"i-1"}},"period":60,"stat":"Sum"},"returnData":true}]}}}`, "`aws.cloudwatch`", true},
		"an event of Scheduler": {strings.Replace(request, `"zenstop"`, `"zenstop.schedule"`, 1), "`zenstop.schedule`", true},
		"a run that has died":   {`{"id":"3","source":"aws.states","detail-type":"Step Functions Execution Status Change","time":"` + at + `","detail":{"executionArn":"arn:x","status":"FAILED","error":"States.Runtime"}}`, "`aws.states`", false},
	} {
		ev := trigger.Decode([]byte(c.body), trigger.Settings{MaxInstances: 1, MaxEventAge: time.Hour, Zone: time.UTC, AlarmNamePrefix: "zenstop-"}, time.Now())
		if event := ev.Objection == ""; event != c.event || !strings.Contains(string(text), c.mark) {
			t.Errorf("%s: %q; the runbook tells it apart: %t", name, ev.Objection, strings.Contains(string(text), c.mark))
		}
	}
}

func TestTheRunbookHasAnEntryForWhateverSomebodyIsToldOf(t *testing.T) {
	text, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	runbook := string(text)
	template, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	entries := regexp.MustCompile(`docs/operations\.md, entry ([A-Za-z-]+)`).FindAllStringSubmatch(string(template), -1)
	if len(entries) < 5 {
		t.Fatalf("the template names %d entries, want those of four alarms and of RunDied", len(entries))
	}
	for _, e := range entries {
		if !strings.Contains(runbook, "\n### "+e[1]+"\n") {
			t.Errorf("no entry %s", e[1])
		}
	}
	var names []string
	for _, v := range power.Verdicts() {
		if !v.Good() {
			names = append(names, string(v))
		}
	}
	for _, o := range []runs.Outcome{runs.OutcomeStopped, runs.OutcomePlanned, runs.OutcomeSkipped, runs.OutcomeFailed, runs.OutcomeRefused} {
		names = append(names, string(o))
	}
	names = append(names, fault.Names()...)
	for _, name := range append(names, "Zenstop.StopFailed", "Zenstop.Refused") {
		if !strings.Contains(runbook, "\n| `"+name+"`") && !strings.Contains(runbook, ", `"+name+"`") {
			t.Errorf("no row for %s", name)
		}
	}
}
