package trigger_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
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

func TestARequestIsRead(t *testing.T) {
	ev := trigger.Decode(request(`{"target":{"instanceIds":["b","a","b"]},"reason":"r","dryRun":true,"maxInstances":50,"timeoutMinutes":5}`), stack(), now)
	want := trigger.Event{Request: runs.Request{
		Action:  power.Stop,
		Name:    "request-e-1",
		Trigger: runs.Trigger{Kind: runs.KindRequest, ID: "e-1", Name: "zenstop", Time: "2026-11-22T19:00:00Z", Reason: "r"},
		Target:  runs.Target{InstanceIDs: []string{"b", "a"}},
		DryRun:  true, MaxInstances: 50, Timeout: 5 * time.Minute,
	}}
	if diff := cmp.Diff(want, ev); diff != "" {
		t.Error(diff)
	}
}

func TestTheWarningIsThatOfTheEventAndOfTheStackForSchedulesAlone(t *testing.T) {
	set := stack()
	set.Warn = 15 * time.Minute
	detail := func(more string) string { return `{"target":{"instanceIds":["a"]}` + more + `}` }
	for name, c := range map[string]struct {
		source, detail string
		want           time.Duration
	}{
		"a request":                         {"zenstop", detail(""), 0},
		"a request that asks for one":       {"zenstop", detail(`,"warnMinutes":5`), 5 * time.Minute},
		"a schedule":                        {"zenstop.schedule", detail(""), 15 * time.Minute},
		"a schedule with its own":           {"zenstop.schedule", detail(`,"warnMinutes":0`), 0},
		"a schedule that only checks":       {"zenstop.schedule", detail(`,"checkOnly":true`), 0},
		"a dry run, which foretells":        {"zenstop", detail(`,"warnMinutes":5,"dryRun":true`), 5 * time.Minute},
		"a check only, which stops nothing": {"zenstop", detail(`,"warnMinutes":5,"checkOnly":true`), 0},
	} {
		ev := trigger.Decode(event(c.source, "2026-11-22T19:00:00Z", c.detail), set, now)
		if ev.Objection != "" || ev.Request.Warn != c.want {
			t.Errorf("%s: a warning of %s, want %s; %s", name, ev.Request.Warn, c.want, ev.Objection)
		}
	}
}

func TestARequestTakesTheSettingsOfTheStackAndNeverRaisesMaxInstances(t *testing.T) {
	for detail, want := range map[string]int{`{"target":{"instanceIds":["a"]}}`: 100, `{"target":{"instanceIds":["a"]},"maxInstances":101}`: 100} {
		ev := trigger.Decode(request(detail), stack(), now)
		if r := ev.Request; ev.Objection != "" || r.MaxInstances != want || r.Timeout != 30*time.Minute || r.DryRun {
			t.Errorf("%s: %+v", detail, ev)
		}
	}
}

func TestEveryFieldOfAFilterIsRead(t *testing.T) {
	ev := trigger.Decode(request(`{"target":{"filter":{"zoneId":"z","resourceGroupId":"g","instanceName":"n*","hostname":"h",`+
		`"tagKeys":["k"],"tags":[{"key":"power","value":"nightly"},{"key":"lab","value":""}]}}}`), stack(), now)
	want := &zenlayer.Filter{
		ZoneID: "z", ResourceGroupID: "g", InstanceName: "n*", Hostname: "h", TagKeys: []string{"k"},
		Tags: []zenlayer.Tag{{Key: "power", Value: "nightly"}, {Key: "lab"}},
	}
	if diff := cmp.Diff(want, ev.Request.Target.Filter); diff != "" || ev.Objection != "" {
		t.Error(diff, ev.Objection)
	}
}

func TestAnEventMeetsAnObjectionFromTheSecondThatItIsTooOldAndNeverForBeingEarly(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-22T18:01:00Z":      "",
		"2026-11-22T18:00:59Z":      "time: the event is 1h0m1s old, the limit is 1h0m0s (MaxEventAgeMinutes)",
		"2026-11-22T18:00:59.5Z":    "", // half a second, which no message could tell
		"2026-11-20T19:01:00Z":      "time: the event is 2 days old, the limit is 1h0m0s (MaxEventAgeMinutes)",
		"2026-11-23T04:00:30+09:00": "",
		"2026-11-22T18:30:00.5Z":    "",
		"2031-01-01T00:00:00Z":      "",
	} {
		if ev := trigger.Decode(event("zenstop", at, `{"target":{"instanceIds":["a"]}}`), stack(), now); ev.Objection != want {
			t.Errorf("%s: objection %q, want %q", at, ev.Objection, want)
		}
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
		want := ""
		if skipped {
			want = "2026-11-23 (Asia/Tokyo) is one of SkipDates."
		}
		if ev := trigger.Decode(event("zenstop.schedule", at, ids), s, now); ev.Skipped != want || ev.Objection != "" {
			t.Errorf("%s: skipped %q, objection %q, want skipped %q", at, ev.Skipped, ev.Objection, want)
		}
		if ev := trigger.Decode(event("zenstop", at, ids), s, now); ev.Skipped != "" {
			t.Errorf("%s: a request was skipped", at)
		}
	}
}

func TestAMistakeInAScheduleIsReportedOnASkipDateToo(t *testing.T) {
	ev := trigger.Decode(event("zenstop.schedule", "2026-11-22T19:00:00Z", `{}`), stack(), now)
	if ev.Objection != "detail.target: is required" || ev.Skipped != "" {
		t.Errorf("objection %q, skipped %q", ev.Objection, ev.Skipped)
	}
}

func TestWithoutAKnownTimeZoneTheScheduleMeetsAnObjectionAndRequestsDoNot(t *testing.T) {
	s := stack()
	s.Zone, s.SkipDates = nil, nil
	const detail, want = `{"target":{"instanceIds":["a"]}}`, "the schedule's settings cannot be read; correct them and deploy the stack again: ScheduleTimezone is not a valid IANA time zone"
	if ev := trigger.Decode(event("zenstop.schedule", "2026-11-22T19:00:00Z", detail), s, now); ev.Objection != want || ev.Skipped != "" {
		t.Errorf("objection %q, skipped %q, want %q", ev.Objection, ev.Skipped, want)
	}
	if ev := trigger.Decode(request(detail), s, now); ev.Objection != "" {
		t.Errorf("an objection to a request: %s", ev.Objection)
	}
}

func TestTheTextsOfAnEventAreShortAndPrintableInTheRun(t *testing.T) {
	id, _ := json.Marshal(strings.Repeat("é", 1000) + "\x00") //nolint:errchkjson // a string
	payload := fmt.Appendf(nil, "{\"id\":%s,\"source\":\"zen\\nstop\\u202e\xff\",\"detail-type\":\"x\",\"time\":%s,\"detail\":{}}", id, id)
	got := trigger.Decode(payload, stack(), now).Request.Trigger
	want := runs.Trigger{
		Kind: runs.KindUnknown, ID: strings.Repeat("é", 127) + "…", Name: "zen stop \ufffd", Time: strings.Repeat("é", 39) + "…",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	reason := trigger.Decode(request(`{"target":{"instanceIds":["a"]},"reason":"line\nline\u0007"}`), stack(), now).Request.Trigger.Reason
	if reason != "line line" {
		t.Errorf("reason %q", reason)
	}
}

// Users start from the samples. Some of them meet an objection or are skipped on purpose, and
// their names say so.
func TestEverySampleEventIsWhatItsNameSays(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	s := stack()
	s.Zone, s.SkipDates, s.AlarmTarget = time.UTC, []string{"2026-12-25"}, `{"filter":{"tagKeys":["power"]}}`
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if strings.HasPrefix(name, "status-") || strings.HasPrefix(name, "workflow-") {
			continue // what the workflow sends to the functions: not an event
		}
		payload, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		ev := trigger.Decode(payload, s, now)
		bad := slices.ContainsFunc([]string{"misspelt", "not-new", "suppressed", "muted", "stale"}, func(word string) bool { return strings.Contains(name, word) })
		if (ev.Objection != "") != bad || (ev.Skipped != "") != strings.Contains(name, "skip-date") {
			t.Errorf("%s: objection %q, skipped %q", name, ev.Objection, ev.Skipped)
		}
		if kind, _, _ := strings.Cut(name, "-"); kind != "fixed" && string(ev.Request.Trigger.Kind) != kind {
			t.Errorf("%s: is of kind %s", name, ev.Request.Trigger.Kind)
		}
	}
}
