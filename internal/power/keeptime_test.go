package power

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func zoneNamed(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestAKeepTimeCanBeWrittenInTheseWays(t *testing.T) {
	const berlin, apia, santiago = "Europe/Berlin", "Pacific/Apia", "America/Santiago"
	for value, c := range map[string]struct{ zone, want string }{
		"2026-11-24T22:00:00Z":      {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24t22:00:00z":      {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24 22:00:00Z":      {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T22:00:00.5Z":    {berlin, "2026-11-24T22:00:00.5Z"},
		"2026-11-24T22:00:00+01:00": {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24T22:00Z":         {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24 22:00Z":         {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T22:00+0100":     {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24T22:00+02":       {berlin, "2026-11-24T20:00:00Z"},
		"2026-11-24 2200-02":        {berlin, "2026-11-25T00:00:00Z"},
		"2026-11-24T220000Z":        {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T2200Z":          {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T2200+0530":      {berlin, "2026-11-24T16:30:00Z"},
		"2026-11-24T2200-11:00":     {berlin, "2026-11-25T09:00:00Z"},
		"2026-11-24T22:00-00:00":    {berlin, "2026-11-24T22:00:00Z"},

		"2026-11-24T22:00":    {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24 22:00":    {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24t22:00:30": {berlin, "2026-11-24T21:00:30Z"},
		"2026-11-24  22:00":   {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24 9:00":     {berlin, "2026-11-24T08:00:00Z"},
		"2026-11-24 22:00:30": {berlin, "2026-11-24T21:00:30Z"},
		"2026-11-24T2200":     {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24 220030":   {berlin, "2026-11-24T21:00:30Z"},
		"2026-10-25T02:30":    {berlin, "2026-10-25T01:30:00Z"}, // comes twice: the second one
		"2026-10-25T02:00":    {berlin, "2026-10-25T01:00:00Z"},
		"2026-10-25T03:00":    {berlin, "2026-10-25T02:00:00Z"},
		"2026-03-29T02:30":    {berlin, "2026-03-29T01:00:00Z"}, // is left out: the first moment after the gap

		"2026-11-24": {berlin, "2026-11-24T23:00:00Z"},
		"2026-03-29": {berlin, "2026-03-29T22:00:00Z"}, // 23 hours
		"2026-10-25": {berlin, "2026-10-25T23:00:00Z"}, // 25 hours
		"2026-12-31": {"UTC", "2027-01-01T00:00:00Z"},
		"2028-02-29": {"UTC", "2028-03-01T00:00:00Z"},
		"2011-12-29": {apia, "2011-12-30T10:00:00Z"}, // the next day was left out
		"2011-12-30": {apia, "2011-12-30T10:00:00Z"}, // was left out itself
		"2011-12-31": {apia, "2011-12-31T10:00:00Z"},
		"2026-09-05": {santiago, "2026-09-06T04:00:00Z"},             // the next day begins at 01:00
		"2026-09-06": {santiago, "2026-09-07T03:00:00Z"},             // begins at 01:00
		"2026-04-04": {santiago, "2026-04-05T04:00:00Z"},             // from midnight back to 23:00
		"2026-10-31": {"America/Havana", "2026-11-01T04:00:00Z"},     // the next day begins twice: its first midnight
		"1844-12-31": {"Asia/Manila", "1844-12-31T15:56:08Z"},        // was left out, for the date line was moved
		"1867-10-18": {"America/Juneau", "1867-10-19T08:57:41Z"},     // came twice: the second one
		"9999-12-31": {"Pacific/Kiritimati", "9999-12-31T10:00:00Z"}, // the last one
		"0000-01-01": {"UTC", "0000-01-02T00:00:00Z"},                // the first one
	} {
		got, err := keepTime(value, zoneNamed(t, c.zone))
		if err != nil || got.UTC().Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q in %s: %s, %v; want %s", value, c.zone, got.UTC().Format(time.RFC3339Nano), err, c.want)
		}
	}
}

func TestAnythingElseIsNoKeepTime(t *testing.T) {
	for _, value := range []string{
		"", "tomorrow", "2026-13-01", "2026-02-29", "2026-02-29T22:00", "24.11.2026", "1795557600", "20261124", "20261124T2200Z", "2026-11-2",
		"2026-11-24T", "2026-11-24TZ", "2026-11-24Z", "2026-11-24T22", "2026-11-24T22Z", "2026-11-24_2200", "2026-11-2422:00",
		"2026-11-24T25:00Z", "2026-11-24T24:00:00Z", "2026-11-24T24:00", "2026-11-24T22:60", "2026-11-24T23:59:60Z", "2026-11-24T22:00 Uhr", "2026-11-24T22:00ZZ",
		"2026-11-24T22:00+", "2026-11-24T22:00+1", "2026-11-24T22:00+010", "2026-11-24T22:00+01:00:00", "2026-11-24T22:00+24:00", "2026-11-24T22:00+02:60",
		"2026-11-24T22:00+-1:00", "2026-11-24T22:00 CET", "2026-11-24T10PM", "2026-11-24/2026-11-25", "2026-11-24T22:00:00,", "2026-11-24T22:00.5Z",
	} {
		if got, err := keepTime(value, time.UTC); err == nil {
			t.Errorf("%q is read as %s", value, got)
		}
	}
}

func TestWithoutATimeZoneOnlyAKeepTimeWithAnOffsetCanBeRead(t *testing.T) {
	for value, reads := range map[string]bool{
		"2026-11-24T2200Z": true, "2026-11-24 22:00+02": true, "2026-11-24": false, "2026-11-24T22:00": false, "tomorrow": false,
	} {
		if got, err := keepTime(value, nil); (err == nil) != reads {
			t.Errorf("%q is read as %s, %v", value, got, err)
		}
	}
}

// change is a moment at which the clocks of a zone are put forward or back.
type change struct {
	at   time.Time
	zone *time.Location
}

// changes are those of all zones of IANA from 2024 to 2036. The names are in the file
// that Go ships, and the package time shows them nowhere.
func changes(t *testing.T) []change {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	names, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer names.Close()
	var all []change
	for _, f := range names.File {
		if strings.HasSuffix(f.Name, "/") {
			continue
		}
		zone := zoneNamed(t, f.Name)
		_, at := time.Date(2024, 1, 1, 0, 0, 0, 0, zone).ZoneBounds()
		for ; !at.IsZero() && at.Year() < 2037; _, at = at.ZoneBounds() {
			all = append(all, change{at, zone})
		}
	}
	if len(names.File) < 500 || len(all) < 2000 {
		t.Fatalf("%d zones with %d changes", len(names.File), len(all))
	}
	return all
}

// wall is what the clocks of a zone show, as if it were UTC.
func wall(at time.Time) time.Time {
	_, offset := at.Zone()
	return at.Add(time.Duration(offset) * time.Second).UTC()
}

// around are moments from two days before a change to two days after it, a quarter of
// an hour apart, with those right before and after the change.
func (c change) around() []time.Time {
	var all []time.Time
	for at := c.at.Add(-48 * time.Hour); at.Before(c.at.Add(48 * time.Hour)); at = at.Add(15 * time.Minute) {
		if at.Equal(c.at) {
			all = append(all, at.Add(-1))
		}
		all = append(all, at)
	}
	return all
}

func TestADateKeepsTheWholeDayAndNothingElseAtEveryChangeOfClocksInEveryZone(t *testing.T) {
	for _, c := range changes(t) {
		moments := c.around()
		for day := -1; day <= 1; day++ {
			date := wall(c.at).AddDate(0, 0, day).Truncate(24 * time.Hour)
			tomorrow := date.AddDate(0, 0, 1)
			end, err := keepTime(date.Format(time.DateOnly), c.zone)
			if err != nil {
				t.Fatal(err)
			}
			if end = end.In(c.zone); wall(end).Before(tomorrow) || !wall(end.Add(-1)).Before(tomorrow) {
				t.Errorf("%s: the keep of %s ends at %s, which is not the first moment after that day", c.zone, date.Format(time.DateOnly), end)
			}
			for _, at := range moments {
				if over := !at.Before(end); over && wall(at).Before(tomorrow) {
					t.Errorf("%s: the keep of %s ends at %s, and at %s it is that day still or again", c.zone, date.Format(time.DateOnly), end, at)
					break
				}
			}
		}
	}
}

func TestALocalKeepTimeIsTheLastMomentThatShowsItAtEveryChangeOfClocksInEveryZone(t *testing.T) {
	for _, c := range changes(t) {
		last := map[time.Time]time.Time{} // by what the clocks show
		for _, at := range c.around() {
			last[wall(at)] = at
		}
		for shown := wall(c.at.Add(-1)).Add(1 - 4*time.Hour); shown.Before(wall(c.at).Add(4 * time.Hour)); shown = shown.Add(15 * time.Minute) {
			want, ok := last[shown]
			if !ok {
				want = c.at // the clocks leave it out
			}
			got, err := keepTime(shown.Format("2006-01-02T15:04:05"), c.zone)
			if err != nil || !got.Equal(want) {
				t.Errorf("%s: %s is read as %s, %v; want %s", c.zone, shown, got.In(c.zone), err, want)
			}
		}
	}
}

func FuzzKeepTime(f *testing.F) {
	for _, value := range []string{"2026-11-24T2200Z", "2026-11-24", "2026-11-24 22:00:00.25+02", "2026-09-06T00:30", "tomorrow", "\u0130", "2026-11-24T22:00-23:59"} {
		f.Add(value, int64(1795557600), int16(330), uint8(3))
	}
	santiago, err := time.LoadLocation("America/Santiago")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, value string, seconds int64, minutes int16, blank uint8) {
		for _, zone := range []*time.Location{nil, time.UTC, santiago} {
			plain, err := keepTime(value, zone)
			blanks := []string{"", " ", "\t", "\r\n", "\u00a0"}[blank%5]
			if spaced, err2 := keepTime(blanks+value+blanks, zone); !spaced.Equal(plain) || (err == nil) != (err2 == nil) {
				t.Errorf("%q is read as %s, and with blanks around it as %s", value, plain, spaced)
			}
		}
		at := time.Unix(seconds%(1<<37), 0).In(time.FixedZone("", int(minutes%1440)*60))
		if year := at.Year(); year < 1 || year > 9998 {
			return
		}
		for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05Z0700", "2006-01-02t150405Z07:00"} {
			if got, err := keepTime(at.Format(layout), nil); err != nil || !got.Equal(at) {
				t.Errorf("%s is read as %s, %v", at.Format(layout), got, err)
			}
		}
	})
}
