package shutdown

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestAKeepTimeCanBeWrittenInTheseWays(t *testing.T) {
	zone := func(name string) *time.Location {
		z, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	berlin, apia, santiago := zone("Europe/Berlin"), zone("Pacific/Apia"), zone("America/Santiago")
	for value, c := range map[string]struct {
		zone *time.Location
		want string
	}{
		"2026-11-24T22:00:00Z":      {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24t22:00:00z":      {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T22:00:00.5Z":    {berlin, "2026-11-24T22:00:00.5Z"},
		"2026-11-24T22:00:00+01:00": {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24T22:00Z":         {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T22:00+0100":     {berlin, "2026-11-24T21:00:00Z"},
		"2026-11-24T220000Z":        {berlin, "2026-11-24T22:00:00Z"},
		"2026-11-24T2200Z":          {berlin, "2026-11-24T22:00:00Z"},
		" 2026-11-24T2200+0530 ":    {berlin, "2026-11-24T16:30:00Z"},
		"2026-11-24T2200-11:00":     {berlin, "2026-11-25T09:00:00Z"},
		"2026-11-24":                {berlin, "2026-11-24T23:00:00Z"},
		"2026-03-29":                {berlin, "2026-03-29T22:00:00Z"}, // 23 hours
		"2026-10-25":                {berlin, "2026-10-25T23:00:00Z"}, // 25 hours
		"2026-12-31":                {time.UTC, "2027-01-01T00:00:00Z"},
		"2028-02-29":                {time.UTC, "2028-03-01T00:00:00Z"},
		"2011-12-29":                {apia, "2011-12-30T10:00:00Z"},     // the next day was left out
		"2026-09-05":                {santiago, "2026-09-06T04:00:00Z"}, // the next day begins at 01:00
	} {
		got, err := keepTime(value, c.zone)
		if err != nil || got.UTC().Format(time.RFC3339Nano) != c.want {
			t.Errorf("%q: %s, %v; want %s", value, got.UTC().Format(time.RFC3339Nano), err, c.want)
		}
	}
}

func TestAnythingElseIsNoKeepTime(t *testing.T) {
	for _, value := range []string{
		"", "tomorrow", "2026-11-24T22:00:00", "2026-11-24T2200", "2026-13-01", "2026-02-29", "2026-11-24T25:00Z", "24.11.2026", "2026-11-24 22:00Z", "1795557600",
	} {
		if got, err := keepTime(value, time.UTC); err == nil {
			t.Errorf("%q is read as %s", value, got)
		}
	}
}
