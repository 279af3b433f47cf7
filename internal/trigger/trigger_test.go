package trigger_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
	"zenstop/internal/trigger/hostile"
)

var now = time.Date(2026, 11, 22, 19, 1, 0, 0, time.UTC)

func stack() trigger.Settings {
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err)
	}
	return trigger.Settings{
		MaxInstances: 100, Timeout: 30 * time.Minute, MaxEventAge: time.Hour, Zone: tokyo,
		SkipDates: []string{"2026-11-23"}, AlarmNamePrefix: "zenstop-",
	}
}

func event(source, at, detail string) []byte {
	kind := "Stop Instances Requested"
	if source == "aws.cloudwatch" {
		kind = "CloudWatch Alarm State Change"
	}
	return fmt.Appendf(nil, `{"id":"e-1","source":%q,"detail-type":%q,"time":%q,"detail":%s}`, source, kind, at, detail)
}

func request(detail string) []byte { return event("zenstop", "2026-11-22T19:00:00Z", detail) }

func TestEveryHostileDetailIsRefusedWithTheFieldAndTheRule(t *testing.T) {
	for _, c := range hostile.Details() {
		t.Run(c.Name, func(t *testing.T) {
			ev := trigger.Decode(request(c.Detail), stack(), now)
			if !strings.Contains(ev.Refused, c.Want) {
				t.Errorf("refused with %q, want %q in it", ev.Refused, c.Want)
			}
			if len(ev.Refused) > 700 || ev.Request.Target.Filter != nil || ev.Request.Target.InstanceIDs != nil {
				t.Errorf("a refused event keeps a target, or its message has %d bytes", len(ev.Refused))
			}
		})
	}
}

func TestEveryHostileEnvelopeIsRefusedUnderANameOfItsOwn(t *testing.T) {
	ids := `{"target":{"instanceIds":["a"]}}`
	cases := map[string]struct {
		payload []byte
		want    string
	}{
		"not JSON":          {[]byte(`{`), "event: is not valid JSON"},
		"an array":          {[]byte(`[]`), "event: is an array, must be"},
		"empty":             {nil, "event: is not valid JSON"},
		"an id of 1 MiB":    {request(`{"target":{"instanceIds":["` + strings.Repeat("a", 1<<20) + `"]}}`), "event: "},
		"wrong type":        {[]byte(`{"id":7}`), "source: is missing"},
		"unknown source":    {event("zenstpo", "2026-11-22T19:00:00Z", ids), `source, detail-type: "zenstpo"`},
		"no detail":         {[]byte(`{"id":"1","source":"zenstop","detail-type":"Stop Instances Requested","time":"2026-11-22T19:00:00Z"}`), "detail: is missing"},
		"detail null":       {request(`null`), "detail: is null"},
		"a field twice":     {request(`{"target":{"instanceIds":["a"]},"dryRun":true,"dryRun":false}`), "detail.dryRun: stands there twice"},
		"no time":           {event("zenstop", "", ids), "time:"},
		"unresolved time":   {event("zenstop.schedule", "<aws.scheduler.scheduled-time>", ids), "time:"},
		"an hour and a bit": {event("zenstop", "2026-11-22T18:00:59Z", ids), "MaxEventAgeMinutes"},
	}
	names := map[string]string{}
	for name, c := range cases {
		ev := trigger.Decode(c.payload, stack(), now)
		if !strings.Contains(ev.Refused, c.want) {
			t.Errorf("%s: refused with %q, want %q in it", name, ev.Refused, c.want)
		}
		if ev.Request.Trigger.ID == "" {
			if other, taken := names[ev.Request.Run]; taken {
				t.Errorf("%s and %s have the same name %s", name, other, ev.Request.Run)
			}
			names[ev.Request.Run] = name
		}
	}
}

func TestARequestIsRead(t *testing.T) {
	ev := trigger.Decode(request(`{"target":{"instanceIds":["b","a","b"]},"reason":"r","dryRun":true,"maxInstances":500,"timeoutMinutes":5}`), stack(), now)
	want := trigger.Event{Request: shutdown.Request{
		Run: "request-e-1", Trigger: shutdown.Trigger{Kind: shutdown.KindRequest, ID: "e-1", Name: "zenstop", Time: "2026-11-22T19:00:00Z", Reason: "r"},
		Target: shutdown.Target{InstanceIDs: []string{"b", "a"}}, DryRun: true, MaxInstances: 100, Timeout: 5 * time.Minute,
	}}
	if diff := cmp.Diff(want, ev); diff != "" {
		t.Error(diff)
	}
}

func TestAScheduleIsSkippedByTheDateOfItsTimeZone(t *testing.T) {
	ids := `{"target":{"instanceIds":["a"]}}`
	for at, skipped := range map[string]bool{
		"2026-11-22T19:00:00Z":      true, // 04:00 of the 23rd in Tokyo
		"2026-11-22T14:59:00Z":      false,
		"2026-11-23T14:59:59Z":      true,
		"2026-11-23T15:00:00Z":      false,
		"2026-11-22T23:00:00+09:00": false,
	} {
		s := stack()
		s.MaxEventAge = 100 * time.Hour
		if ev := trigger.Decode(event("zenstop.schedule", at, ids), s, now); (ev.Skipped != "") != skipped || ev.Refused != "" {
			t.Errorf("%s: skipped %q, refused %q", at, ev.Skipped, ev.Refused)
		}
		if ev := trigger.Decode(event("zenstop", at, ids), s, now); ev.Skipped != "" {
			t.Errorf("%s: a request was skipped", at)
		}
	}
	if ev := trigger.Decode(event("zenstop.schedule", "2026-11-22T19:00:00Z", `{}`), stack(), now); ev.Refused == "" || ev.Skipped != "" {
		t.Error("a mistake in a schedule must show on a skip date too")
	}
}

func alarm(name, value, before, dimensions string) []byte {
	return event("aws.cloudwatch", "2026-11-22T19:00:00Z", fmt.Sprintf(
		`{"alarmName":%q,"state":{"value":%q,"reason":"too hot"},"previousState":{"value":%q},"configuration":{"metrics":[{"metricStat":{"metric":{"dimensions":%s}}}]},"new":1}`,
		name, value, before, dimensions))
}

func TestAnAlarmNamesItsInstancesOrTheStackDoes(t *testing.T) {
	s := stack()
	s.AlarmTarget = `{"instanceIds":["t"]}`
	cases := map[string]struct {
		payload []byte
		target  string
		want    []string
		refused string
	}{
		"with the dimension":      {alarm("zenstop-a", "ALARM", "OK", `{"InstanceId":"i","Rack":"r"}`), "", []string{"i"}, ""},
		"without it":              {alarm("zenstop-a", "ALARM", "INSUFFICIENT_DATA", `{}`), s.AlarmTarget, []string{"t"}, ""},
		"without any target":      {alarm("zenstop-a", "ALARM", "OK", `{}`), "", nil, "no AlarmTarget"},
		"a malformed AlarmTarget": {alarm("zenstop-a", "ALARM", "OK", `{}`), `{"instanceIds":`, nil, "AlarmTarget"},
		"an empty AlarmTarget":    {alarm("zenstop-a", "ALARM", "OK", `{}`), `{"filter":{}}`, nil, "AlarmTarget.filter: must have at least one field"},
		"a bad id":                {alarm("zenstop-a", "ALARM", "OK", `{"InstanceId":"a b"}`), "", nil, "dimensions.InstanceId"},
		"not in ALARM":            {alarm("zenstop-a", "OK", "ALARM", `{}`), "", nil, "not newly in ALARM"},
		"in ALARM before":         {alarm("zenstop-a", "ALARM", "ALARM", `{}`), "", nil, "not newly in ALARM"},
		"of another name":         {alarm("other", "ALARM", "OK", `{}`), "", nil, "AlarmNamePrefix"},
	}
	for name, c := range cases {
		s.AlarmTarget = c.target
		ev := trigger.Decode(c.payload, s, now)
		if !slices.Equal(ev.Request.Target.InstanceIDs, c.want) || !strings.Contains(ev.Refused, c.refused) || (ev.Refused == "") != (c.refused == "") {
			t.Errorf("%s: %v, refused %q", name, ev.Request.Target, ev.Refused)
		}
		if c.want != nil && (ev.Request.Trigger.Name != "zenstop-a" || ev.Request.Trigger.Reason != "too hot" || ev.Request.Run != "alarm-e-1") {
			t.Errorf("%s: trigger %+v, run %s", name, ev.Request.Trigger, ev.Request.Run)
		}
	}
}

var executionName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,71}$`)

func TestEveryDeliveryOfAnEventNamesTheSameRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.String().Draw(t, "id")
		payload := fmt.Appendf(nil, `{"id":%q,"source":"zenstop","detail-type":"Stop Instances Requested","time":"2026-11-22T19:00:00Z","detail":{}}`, id)
		later := now.Add(time.Duration(rapid.Int64Range(0, 1e15).Draw(t, "later")))
		a, b := trigger.Decode(payload, stack(), now), trigger.Decode(payload, stack(), later)
		if a.Request.Run != b.Request.Run || !executionName.MatchString(a.Request.Run) {
			t.Errorf("names %q and %q", a.Request.Run, b.Request.Run)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(request(`{"target":{"instanceIds":["a"]}}`))
	f.Add(request(`{"target":{"filter":{"tags":[{"key":"k","value":""}]}},"dryRun":true}`))
	f.Add(alarm("zenstop-a", "ALARM", "OK", `{"InstanceId":"i"}`))
	for _, c := range hostile.Details() {
		if len(c.Detail) < 300 {
			f.Add(request(c.Detail))
		}
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		ev := trigger.Decode(payload, stack(), now)
		if diff := cmp.Diff(ev, trigger.Decode(payload, stack(), now)); diff != "" {
			t.Error(diff)
		}
		if !executionName.MatchString(ev.Request.Run) {
			t.Errorf("name %q", ev.Request.Run)
		}
		if ev.Refused != "" {
			return
		}
		ids, filter := ev.Request.Target.InstanceIDs, ev.Request.Target.Filter
		if (len(ids) == 0) == (filter == nil || filter.Empty()) || len(ids) > trigger.MaxEventIDs {
			t.Errorf("target %+v", ev.Request.Target)
		}
		for _, id := range ids {
			if !shutdown.ValidID(id) {
				t.Errorf("id %q", id)
			}
		}
	})
}
