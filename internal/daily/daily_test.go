package daily

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

const every = "MON,TUE,WED,THU,FRI,SAT,SUN"

func in(t *testing.T, zone string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func next(t *testing.T, clock, days, zone, after string, skip ...string) string {
	t.Helper()
	times, err := Parse(clock, days)
	if err != nil {
		t.Fatal(err)
	}
	from, err := time.Parse(time.RFC3339, after)
	if err != nil {
		t.Fatal(err)
	}
	at, ok := times.Next(from, in(t, zone), skip)
	if !ok {
		return "none"
	}
	return at.Format(time.RFC3339)
}

func TestTheNextTimeIsTheFirstOneAfterTheMomentOnADayThatCounts(t *testing.T) {
	for name, c := range map[string]struct{ clock, days, zone, after, skip, want string }{
		"the next morning":                {"07:00", every, "UTC", "2026-11-22T19:00:00Z", "", "2026-11-23T07:00:00Z"},
		"the same day":                    {"07:00", every, "UTC", "2026-11-23T06:59:59Z", "", "2026-11-23T07:00:00Z"},
		"not the moment itself":           {"07:00", every, "UTC", "2026-11-23T07:00:00Z", "", "2026-11-24T07:00:00Z"},
		"by the clocks of the zone":       {"07:00", every, "Europe/Berlin", "2026-11-22T19:00:00Z", "", "2026-11-23T06:00:00Z"},
		"after the weekend":               {"07:00", "MON,TUE,WED,THU,FRI", "Europe/Berlin", "2026-11-20T19:00:00Z", "", "2026-11-23T06:00:00Z"},
		"by the weekday of the zone":      {"07:00", "MON", "Asia/Tokyo", "2026-11-22T19:00:00Z", "", "2026-11-22T22:00:00Z"},
		"after a day to skip":             {"07:00", every, "UTC", "2026-12-24T19:00:00Z", "2026-12-25", "2026-12-26T07:00:00Z"},
		"by the date of the zone to skip": {"07:00", every, "Asia/Tokyo", "2026-12-24T19:00:00Z", "2026-12-25", "2026-12-25T22:00:00Z"},
		"a time that is left out":         {"02:30", every, "Europe/Berlin", "2027-03-27T19:00:00Z", "", "2027-03-28T01:00:00Z"},
		"a time that comes twice":         {"02:30", every, "Europe/Berlin", "2026-10-24T19:00:00Z", "", "2026-10-25T00:30:00Z"},
		"between the two":                 {"02:30", every, "Europe/Berlin", "2026-10-25T01:00:00Z", "", "2026-10-26T01:30:00Z"},
		"midnight that does not exist":    {"00:00", every, "America/Santiago", "2026-09-05T19:00:00Z", "", "2026-09-06T04:00:00Z"},
	} {
		var skip []string
		if c.skip != "" {
			skip = append(skip, c.skip)
		}
		if got := next(t, c.clock, c.days, c.zone, c.after, skip...); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestATimeThatDoesNotComeWithin100DaysIsNone(t *testing.T) {
	var skip []string
	for day := range 102 {
		skip = append(skip, time.Date(2026, 11, 22+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
	}
	if got := next(t, "07:00", every, "UTC", "2026-11-22T06:00:00Z", skip...); got != "none" {
		t.Errorf("all days are skipped: %s", got)
	}
	if got := next(t, "06:00", every, "UTC", "2026-11-22T06:00:00Z", skip[:100]...); got != "2027-03-02T06:00:00Z" {
		t.Errorf("the moment 100 days ahead: %s", got)
	}
	if got := next(t, "06:01", every, "UTC", "2026-11-22T06:00:00Z", skip[:100]...); got != "none" {
		t.Errorf("a minute more than 100 days ahead: %s", got)
	}
	if _, ok := (Times{}).Next(time.Now(), time.UTC, nil); ok {
		t.Error("the zero value has a next time")
	}
}

func TestWhatIsNoTimeOrDayIsAnError(t *testing.T) {
	for _, c := range [][2]string{{"", every}, {"7:00", every}, {"24:00", every}, {"07:60", every}, {"07:00:00", every}, {"+7:00", every}, {"07:00", ""}, {"07:00", "mon"}, {"07:00", "MON,"}, {"07:00", "MON" + strings.Repeat(" ", 58)}, {"07:00", "MO"}, {"07:00", "MON;TUE"}} {
		if times, err := Parse(c[0], c[1]); err == nil {
			t.Errorf("%q on %q is read as %+v", c[0], c[1], times)
		}
	}
	for _, days := range []string{"MON, TUE", "MON,MON", "SUN, MON, TUE, WED, THU, FRI, SAT"} {
		if _, err := Parse("00:00", days); err != nil {
			t.Error(err)
		}
	}
}

// TestInEveryZoneTheNextTimeIsRightAtEveryChangeOfTheClocks asks for times around each change of
// the clocks of each zone from 2024 to 2036. It compares with what the clocks show minute by
// minute, and so shares nothing with the rule.
func TestInEveryZoneTheNextTimeIsRightAtEveryChangeOfTheClocks(t *testing.T) {
	changes := map[[3]int64]bool{} // many zones have the same
	for _, name := range zones(t) {
		zone, err := time.LoadLocation(name)
		if err != nil {
			continue // a file that is no zone
		}
		for at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).In(zone); at.Year() < 2037; {
			_, change := at.ZoneBounds()
			if change.IsZero() {
				break
			}
			at = change
			_, before := change.Add(-time.Second).In(zone).Zone()
			_, after := change.In(zone).Zone()
			if key := [3]int64{change.Unix(), int64(before), int64(after)}; !changes[key] {
				changes[key] = true
				checkChange(t, zone, change)
			}
		}
	}
	if len(changes) < 500 {
		t.Errorf("%d changes of clocks", len(changes))
	}
}

// checkChange asks at some moments around a change for times of the day around it.
func checkChange(t *testing.T, zone *time.Location, change time.Time) {
	t.Helper()
	before, after := change.Add(-time.Minute).In(zone), change.In(zone)
	for _, wall := range []time.Time{before.Add(-time.Hour), before, after, after.Add(31 * time.Minute), after.Add(-31 * time.Minute).UTC()} {
		clock := wall.Format("15:04")
		times, err := Parse(clock, every)
		if err != nil {
			t.Fatal(err)
		}
		for _, from := range []time.Time{change.Add(-20 * time.Hour), change.Add(-2 * time.Minute), change, change.Add(40 * time.Minute)} {
			got, ok := times.Next(from, zone, nil)
			if want := slow(from, zone, int64(60*wall.Hour()+wall.Minute())); !ok || !got.Equal(want) {
				t.Fatalf("%s: %s after %s is %s, want %s", zone, clock, from.In(zone), got.In(zone), want.In(zone))
			}
		}
	}
}

// slow goes on minute by minute until the clocks show the time, in minutes of the day, for the
// first time that day, or have gone past it.
func slow(from time.Time, zone *time.Location, clock int64) time.Time {
	const day = 24 * 60
	shown := func(at time.Time) int64 { // minutes, as the clocks show them
		_, offset := at.In(zone).Zone()
		return (at.Unix() + int64(offset)) / 60
	}
	come := map[int64]bool{} // days on which it has come
	at := from.Add(-27 * time.Hour).Truncate(time.Minute)
	for last := shown(at); ; last = max(last, shown(at)) {
		at = at.Add(time.Minute)
		for d := last / day; d <= shown(at)/day; d++ {
			if wanted := d*day + clock; wanted > last && wanted <= shown(at) && !come[d] {
				if come[d] = true; at.After(from) {
					return at
				}
			}
		}
	}
}

// zones are the names of all zones that this Go knows.
func zones(t *testing.T) []string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = files.Close() })
	var names []string
	for _, f := range files.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}
