package trigger_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// ofType is an event of this source and detail-type.
func ofType(source, detailType, detail string) []byte {
	return fmt.Appendf(nil, `{"id":"e-1","source":%q,"detail-type":%q,"time":"2026-11-22T19:00:00Z","detail":%s}`, source, detailType, detail)
}

func TestARequestToStartIsRead(t *testing.T) {
	ev := trigger.Decode(ofType("zenstop", "Start Instances Requested", `{"target":{"instanceIds":["b","a"]},"reason":"r","dryRun":true,"maxInstances":50,"timeoutMinutes":5}`), stack(), now)
	want := trigger.Event{Request: runs.Request{
		Action:  power.Start,
		Name:    "start-request-e-1",
		Trigger: runs.Trigger{Kind: runs.KindRequest, ID: "e-1", Name: "zenstop", Time: "2026-11-22T19:00:00Z", Reason: "r"},
		Target:  runs.Target{InstanceIDs: []string{"b", "a"}},
		DryRun:  true, MaxInstances: 50, Timeout: 5 * time.Minute,
	}}
	if diff := cmp.Diff(want, ev); diff != "" {
		t.Error(diff)
	}
}

// What an event asks for is in its detail-type alone.
func TestNothingInADetailTurnsAStopIntoAStartOrAStartIntoAStop(t *testing.T) {
	for _, more := range []string{"", `,"action":"start"`, `,"action":"stop"`, `,"detail-type":"Start Instances Requested"`, `,"startAt":"2026-11-23T07:00:00Z"`, `,"startTime":"07:00"`, `,"checkOnly":true`, `,"warnMinutes":5`} {
		detail := `{"target":{"instanceIds":["a"]}` + more + `}`
		for detailType, want := range map[string]power.Action{"Stop Instances Requested": power.Stop, "Start Instances Requested": power.Start} {
			ev := trigger.Decode(ofType("zenstop", detailType, detail), stack(), now)
			if ev.Request.Action != want {
				t.Errorf("%s with %s is a %s", detailType, detail, ev.Request.Action)
			}
			if want == power.Start && (ev.Objection == "") != (more == "") {
				t.Errorf("a start with %s: objection %q", more, ev.Objection)
			}
		}
	}
}

func TestOnlyARequestStarts(t *testing.T) {
	for _, source := range []string{"zenstop.schedule", "aws.cloudwatch", "zenstop2"} {
		ev := trigger.Decode(ofType(source, "Start Instances Requested", `{"target":{"instanceIds":["a"]}}`), stack(), now)
		if !strings.Contains(ev.Objection, "is not an event for zenstop") {
			t.Errorf("%s: objection %q", source, ev.Objection)
		}
	}
}

func TestAStopAndAStartOfTheSameIDAreTwoRuns(t *testing.T) {
	stop := trigger.Decode(ofType("zenstop", "Stop Instances Requested", `{"target":{"instanceIds":["a"]}}`), stack(), now)
	start := trigger.Decode(ofType("zenstop", "Start Instances Requested", `{"target":{"instanceIds":["a"]}}`), stack(), now)
	if stop.Request.Name == start.Request.Name {
		t.Errorf("both are %s", stop.Request.Name)
	}
}

func TestWhenWhatIsStoppedComesBackIsReadFromTheDetailOrOfAScheduleFromTheStack(t *testing.T) {
	at := func(text string) *time.Time {
		when, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return &when
	}
	const schedule, request = "zenstop.schedule", "zenstop"
	for name, c := range map[string]struct {
		source, more string
		startTime    string // of the stack
		at           *time.Time
		morning      *runs.Morning
	}{
		"a request":                          {request, "", "06:00", nil, nil},
		"a time":                             {request, `,"startAt":"2026-11-23T07:00:00+01:00"`, "06:00", at("2026-11-23T06:00:00Z"), nil},
		"a fraction of a second":             {request, `,"startAt":"2026-11-23T07:00:00.5Z"`, "", at("2026-11-23T07:00:01Z"), nil},
		"the last moment":                    {request, `,"startAt":"2027-03-02T19:00:00Z"`, "", at("2027-03-02T19:00:00Z"), nil},
		"a time of the day":                  {request, `,"startTime":"07:00"`, "06:00", nil, &runs.Morning{Clock: "07:00", Days: "MON,FRI"}},
		"and days":                           {request, `,"startTime":"07:00","startDays":"SUN"`, "06:00", nil, &runs.Morning{Clock: "07:00", Days: "SUN"}},
		"a schedule":                         {schedule, "", "06:00", nil, &runs.Morning{Clock: "06:00", Days: "MON,FRI", Stack: true}},
		"a schedule of a stack without one":  {schedule, "", "", nil, nil},
		"a schedule with a time of its own":  {schedule, `,"startAt":"2026-11-23T07:00:00Z"`, "06:00", at("2026-11-23T07:00:00Z"), nil},
		"a schedule with another hour":       {schedule, `,"startTime":"07:00"`, "06:00", nil, &runs.Morning{Clock: "07:00", Days: "MON,FRI"}},
		"a schedule that checks":             {schedule, `,"checkOnly":true`, "06:00", nil, nil},
		"a setting that is no time is kept":  {schedule, "", "6 o'clock", nil, &runs.Morning{Clock: "6 o'clock", Days: "MON,FRI", Stack: true}},
		"a dry run, of which the plan tells": {schedule, `,"dryRun":true`, "06:00", nil, &runs.Morning{Clock: "06:00", Days: "MON,FRI", Stack: true}},
	} {
		set := stack()
		set.StartTime, set.StartDays = c.startTime, "MON,FRI"
		ev := trigger.Decode(ofType(c.source, "Stop Instances Requested", `{"target":{"instanceIds":["a"]}`+c.more+`}`), set, now)
		if ev.Objection != "" {
			t.Errorf("%s: %s", name, ev.Objection)
		}
		if diff := cmp.Diff(c.at, ev.Request.StartAt); diff != "" {
			t.Errorf("%s: startAt %s", name, diff)
		}
		if diff := cmp.Diff(c.morning, ev.Request.Morning); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// A finding of two reviews: the run that starts would have held for more than a year, and AWS
// ends it after 104 days.
func TestAStartIsDueWithin100DaysOfNowAlsoWhereTheTimeOfTheEventLiesAhead(t *testing.T) {
	for start, ok := range map[string]bool{"2027-03-02T19:00:00Z": true, "2027-11-30T07:00:00Z": false} {
		event := `{"id":"e-1","source":"zenstop","detail-type":"Stop Instances Requested","time":"2027-11-29T12:00:00Z","detail":{"target":{"instanceIds":["a"]},"startAt":"` + start + `"}}`
		if ev := trigger.Decode([]byte(event), stack(), now); (ev.Objection == "") != ok {
			t.Errorf("%s: objection %q", start, ev.Objection)
		}
	}
}
