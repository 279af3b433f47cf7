package hostile

import (
	"fmt"
	"strings"
)

// envelopes are events that are wrong outside of the detail, or that EventBridge
// itself would not accept.
func envelopes() []Case {
	const request = "Stop Instances Requested"
	good := `{"target":{"instanceIds":["hostile-0001"]}}`
	fields := func(f string) string { return `{` + f + `,"time":"` + Time + `","detail":` + good + `}` }
	return []Case{
		{"nothing", ``, "event", "is not valid JSON"},
		{"not JSON", `{"id":`, "event", "is not valid JSON"},
		{"two events", Request(good) + Request(good), "event", "is not valid JSON"},
		{"an array", `[` + Request(good) + `]`, "event", "is an array, must be an EventBridge event"},
		{"null", `null`, "event", "is null, must be an EventBridge event"},
		{"over 1 MiB", Request(target(`{"instanceIds":["` + strings.Repeat("a", 1<<20) + `"]}`)), "event", "the limit is 1048576"},
		{"nested too deeply", Request(target(strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000))), "event", "nested too deeply"},
		{"an empty object", `{}`, "source", "is missing"},
		{"no id", fields(`"source":"zenstop","detail-type":"` + request + `"`), "id", "is missing"},
		{"an empty id", fields(`"id":"","source":"zenstop","detail-type":"` + request + `"`), "id", "must not be empty"},
		{"an event id that is a number", fields(`"id":7,"source":"zenstop","detail-type":"` + request + `"`), "id", "is a number, must be a string"},
		{"source null", fields(`"id":"a","source":null,"detail-type":"` + request + `"`), "source", "is null, must be a string"},
		{"source twice", fields(`"id":"a","source":"zenstop","source":"zenstop","detail-type":"` + request + `"`), "source", "is given twice"},
		{"Source in capitals", fields(`"id":"a","Source":"zenstop","detail-type":"` + request + `"`), "source", "is missing"},
		{"unknown source", Envelope("zenstpo", request, Time, good), "source, detail-type", `"zenstpo" with "Stop Instances Requested" is not an event for zenstop`},
		{"unknown detail-type", Envelope("zenstop", "Instances Stopped", Time, good), "source, detail-type", "accepted are zenstop and zenstop.schedule"},
		{"no time", Envelope("zenstop", request, "", good), "time", "must not be empty"},
		{"a placeholder for the time", Envelope("zenstop.schedule", request, "<aws.scheduler.scheduled-time>", good), "time", `"<aws.scheduler.scheduled-time>" must be a time as in RFC 3339`},
		{"a date for the time", Envelope("zenstop", request, "2026-11-22", good), "time", "must be a time as in RFC 3339"},
		{"an old event", Envelope("zenstop", request, "2020-01-01T00:00:00Z", good), "time", "days old, the limit is"},
		{"an event of the year 1", Envelope("zenstop", request, "0001-01-01T00:00:00Z", good), "time", "days old, the limit is"},
		{"no detail", `{"id":"a","source":"zenstop","detail-type":"` + request + `","time":"` + Time + `"}`, "detail", "is missing"},
		{"detail null", Request(`null`), "detail", "is null, must be an object"},
		{"detail as text", Request(`"{}"`), "detail", "is a string, must be an object"},
		{"detail in an array", Request(`[` + good + `]`), "detail", "is an array, must be an object"},
		{"a field twice", Request(with(`"dryRun":true,"dryRun":false`)), "detail.dryRun", "is given twice"},
		{"a target twice", Request(with(`"target":{"instanceIds":["b"]}`)), "detail.target", "is given twice"},
		{"not UTF-8", Request(target("{\"instanceIds\":[\"a\xff\"]}")), "detail", "is not valid JSON in UTF-8"},
		{"half a character", Request(target(`{"instanceIds":["a\ud800"]}`)), "detail", "is not valid JSON in UTF-8"},
		{"an id of 900 kB", Request(target(`{"instanceIds":["` + strings.Repeat("a", 900_000) + `"]}`)), "detail.target.instanceIds[0]", "is not an instance id"},
		{"9,000 levels", Request(target(strings.Repeat(`[`, 9_000) + strings.Repeat(`]`, 9_000))), "detail.target", "is an array, must be an object"},
		{"a schedule without a target", Envelope("zenstop.schedule", request, Time, `{"target":{"instanceIds":[]}}`), "detail.target.instanceIds", "has 0 ids"},
	}
}

// alarms are events of alarms that must not stop anything.
func alarms() []Case {
	const at = "detail.configuration.metrics"
	alarm := func(name, state, before, metrics string) string {
		return Envelope("aws.cloudwatch", "CloudWatch Alarm State Change", Time, fmt.Sprintf(
			`{"alarmName":%q,"state":{"value":%q,"reason":"too hot"},"previousState":{"value":%q},"configuration":{"metrics":[%s]}}`, name, state, before, metrics))
	}
	metric := func(dimensions string) string { return `{"metricStat":{"metric":{"dimensions":` + dimensions + `}}}` }
	one := metric(`{"InstanceId":"hostile-0001"}`)
	silenced := func(state, detail string) string {
		return Envelope("aws.cloudwatch", "CloudWatch Alarm State Change", Time, fmt.Sprintf(
			`{"alarmName":"zenstop-a","state":{"value":"ALARM",%s"reason":"too hot"},"previousState":{"value":"OK"},"configuration":{"metrics":[%s]}%s}`, state, one, detail))
	}
	return []Case{
		{"an alarm of another name", alarm("other", "ALARM", "OK", one), "detail.alarmName", `"other" must begin with "zenstop-" (AlarmNamePrefix)`},
		{"an alarm without a name", alarm("", "ALARM", "OK", one), "detail.alarmName", "is missing"},
		{"an alarm that is over", alarm("zenstop-a", "OK", "ALARM", one), "detail.state.value", `is "OK", must be "ALARM" (alarm not newly in ALARM)`},
		{"an alarm that goes on", alarm("zenstop-a", "ALARM", "ALARM", one), "detail.previousState.value", "alarm not newly in ALARM"},
		{"an alarm without a past", alarm("zenstop-a", "ALARM", "", one), "detail.previousState.value", "alarm not newly in ALARM"},
		{"an alarm that is suppressed", silenced(`"actionsSuppressedBy":"WaitPeriod",`, ""), "detail.state.actionsSuppressedBy", "alarm suppressed"},
		{"an alarm that is suppressed in an unknown way", silenced(`"actionsSuppressedBy":{},`, ""), "detail.state.actionsSuppressedBy", "alarm suppressed"},
		{"an alarm that is muted", silenced("", `,"muteDetail":{"mutedByArn":"arn"}`), "detail.muteDetail", "alarm muted"},
		{"an alarm that is muted in an unknown way", silenced("", `,"muteDetail":""`), "detail.muteDetail", "alarm muted"},
		{"an alarm that is no alarm", Envelope("aws.cloudwatch", "CloudWatch Alarm State Change", Time, `{"alarmName":"zenstop-a","state":"ALARM"}`), "detail.state", "is a string, must be an object"},
		{"an alarm with a bad id", alarm("zenstop-a", "ALARM", "OK", one+","+metric(`{"InstanceId":"a b"}`)), at + "[1].metricStat.metric.dimensions.InstanceId", `"a b" is not an instance id`},
		{"an alarm with an empty id", alarm("zenstop-a", "ALARM", "OK", metric(`{"InstanceId":""}`)), at + "[0].metricStat.metric.dimensions.InstanceId", `"" is not an instance id`},
		{"an alarm with a misspelt dimension", alarm("zenstop-a", "ALARM", "OK", one+","+metric(`{"instance_id":"a"}`)), at + "[1].metricStat.metric.dimensions.instance_id", "is not the dimension InstanceId"},
		{"an alarm with an id null", alarm("zenstop-a", "ALARM", "OK", metric(`{"InstanceId":null}`)), at + "[0].metricStat.metric.dimensions.InstanceId", "is null, must be a string"},
		{"an alarm with two ids for one metric", alarm("zenstop-a", "ALARM", "OK", metric(`{"InstanceId":"a","InstanceId":"b"}`)), at + "[0].metricStat.metric.dimensions.InstanceId", "is given twice"},
		{"a contributor of an alarm", Envelope("aws.cloudwatch", "CloudWatch Alarm Contributor State Change", Time, `{"alarmName":"zenstop-a"}`), "detail-type", "make an alarm for each machine"},
		{"an alarm without an instance", alarm("zenstop-a", "ALARM", "OK", metric(`{"Rack":"r"}`)), at, "has no dimension InstanceId, and the stack has no AlarmTarget"},
		{"an alarm without a metric", alarm("zenstop-a", "ALARM", "OK", ""), at, "set AlarmTarget"},
	}
}
