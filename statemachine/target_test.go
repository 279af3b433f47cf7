package statemachine

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"zenstop/internal/trigger"
)

// targetPatterns are what CloudFormation holds ScheduleTarget and AlarmTarget to. It
// wants the whole value to match.
func targetPatterns(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	all := map[string]*regexp.Regexp{}
	for _, name := range []string{"ScheduleTarget", "AlarmTarget"} {
		p := loadTemplate(t).Parameters[name]
		if !strings.HasPrefix(p.AllowedPattern, "^") || !strings.HasSuffix(p.AllowedPattern, "$") || !strings.Contains(p.ConstraintDescription, `'`+name+`="{\"instanceIds\":[\"id\"]}"'`) {
			t.Fatalf("%s: the pattern is %q, and its description %q", name, p.AllowedPattern, p.ConstraintDescription)
		}
		all[name] = regexp.MustCompile(p.AllowedPattern)
	}
	return all
}

// What sam deploy --parameter-overrides makes of an argument was tried with the SAM CLI
// 1.167.0. The quotes that the shell takes away are not shown.
func TestATargetThatTheSAMCLIHasCutOffIsRefusedAtDeploy(t *testing.T) {
	for typed, c := range map[string]struct {
		value string
		fits  bool
	}{
		`ScheduleTarget={"instanceIds":["x"]}`:                                             {`{`, false},
		`ScheduleTarget={"filter":{"tags":[{"key":"env","value":"dev"}]}}`:                 {`{`, false},
		`ScheduleTarget="{"instanceIds":["x"]}"`:                                           {`{`, false},
		`ParameterKey=ScheduleTarget,ParameterValue={"instanceIds":["x"]}`:                 {`{`, false},
		`ScheduleTarget={instanceIds:[x]}`:                                                 {`{instanceIds:[x]}`, false},
		`ScheduleTarget="{\"instanceIds\":[\"x\"]}"`:                                       {`{"instanceIds":["x"]}`, true},
		`ScheduleTarget='{"instanceIds":["x", "y"]}'`:                                      {`{"instanceIds":["x", "y"]}`, true},
		`ScheduleTarget="{\"filter\":{\"tags\":[{\"key\":\"env\",\"value\":\"dev b\"}]}}"`: {`{"filter":{"tags":[{"key":"env","value":"dev b"}]}}`, true},
	} {
		for name, pattern := range targetPatterns(t) {
			if pattern.MatchString(c.value) != c.fits {
				t.Errorf("%s: of %s there is %s, which fits: %t, want %t", name, typed, c.value, !c.fits, c.fits)
			}
		}
	}
}

func TestOnlyWhatLooksLikeATargetIsDeployed(t *testing.T) {
	patterns := targetPatterns(t)
	for value, fits := range map[string]bool{
		`{"instanceIds":[]}`: true, " {\n \"instanceIds\" : [ \"a\" ,\n\"b\" ] }\n": true, `{"filter":{"instanceName":"lab-*"}}`: true,
		`{"filter":{"tagKeys":["机器"]}}`: true,
		`{}`:                            false, `null`: false, `["a"]`: false, `"a"`: false, `a`: false, `{"instanceIds":["a"]`: false, `{"instanceIds":[a]}`: false, `{"instanceIds":"a"}`: false,
		`{"instanceIDs":["a"]}`: false, `{"target":{"instanceIds":["a"]}}`: false, `{"filter":{}}`: false, `{"filter":["a"]}`: false, `{'instanceIds':['a']}`: false,
		`{\"instanceIds\":[\"a\"]}`: false, `"{"instanceIds":["a"]}"`: false, `{"instanceIds":["a"]},"dryRun":true`: false, `{"instanceIds":["a"]} x`: false,
	} {
		for name, pattern := range patterns {
			if pattern.MatchString(value) != fits {
				t.Errorf("%s: %s fits: %t", name, value, !fits)
			}
		}
	}
	if patterns["ScheduleTarget"].MatchString("") || !patterns["AlarmTarget"].MatchString("") {
		t.Error("an empty AlarmTarget is none, and an empty ScheduleTarget is a mistake")
	}
}

// No target that a run accepts may be refused at deploy.
func TestEveryTargetThatARunAcceptsIsDeployed(t *testing.T) {
	patterns := targetPatterns(t)
	text := rapid.StringMatching(`[a-zé机"\\/ *{}\[\]:,-]{0,8}[a-z]`)
	rapid.Check(t, func(t *rapid.T) {
		var target any = map[string]any{"instanceIds": rapid.SliceOfN(rapid.StringMatching(`[A-Za-z0-9_-]{1,64}`), 1, 5).Draw(t, "ids")}
		if rapid.Bool().Draw(t, "by filter") {
			fields := map[string]any{
				"zoneId": text.Draw(t, "zone"), "instanceName": text.Draw(t, "name"), "hostname": text.Draw(t, "host"), "resourceGroupId": text.Draw(t, "group"),
				"tagKeys": []string{text.Draw(t, "tag key")}, "tags": []map[string]string{{"key": text.Draw(t, "key"), "value": rapid.SampledFrom([]string{"", "v"}).Draw(t, "value")}},
			}
			keep := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"zoneId", "instanceName", "hostname", "resourceGroupId", "tagKeys", "tags"}), 1, 6, rapid.ID[string]).Draw(t, "fields")
			for name := range fields {
				if !slices.Contains(keep, name) {
					delete(fields, name)
				}
			}
			target = map[string]any{"filter": fields}
		}
		value, err := json.MarshalIndent(target, rapid.SampledFrom([]string{"", " "}).Draw(t, "prefix"), rapid.SampledFrom([]string{"", "\t"}).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		event := `{"id":"a","source":"zenstop","detail-type":"Stop Instances Requested","time":"2026-11-22T19:00:00Z","detail":{"target":` + string(value) + `}}`
		if ev := trigger.Decode([]byte(event), trigger.Settings{MaxInstances: 1, MaxEventAge: time.Hour}, time.Date(2026, 11, 22, 19, 0, 0, 0, time.UTC)); ev.Objection != "" {
			t.Skip(ev.Objection)
		}
		for name, pattern := range patterns {
			if !pattern.Match(value) {
				t.Errorf("%s is refused as %s", value, name)
			}
		}
	})
}

// A date of the calendar that is none, as 2027-02-29, passes the pattern: then the
// schedule is refused, and nothing else.
func TestADateThatNoYearHasIsNoneOfSkipDates(t *testing.T) {
	pattern := regexp.MustCompile(loadTemplate(t).Parameters["SkipDates"].AllowedPattern)
	for value, fits := range map[string]bool{
		"": true, "2026-12-25": true, "2026-12-25,2026-12-26": true, "2026-12-25, 2028-02-29": true, "2026-01-31,2026-10-09": true,
		"2026-13-01": false, "2026-00-10": false, "2026-12-32": false, "2026-12-00": false, "2026-12-5": false, "25.12.2026": false, "2026-12-25,": false, "2026-02-30": false, "2026-04-31": false,
	} {
		if pattern.MatchString(value) != fits {
			t.Errorf("%q fits: %t", value, !fits)
		}
	}
}

// Machines are up on purpose in the day, and a check that finds them up is a run that
// has FAILED.
func TestTheExampleOfAWatchScheduleLooksAtNightOnly(t *testing.T) {
	const example = "cron(0 22-23,0-5 * * ? *)"
	settings, err := os.ReadFile("../docs/settings.md")
	if err != nil {
		t.Fatal(err)
	}
	for where, text := range map[string]string{"template.yaml": loadTemplate(t).Parameters["WatchScheduleExpression"].Description, "docs/settings.md": string(settings)} {
		if !strings.Contains(text, example) || strings.Contains(text, "rate(") {
			t.Errorf("%s does not give the example %s, or gives one that looks by day", where, example)
		}
	}
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(example, "cron("), ")"))
	if len(fields) != 6 { // minute, hour, day of the month, month, day of the week, year
		t.Errorf("EventBridge Scheduler wants 6 fields, and the example has %d", len(fields))
	}
}
