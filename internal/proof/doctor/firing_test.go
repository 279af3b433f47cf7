package doctor

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // for systems that have no time zones
)

const wallFormat = "Mon 2006-01-02 15:04 -0700"

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// The expressions are those of the AWS page on schedule types of EventBridge Scheduler, or
// differ from them in a field that it explains.
func TestTheNextFiringsOfAnExpressionAreThoseOfScheduler(t *testing.T) {
	begin := time.Date(2026, 11, 20, 10, 30, 0, 0, time.UTC)
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) // a Sunday
	for expression, want := range map[string][]string{
		"cron(0 19 * * ? *)":               {"Sun 2026-11-22 19:00", "Mon 2026-11-23 19:00", "Tue 2026-11-24 19:00"},
		"cron(15 10 ? * 6L 2026-2027)":     {"Fri 2026-11-27 10:15", "Fri 2026-12-25 10:15", "Fri 2027-01-29 10:15"},
		"cron(0 8 1 * ? *)":                {"Tue 2026-12-01 08:00", "Fri 2027-01-01 08:00", "Mon 2027-02-01 08:00"},
		"cron(0 18 ? * MON-FRI *)":         {"Mon 2026-11-23 18:00", "Tue 2026-11-24 18:00", "Wed 2026-11-25 18:00"},
		"cron(0 18 ? * 2-6 *)":             {"Mon 2026-11-23 18:00", "Tue 2026-11-24 18:00", "Wed 2026-11-25 18:00"},
		"cron(0 9 ? * 2#1 *)":              {"Mon 2026-12-07 09:00", "Mon 2027-01-04 09:00", "Mon 2027-02-01 09:00"},
		"cron(0 9 ? * 1 *)":                {"Sun 2026-11-29 09:00", "Sun 2026-12-06 09:00", "Sun 2026-12-13 09:00"},
		"cron(0 9 ? * 1,7 *)":              {"Sat 2026-11-28 09:00", "Sun 2026-11-29 09:00", "Sat 2026-12-05 09:00"},
		"cron(0 9 ? * L *)":                {"Sat 2026-11-28 09:00", "Sat 2026-12-05 09:00", "Sat 2026-12-12 09:00"},
		"cron(0 9 ? * SUN-TUE *)":          {"Mon 2026-11-23 09:00", "Tue 2026-11-24 09:00", "Sun 2026-11-29 09:00"},
		"cron(0 9 L * ? *)":                {"Mon 2026-11-30 09:00", "Thu 2026-12-31 09:00", "Sun 2027-01-31 09:00"},
		"cron(0 9 5W * ? *)":               {"Fri 2026-12-04 09:00", "Tue 2027-01-05 09:00", "Fri 2027-02-05 09:00"},
		"cron(0/20 22-23,0-5 * * ? *)":     {"Sun 2026-11-22 22:00", "Sun 2026-11-22 22:20", "Sun 2026-11-22 22:40"},
		"cron(0 9 ? JAN,3 MON#2 2027)":     {"Mon 2027-01-11 09:00", "Mon 2027-03-08 09:00"},
		"cron(0 9 1 1 ? 2025)":             nil,
		"at(2026-11-23T07:30:00)":          {"Mon 2026-11-23 07:30"},
		"at(2026-11-22T07:30:00)":          nil,
		"rate(1 day)":                      {"Mon 2026-11-23 10:30", "Tue 2026-11-24 10:30", "Wed 2026-11-25 10:30"},
		"rate(5 hours)":                    {"Sun 2026-11-22 12:30", "Sun 2026-11-22 17:30", "Sun 2026-11-22 22:30"},
		"rate(90 minutes)":                 {"Sun 2026-11-22 13:30", "Sun 2026-11-22 15:00", "Sun 2026-11-22 16:30"},
		" cron( 0   19   *   *   ?   * ) ": {"Sun 2026-11-22 19:00", "Mon 2026-11-23 19:00", "Tue 2026-11-24 19:00"},
	} {
		fires, err := readExpression(expression, time.UTC, begin)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		var got []string
		for at := now; len(got) < 3; {
			if at = fires(at); at.IsZero() {
				break
			}
			got = append(got, at.UTC().Format("Mon 2006-01-02 15:04"))
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("%s\n got %s\nwant %s", expression, strings.Join(got, "; "), strings.Join(want, "; "))
		}
	}
}

func TestAScheduleGoesByTheClocksOfItsZone(t *testing.T) {
	berlin := zoneOf(t, "Europe/Berlin")
	for name, c := range map[string]struct {
		expression, after string
		want              []string
	}{
		"a time that the clocks leave out does not fire": {
			"cron(30 2 * * ? *)", "2027-03-27T12:00:00+01:00",
			[]string{"Mon 2027-03-29 02:30 +0200", "Tue 2027-03-30 02:30 +0200"},
		},
		"a time that they show twice fires once, the first time": {
			"cron(30 2 * * ? *)", "2026-10-24T12:00:00+02:00",
			[]string{"Sun 2026-10-25 02:30 +0200", "Mon 2026-10-26 02:30 +0100"},
		},
		"the hour of the day stays": {
			"cron(0 19 * * ? *)", "2026-10-24T12:00:00+02:00",
			[]string{"Sat 2026-10-24 19:00 +0200", "Sun 2026-10-25 19:00 +0100"},
		},
		"between the two it has fired": {
			"cron(30 2 * * ? *)", "2026-10-25T02:40:00+02:00",
			[]string{"Mon 2026-10-26 02:30 +0100"},
		},
		"one time": {
			"at(2027-07-01T07:30:00)", "2026-10-25T02:40:00+02:00",
			[]string{"Thu 2027-07-01 07:30 +0200"},
		},
	} {
		at, err := time.Parse(time.RFC3339, c.after)
		if err != nil {
			t.Fatal(err)
		}
		fires, err := readExpression(c.expression, berlin, at)
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range c.want {
			if at = fires(at); at.In(berlin).Format(wallFormat) != want {
				t.Errorf("%s: firing %d is %s, want %s", name, i+1, at.In(berlin).Format(wallFormat), want)
			}
		}
	}
}

func TestAnExpressionThatCannotBeReadIsAnErrorThatNamesIt(t *testing.T) {
	for expression, want := range map[string]string{
		"":                        "neither cron",
		"0 19 * * ? *":            "neither cron",
		"cron(0 19 * * *)":        "has 5 fields, must have 6",
		"cron(0 25 * * ? *)":      "cannot be read",
		"cron(0 9 ? * FRI-MON *)": "past SAT",
		"cron(0 9 ? * 6-2 *)":     "past SAT",
		"rate(0 hours)":           "is no rate",
		"rate(2 fortnights)":      "is no rate",
		"at(tomorrow)":            "is no time",
	} {
		if _, err := readExpression(expression, time.UTC, time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", expression, err, want)
		}
	}
}
