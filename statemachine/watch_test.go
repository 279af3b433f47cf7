package statemachine

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

func TestTheWatchScheduleLooksAtTheTargetOfTheScheduleAndStopsNothing(t *testing.T) {
	tpl := loadTemplate(t)
	const at = "2026-11-22T19:00:00Z"
	stops := fired(t, tpl.Resources["StopFunction"].Properties.Events["Schedule"].Properties.Input, "stop", "a", at)
	watches := fired(t, tpl.Resources["WatchSchedule"].Properties.Target.Input, "watch", "a", at)
	if stops.CheckOnly || !watches.CheckOnly {
		t.Errorf("checkOnly is %t of the schedule and %t of the watch schedule", stops.CheckOnly, watches.CheckOnly)
	}
	if !slices.Equal(stops.Target.InstanceIDs, watches.Target.InstanceIDs) {
		t.Errorf("the watch schedule looks at %v, the schedule stops %v", watches.Target, stops.Target)
	}
	if stops.Name == watches.Name || stops.Trigger.Reason == watches.Trigger.Reason {
		t.Errorf("both are the run %s with the reason %q", stops.Name, stops.Trigger.Reason)
	}
}

func TestTheWatchScheduleIsThereWithAnExpressionAndIsDeliveredLikeTheSchedule(t *testing.T) {
	tpl := loadTemplate(t)
	schedule := tpl.Resources["StopFunction"].Properties.Events["Schedule"].Properties
	watch := tpl.Resources["WatchSchedule"]
	for what, nodes := range map[string][2]yaml.Node{
		"time zone":            {schedule.ScheduleExpressionTimezone, watch.Properties.ScheduleExpressionTimezone},
		"state":                {schedule.State, watch.Properties.State},
		"flexible time window": {schedule.FlexibleTimeWindow, watch.Properties.FlexibleTimeWindow},
		"retry policy":         {schedule.RetryPolicy, watch.Properties.Target.RetryPolicy},
		"dead-letter queue":    {schedule.DeadLetterConfig, watch.Properties.Target.DeadLetterConfig},
	} {
		have, want := scalars(&nodes[1]), scalars(&nodes[0])
		if !slices.Equal(have, want) || strings.Join(want, "") == "" {
			t.Errorf("%s %q, that of the schedule is %q", what, have, want)
		}
	}
	if tpl.Resources["WatchSchedule"].Condition != "WatchesState" {
		t.Errorf("the watch schedule has the condition %q", tpl.Resources["WatchSchedule"].Condition)
	}
}

// Scheduler sends to a dead-letter queue by the role of the schedule. The schedules that users
// make beside the stack have the same role.
func TestASchedulesRoleMayInvokeStopFunctionAndFillTheFailureQueueAndNoMore(t *testing.T) {
	tpl := loadTemplate(t)
	target := tpl.Resources["WatchSchedule"].Properties.Target
	schedule := tpl.Resources["StopFunction"].Properties.Events["Schedule"].Properties
	if target.Arn.Value != "StopFunction.Arn" || target.RoleArn.Value != "ScheduleRole.Arn" || schedule.RoleArn.Value != "ScheduleRole.Arn" {
		t.Errorf("the watch schedule calls %s as %s, the schedule calls as %s", target.Arn.Value, target.RoleArn.Value, schedule.RoleArn.Value)
	}
	function, role := tpl.Outputs["StopFunctionArn"], tpl.Outputs["ScheduleRoleArn"]
	if !slices.Contains(scalars(&function), "StopFunction.Arn") || !slices.Contains(scalars(&role), "ScheduleRole.Arn") {
		t.Error("the outputs do not name both")
	}
	var may []string
	for _, policy := range tpl.Resources["ScheduleRole"].Properties.Policies {
		for _, s := range policy.PolicyDocument.Statement {
			may = append(may, strings.Join(scalars(&s.Action), ",")+" "+strings.Join(scalars(&s.Resource), ","))
		}
	}
	if want := []string{"lambda:InvokeFunction StopFunction.Arn", "sqs:SendMessage FailureQueue.Arn"}; !slices.Equal(may, want) {
		t.Errorf("it may %q, want %q", may, want)
	}
}

// What the guide has users type for a schedule of their own is a request when it fires.
func TestTheScheduleOfTheGuideIsARequestEachTimeItFires(t *testing.T) {
	text, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	_, command, _ := strings.Cut(string(text), "aws scheduler create-schedule ")
	_, target, _ := strings.Cut(command, "--target '")
	target, _, _ = strings.Cut(target, "'\n")
	var of struct{ Input string }
	unmarshal(t, []byte(target), &of)
	run := func(at string) runs.Request {
		event := strings.NewReplacer("<aws.scheduler.scheduled-time>", at, "<aws.scheduler.schedule-arn>", "arn:aws:scheduler:us-east-1:123456789012:schedule/default/weekend").Replace(of.Input)
		ev := trigger.Decode([]byte(event), trigger.Settings{MaxInstances: 1, MaxEventAge: time.Hour, Zone: time.UTC, SkipDates: []string{"2026-11-22"}}, began)
		if ev.Objection != "" || ev.Skipped != "" || ev.Request.Target.Filter == nil {
			t.Fatalf("%s is refused: %s %s", event, ev.Objection, ev.Skipped)
		}
		return ev.Request
	}
	first, again, next := run("2026-11-22T19:00:00Z"), run("2026-11-22T19:00:00Z"), run("2026-11-22T18:59:00Z")
	if first.Name != again.Name || first.Name == next.Name || first.Trigger.Kind != runs.KindRequest {
		t.Errorf("two attempts of one firing are the runs %s and %s, another firing is %s, of the kind %s", first.Name, again.Name, next.Name, first.Trigger.Kind)
	}
}
