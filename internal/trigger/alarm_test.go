package trigger_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"zenstop/internal/trigger"
)

// alarm is the event of an alarm with these metrics, and with fields that
// zenstop does not know.
func alarm(name, before, metrics string) []byte {
	return event("aws.cloudwatch", "2026-11-22T19:00:00Z", fmt.Sprintf(
		`{"alarmName":%q,"state":{"value":"ALARM","reason":"too hot","timestamp":1,"actionsSuppressedBy":null},"previousState":{"value":%q},"configuration":{"metrics":[%s],"description":null},"muteDetail":null,"new":1}`,
		name, before, metrics))
}

func metric(dimensions string) string {
	return `{"id":"m1","metricStat":{"metric":{"dimensions":` + dimensions + `},"period":60}}`
}

func TestAnAlarmNamesItsInstances(t *testing.T) {
	for metrics, want := range map[string][]string{
		metric(`{"InstanceId":"i","Rack":"r"}`): {"i"},
		metric(`{"InstanceId":"b"}`) + `,{"id":"e1","expression":"m1*2"},` + metric(`{}`) + "," + metric(`{"InstanceId":"a"}`): {"b", "a"},
		metric(`{"InstanceId":"b"}`) + "," + metric(`{"InstanceId":"b","Core":3}`):                                             {"b"},
	} {
		s := stack()
		s.AlarmTarget = `{"instanceIds":["other"]}`
		ev := trigger.Decode(alarm("zenstop-a", "OK", metrics), s, now)
		if !slices.Equal(ev.Request.Target.InstanceIDs, want) || ev.Objection != "" {
			t.Errorf("%s: %v, objection %q", metrics, ev.Request.Target, ev.Objection)
		}
		if r := ev.Request; r.Trigger.Name != "zenstop-a" || r.Trigger.Reason != "too hot" || r.Trigger.Time != "2026-11-22T19:00:00Z" || r.Name != "alarm-e-1" || r.MaxInstances != 100 {
			t.Errorf("%s: %+v", metrics, r)
		}
	}
}

func TestAnAlarmWithoutInstancesStopsAlarmTarget(t *testing.T) {
	for before, metrics := range map[string]string{"OK": metric(`{}`), "INSUFFICIENT_DATA": ""} {
		s := stack()
		s.AlarmTarget = ` {"instanceIds":["t","t"]} `
		ev := trigger.Decode(alarm("zenstop-a", before, metrics), s, now)
		if !slices.Equal(ev.Request.Target.InstanceIDs, []string{"t"}) || ev.Objection != "" {
			t.Errorf("after %s: %v, objection %q", before, ev.Request.Target, ev.Objection)
		}
	}
}

func TestAMistakeInAlarmTargetIsReportedUnderThatName(t *testing.T) {
	for target, want := range map[string]string{
		`{"instanceIds":`:                        "AlarmTarget: is not valid JSON in UTF-8",
		`{"instanceIds":["a"]} x`:                "AlarmTarget: is not valid JSON in UTF-8",
		`["a"]`:                                  "AlarmTarget: is an array, must be an object",
		`null`:                                   "AlarmTarget: is null; leave the field out instead",
		`{}`:                                     "AlarmTarget: has neither instanceIds nor filter, must have exactly one of them",
		`{"filter":{}}`:                          "AlarmTarget.filter: must have at least one field; without any it matches the whole account",
		`{"target":{"instanceIds":["a"]}}`:       "AlarmTarget.target: unknown field; the fields are instanceIds, filter",
		`{"instanceIds":["a b"]}`:                `AlarmTarget.instanceIds[0]: "a b" is not an instance id, which has 1 to 64 letters, digits, - and _`,
		`{"instanceIds":["a"]},"dryRun":true,"x`: "AlarmTarget: is not valid JSON in UTF-8",
		"  ":                                     "detail.configuration.metrics: has no dimension InstanceId, and the stack has no AlarmTarget; give the alarm's metric that dimension, or set AlarmTarget",
	} {
		s := stack()
		s.AlarmTarget = target
		if ev := trigger.Decode(alarm("zenstop-a", "OK", metric(`{}`)), s, now); ev.Objection != want {
			t.Errorf("AlarmTarget %s: objection\n %s\nwant\n %s", target, ev.Objection, want)
		}
	}
}

func TestAMistakeInAlarmTargetIsAnObjectionToTheAlarmsThatNeedItAlone(t *testing.T) {
	s := stack()
	s.AlarmTarget = `{`
	for _, payload := range [][]byte{request(`{"target":{"instanceIds":["i"]}}`), alarm("zenstop-a", "OK", metric(`{"InstanceId":"i"}`))} {
		if ev := trigger.Decode(payload, s, now); ev.Objection != "" || !slices.Equal(ev.Request.Target.InstanceIDs, []string{"i"}) {
			t.Errorf("%s: objection %q", payload, ev.Objection)
		}
	}
}

func TestAnAlarmThatMeetsAnObjectionKeepsItsNameAndReason(t *testing.T) {
	ev := trigger.Decode(alarm("zenstop-"+strings.Repeat("a", 200), "ALARM", ""), stack(), now)
	if r := ev.Request.Trigger; ev.Objection == "" || !strings.HasPrefix(r.Name, "zenstop-aaa") || len([]rune(r.Name)) != 128 || r.Reason != "too hot" {
		t.Errorf("%+v, objection %q", r, ev.Objection)
	}
}

// The samples have the shapes of the AWS page "Alarm events and EventBridge".
func TestTheObjectionToASilencedAlarmSaysWhatToDo(t *testing.T) {
	for sample, want := range map[string]string{
		"alarm-suppressed": `detail.state.actionsSuppressedBy: is "WaitPeriod" (alarm suppressed); to stop instances, use an alarm without an actions suppressor, or send a request`,
		"alarm-muted":      "detail.muteDetail: is present (alarm muted); to stop instances, end the alarm mute rule before the alarm goes off, or send a request",
	} {
		payload, err := os.ReadFile("../../events/" + sample + ".json")
		if err != nil {
			t.Fatal(err)
		}
		s := stack()
		s.AlarmTarget = `{"instanceIds":["t"]}`
		if ev := trigger.Decode(payload, s, now); ev.Objection != want {
			t.Errorf("%s: objection\n %s\nwant\n %s", sample, ev.Objection, want)
		}
	}
}

const dimensions = "detail.configuration.metrics[0].metricStat.metric.dimensions"

// spell draws a spelling of InstanceId that differs in case, blanks, underscores, hyphens, and
// characters that nobody sees.
func spell(t *rapid.T) string {
	filler := rapid.StringMatching(`[ _\-\t\x{a0}\x{200b}\x{feff}\x00]{0,2}`)
	spelt := filler.Draw(t, "before")
	for _, letter := range "instanceid" {
		s := string(letter)
		if rapid.Bool().Draw(t, "capital") {
			s = strings.ToUpper(s)
		}
		spelt += s + filler.Draw(t, "behind")
	}
	return spelt
}

// Where an alarm names its machine under a name that zenstop does not read, it must not
// stop those of AlarmTarget instead.
func TestADimensionThatIsInstanceIdButForCaseBlanksAndSignsMeetsAnObjectionWhateverElseThereIs(t *testing.T) {
	s := stack()
	s.AlarmTarget = `{"instanceIds":["other"]}`
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.Custom(spell).Filter(func(s string) bool { return s != "InstanceId" }).Draw(t, "name")
		key, _ := json.Marshal(name) //nolint:errchkjson // a string
		value := rapid.SampledFrom([]string{`"i"`, `""`, `null`, `7`, `{}`}).Draw(t, "value")
		pairs := rapid.Permutation([]string{string(key) + ":" + value, `"Rack":"r"`, `"InstanceId":"i"`}).Draw(t, "pairs")[:rapid.IntRange(1, 3).Draw(t, "n")]
		if !slices.Contains(pairs, string(key)+":"+value) {
			pairs = append(pairs, string(key)+":"+value)
		}
		metrics := rapid.Permutation([]string{metric("{" + strings.Join(pairs, ",") + "}"), metric(`{"InstanceId":"j"}`), `{"id":"e1","expression":"m1*2"}`, metric(`null`)}).Draw(t, "metrics")
		ev := trigger.Decode(alarm("zenstop-a", "OK", strings.Join(metrics, ",")), s, now)
		if !strings.HasPrefix(ev.Objection, "detail.configuration.metrics[") || !strings.Contains(ev.Objection, "is not the dimension InstanceId") || ev.Request.Target.InstanceIDs != nil {
			t.Errorf("%s: objection %q, target %v", metrics, ev.Objection, ev.Request.Target)
		}
	})
}

func TestOfADimensionThatIsNotInstanceIdTheObjectionSaysWhichAndWhatToDo(t *testing.T) {
	for pair, want := range map[string]string{
		`"instanceId":"i"`:                  dimensions + `.instanceId: is not the dimension InstanceId; publish the metric and make the alarm with the name InstanceId, spelled exactly so`,
		`"Instance Id":null`:                dimensions + `["Instance Id"]: is not the dimension InstanceId; publish the metric and make the alarm with the name InstanceId, spelled exactly so`,
		`"InstanceId":null`:                 dimensions + `.InstanceId: is null, must be a string`,
		`"InstanceId":7`:                    dimensions + `.InstanceId: is a number, must be a string`,
		`"InstanceId":["i"]`:                dimensions + `.InstanceId: is an array, must be a string`,
		`"InstanceId":"i","InstanceId":"j"`: dimensions + `.InstanceId: is given twice`,
	} {
		s := stack()
		s.AlarmTarget = `{"instanceIds":["other"]}`
		if ev := trigger.Decode(alarm("zenstop-a", "OK", metric("{"+pair+"}")), s, now); ev.Objection != want || ev.Request.Target.InstanceIDs != nil {
			t.Errorf("%s: %v, objection\n %s\nwant\n %s", pair, ev.Request.Target, ev.Objection, want)
		}
	}
}

func TestDimensionsThatAreNoObjectMeetAnObjection(t *testing.T) {
	s := stack()
	s.AlarmTarget = `{"instanceIds":["other"]}`
	for _, value := range []string{`[{"name":"InstanceId","value":"i"}]`, `"InstanceId=i"`, `7`, `true`} {
		if ev := trigger.Decode(alarm("zenstop-a", "OK", metric(value)), s, now); !strings.HasPrefix(ev.Objection, dimensions+": is ") || !strings.HasSuffix(ev.Objection, ", must be an object") {
			t.Errorf("%s: %v, objection %q", value, ev.Request.Target, ev.Objection)
		}
	}
}

func TestADimensionWithAnotherNameIsNoMisspeltOne(t *testing.T) {
	s := stack()
	s.AlarmTarget = `{"instanceIds":["t"]}`
	for _, name := range []string{"Id", "Instance", "InstanceIds", "InstanceType", "MyInstanceId", "Instance.Id", ""} {
		if ev := trigger.Decode(alarm("zenstop-a", "OK", metric(`{"`+name+`":"x"}`)), s, now); ev.Objection != "" || !slices.Equal(ev.Request.Target.InstanceIDs, []string{"t"}) {
			t.Errorf("%s: %v, objection %q", name, ev.Request.Target, ev.Objection)
		}
	}
}

// The shape is that of the AWS page "Alarm events and EventBridge".
func TestTheObjectionToAChangeOfAContributorSaysWhatToDo(t *testing.T) {
	payload := []byte(`{"id":"e-1","source":"aws.cloudwatch","detail-type":"CloudWatch Alarm Contributor State Change","time":"2026-11-22T19:00:00Z",` +
		`"detail":{"alarmName":"zenstop-a","state":{"value":"ALARM"},"alarmContributor":{"id":"1","attributes":{"InstanceId":"i"}}}}`)
	s := stack()
	s.AlarmTarget = `{"instanceIds":["t"]}`
	want := `detail-type: "CloudWatch Alarm Contributor State Change" is about one contributor of an alarm on a query, and zenstop accepts only "CloudWatch Alarm State Change"; ` +
		"make an alarm for each machine on a metric with the dimension InstanceId, or send a request"
	if ev := trigger.Decode(payload, s, now); ev.Objection != want || ev.Request.Name != "unknown-e-1" {
		t.Errorf("%s: objection\n %s\nwant\n %s", ev.Request.Name, ev.Objection, want)
	}
}
