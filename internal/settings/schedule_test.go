package settings_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zenstop/internal/runs"
	"zenstop/internal/settings"
	"zenstop/internal/trigger"
)

const target = `{"instanceIds":["a"]}`

var now = time.Date(2026, 11, 22, 19, 1, 0, 0, time.UTC)

// decode loads these settings and decodes an event with them.
func decode(t interface{ Fatal(args ...any) }, change map[string]string, source, detailType, detail string) trigger.Event {
	set, err := settings.LoadStop(env(change))
	if err != nil {
		t.Fatal("StopFunction does not start: ", err)
	}
	event := fmt.Sprintf(`{"id":"e-1","source":%q,"detail-type":%q,"time":"2026-11-22T19:00:00Z","detail":%s}`, source, detailType, detail)
	return trigger.Decode([]byte(event), set.Trigger, now)
}

func scheduled(t *testing.T, change map[string]string) trigger.Event {
	return decode(t, change, "zenstop.schedule", "Stop Instances Requested", `{"target":`+target+`}`)
}

func TestASettingOfTheScheduleThatCannotBeReadIsAnObjectionToItsFiringsThatNamesTheSettingAndTheRule(t *testing.T) {
	for _, c := range []struct{ name, value, want string }{
		{"SKIP_DATES", "2027-02-29", `SKIP_DATES (from SkipDates): "2027-02-29" must be a date such as 2026-12-25`},
		{"SKIP_DATES", "2026-12-25,2026-02-30", `SKIP_DATES (from SkipDates): "2026-02-30" must be a date such as 2026-12-25`},
		{"SKIP_DATES", "2026-12-5", `SKIP_DATES (from SkipDates): "2026-12-5" must be a date such as 2026-12-25`},
		{"SCHEDULE_TIMEZONE", "Mars/Base", `SCHEDULE_TIMEZONE (from ScheduleTimezone): "Mars/Base" must be an IANA time zone such as Europe/Berlin`},
		{"SCHEDULE_TIMEZONE", "Local", `SCHEDULE_TIMEZONE (from ScheduleTimezone): "Local" must be an IANA time zone such as Europe/Berlin`},
		{"WARN_MINUTES", "-1", `WARN_MINUTES (from WarnMinutes): "-1" must be a whole number from 0 to 240`},
		{"WARN_MINUTES", "241", `WARN_MINUTES (from WarnMinutes): "241" must be a whole number from 0 to 240`},
		{"WARN_MINUTES", "", `WARN_MINUTES (from WarnMinutes): is not set`},
	} {
		ev := scheduled(t, map[string]string{c.name: c.value})
		if want := "the schedule's settings cannot be read; correct them and deploy the stack again: " + c.want; ev.Objection != want || ev.Request.Target.InstanceIDs != nil {
			t.Errorf("%s=%s\n objection %s\n      want %s", c.name, c.value, ev.Objection, want)
		}
	}
}

func TestEverySettingOfTheScheduleThatCannotBeReadIsNamedInOneObjection(t *testing.T) {
	ev := scheduled(t, map[string]string{"WARN_MINUTES": "soon", "SKIP_DATES": "never,2026-12-25,ever", "SCHEDULE_TIMEZONE": "CEST"})
	for _, want := range []string{"WARN_MINUTES", "SCHEDULE_TIMEZONE", `"never"`, `"ever"`} {
		if !strings.Contains(ev.Objection, want) {
			t.Errorf("the objection does not name %s: %s", want, ev.Objection)
		}
	}
}

func TestAZoneThatIsNoneIsNoZoneOfKeepTagsAndKeepsNoFunctionFromStarting(t *testing.T) {
	for value, want := range map[string]string{"": "UTC", "UTC": "UTC", "Asia/Tokyo": "Asia/Tokyo", "Mars/Base": "", "Local": "", "../UTC": ""} {
		change := env(map[string]string{"SCHEDULE_TIMEZONE": value})
		stop, err := settings.LoadStop(change)
		status, err2 := settings.LoadStatus(change)
		if err != nil || err2 != nil {
			t.Errorf("%q: errors %v and %v", value, err, err2)
		}
		for _, zone := range []*time.Location{stop.Rules.Zone, status.Rules.Zone, stop.Trigger.Zone} {
			if (zone == nil) != (want == "") || zone != nil && zone.String() != want {
				t.Errorf("%q: the zone is %s, want %q", value, zone, want)
			}
		}
	}
}

func TestASettingOfTheStartThatCannotBeReadHarmsTheStartAloneAndTheStopsReportSaysSo(t *testing.T) {
	for _, c := range []struct {
		change map[string]string
		want   string
	}{
		{map[string]string{"START_TIME": "6 o'clock"}, `Nothing is started again: StartTime and StartDays: "6 o'clock" must be a time of the day such as 07:00.`},
		{map[string]string{"START_TIME": "06:00", "START_DAYS": "MONDAY"}, `Nothing is started again: StartTime and StartDays: "MONDAY" must be days of the week such as MON,TUE, in 60 characters at most.`},
		{map[string]string{"START_TIME": "06:00", "START_SKIP_DATES": "2027-02-29"}, `Nothing is started again: START_SKIP_DATES (from StartSkipDates): "2027-02-29" must be a date such as 2026-12-25`},
	} {
		c.change["WARN_MINUTES"] = "0" // or the plan says it, once the warning is given
		set, err := settings.LoadStop(env(c.change))
		if err != nil {
			t.Fatal("StopFunction does not start: ", err)
		}
		ev := scheduled(t, c.change)
		if ev.Objection != "" {
			t.Fatalf("%v: an objection to the stop: %s", c.change, ev.Objection)
		}
		run := runs.Runner{Rules: set.Rules, Mornings: set.Mornings, Now: func() time.Time { return now }}.New(ev.Request)
		if run.StartAt != nil || run.Outcome != runs.OutcomeWaiting || !strings.Contains(strings.Join(run.Notes, " "), c.want) {
			t.Errorf("%v: outcome %s, starts again at %v, says %q, want %q", c.change, run.Outcome, run.StartAt, run.Notes, c.want)
		}
	}
}

// A mistake in a setting must not reach further than what the setting is for.
func TestWhateverIsInASettingOfTheScheduleRequestsAndAlarmsAreDecodedAsBefore(t *testing.T) {
	kinds := map[string][3]string{
		"a request":           {"zenstop", "Stop Instances Requested", `{"target":` + target + `,"warnMinutes":5}`},
		"an alarm":            {"aws.cloudwatch", "CloudWatch Alarm State Change", `{"alarmName":"zenstop-a","state":{"value":"ALARM"},"previousState":{"value":"OK"},"configuration":{"metrics":[{"metricStat":{"metric":{"dimensions":{"InstanceId":"i"}}}}]}}`},
		"a request with none": {"zenstop", "Stop Instances Requested", `{}`},
	}
	rapid.Check(t, func(t *rapid.T) {
		change := map[string]string{}
		for _, name := range []string{"WARN_MINUTES", "SKIP_DATES", "SCHEDULE_TIMEZONE", "START_TIME", "START_DAYS", "START_SKIP_DATES"} {
			if rapid.Bool().Draw(t, "change "+name) {
				change[name] = rapid.OneOf(rapid.String(), rapid.StringMatching(`\d{4}-\d{2}-\d{2}(, ?\d{4}-\d{2}-\d{2})?`), rapid.SampledFrom([]string{"", "0", "240", "America/Santiago"})).Draw(t, name)
			}
		}
		for name, k := range kinds {
			if diff := cmp.Diff(decode(t, nil, k[0], k[1], k[2]), decode(t, change, k[0], k[1], k[2])); diff != "" {
				t.Errorf("%s is decoded otherwise: %s", name, diff)
			}
		}
		decode(t, change, "zenstop.schedule", "Stop Instances Requested", `{"target":`+target+`}`)
	})
}

func TestAnEmptyAlarmNamePrefixIsAnObjectionToTheAlarmsAlone(t *testing.T) {
	change := map[string]string{"ALARM_NAME_PREFIX": ""}
	alarm := decode(t, change, "aws.cloudwatch", "CloudWatch Alarm State Change", `{"alarmName":"a","state":{"value":"ALARM"},"previousState":{"value":"OK"},"configuration":{"metrics":[{"metricStat":{"metric":{"dimensions":{"InstanceId":"i"}}}}]}}`)
	if want := "AlarmNamePrefix: is empty, so no alarm may stop instances"; alarm.Objection != want {
		t.Errorf("objection %q, want %q", alarm.Objection, want)
	}
	if ev := scheduled(t, change); ev.Objection != "" {
		t.Errorf("an objection to the schedule: %s", ev.Objection)
	}
}
