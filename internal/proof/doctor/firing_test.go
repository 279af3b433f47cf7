package doctor

import (
	"fmt"
	"math/rand/v2"
	"strconv"
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
		"":                          "neither cron",
		"0 19 * * ? *":              "neither cron",
		"cron(0 19 * * *)":          "has 5 fields, must have 6",
		"cron(0 25 * * ? *)":        "cannot be read",
		"cron(0 9 ? * FRI-MON *)":   "ends before it begins",
		"cron(0 9 ? * 6-2 *)":       "ends before it begins",
		"cron(50-10 9 * * ? *)":     "ends before it begins",
		"cron(0 19,22-5 * * ? *)":   "ends before it begins",
		"cron(0 9 28-3 * ? *)":      "ends before it begins",
		"cron(0 9 ? NOV-FEB 2 *)":   "ends before it begins",
		"cron(0 9 ? JAN,10-3 2 *)":  "ends before it begins",
		"cron(0 9 1 1 ? 2030-2027)": "ends before it begins",
		"rate(0 hours)":             "is no rate",
		"rate(2 fortnights)":        "is no rate",
		"at(tomorrow)":              "is no time",
	} {
		if _, err := readExpression(expression, time.UTC, time.Time{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", expression, err, want)
		}
	}
}

// field is a field of an expression, and what it stands for.
type field struct {
	text string
	has  func(int) bool
}

// anyField makes a field of up to three elements, each a value, a range or a step, for values
// from low to high. Where wrong is true, a range may end before it begins.
func anyField(r *rand.Rand, low, high int, wrong bool) field {
	var texts []string
	var has [100]bool
	for range 1 + r.IntN(3) {
		from, to, step := low+r.IntN(high-low+1), low+r.IntN(high-low+1), 1
		if from > to && !wrong {
			from, to = to, from
		}
		switch r.IntN(4) {
		case 0:
			to = from
			texts = append(texts, strconv.Itoa(from))
		case 1:
			texts = append(texts, fmt.Sprintf("%d-%d", from, to))
		case 2:
			step = 1 + r.IntN(high-1)
			texts = append(texts, fmt.Sprintf("%d-%d/%d", from, to, step))
		case 3:
			to, step = high, 1+r.IntN(high-1)
			texts = append(texts, fmt.Sprintf("%d/%d", from, step))
		}
		for v := from; v <= to; v += step {
			has[v] = true
		}
	}
	return field{strings.Join(texts, ","), func(v int) bool { return has[v] }}
}

// anyDays makes the fields of days: one of both is a question mark.
func anyDays(r *rand.Rand) (ofMonth, ofWeek string, has func(time.Time) bool) {
	last := func(d time.Time) int { return time.Date(d.Year(), d.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day() }
	n, day, month, week := 1+r.IntN(4), r.IntN(7), anyField(r, 1, 31, false), anyField(r, 1, 7, false)
	switch r.IntN(6) {
	case 0:
		return month.text, "?", func(d time.Time) bool { return month.has(d.Day()) }
	case 1:
		return "L", "?", func(d time.Time) bool { return d.Day() == last(d) }
	case 2:
		return "?", fmt.Sprintf("%d#%d", day+1, n), func(d time.Time) bool { return int(d.Weekday()) == day && (d.Day()-1)/7 == n-1 }
	case 3:
		return "?", fmt.Sprintf("%dL", day+1), func(d time.Time) bool { return int(d.Weekday()) == day && d.Day()+7 > last(d) }
	case 4: // the weekday that is nearest to the day, in the same month
		return strconv.Itoa(n+10) + "W", "?", func(d time.Time) bool {
			near := d.AddDate(0, 0, n+10-d.Day())
			switch near.Weekday() {
			case time.Saturday:
				near = near.AddDate(0, 0, -1)
			case time.Sunday:
				near = near.AddDate(0, 0, 1)
			default:
			}
			return near.Day() == d.Day()
		}
	default:
		return "?", week.text, func(d time.Time) bool { return week.has(int(d.Weekday()) + 1) }
	}
}

func TestWhateverExpressionIsReadFiresWhereACalendarSaysSo(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for range 3000 {
		minute, hour, month := anyField(r, 0, 59, false), anyField(r, 0, 23, false), anyField(r, 1, 12, false)
		ofMonth, ofWeek, isDay := anyDays(r)
		expression := fmt.Sprintf("cron(%s %s %s %s %s *)", minute.text, hour.text, ofMonth, month.text, ofWeek)
		fires, err := readExpression(expression, time.UTC, now)
		if err != nil {
			t.Errorf("%s: %v", expression, err)
			continue
		}
		got, want := fires(now), time.Time{}
		for day := now.Truncate(24 * time.Hour); want.IsZero() && day.Year() < 2037; day = day.AddDate(0, 0, 1) {
			if !month.has(int(day.Month())) || !isDay(day) {
				continue
			}
			for at := day; want.IsZero() && at.Day() == day.Day(); at = at.Add(time.Minute) {
				if at.After(now) && hour.has(at.Hour()) && minute.has(at.Minute()) {
					want = at
				}
			}
		}
		if !want.IsZero() && !got.Equal(want) {
			t.Errorf("%s fires next at %s, want %s", expression, got, want)
		}
	}
}

func TestAnExpressionWithRangesThatGoBackIsAnErrorAndNoPanic(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	for range 3000 {
		expression := fmt.Sprintf("cron(%s %s %s %s ? %s)", anyField(r, 0, 59, true).text, anyField(r, 0, 23, true).text, anyField(r, 1, 31, true).text, anyField(r, 1, 12, true).text, "2027")
		if fires, err := readExpression(expression, time.UTC, time.Time{}); err == nil {
			fires(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
		} else if !strings.Contains(err.Error(), "ends before it begins") {
			t.Errorf("%s: %v", expression, err)
		}
	}
}
