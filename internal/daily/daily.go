// Package daily says when a time of the day comes next, on some days of the week, by the clocks
// of a time zone.
package daily

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Ahead is how far ahead a time is looked for. No run holds for longer.
const Ahead = 100 * 24 * time.Hour

const maxDays = 60 // characters

// Times are a time of the day on some days of the week. The zero value has no day.
type Times struct {
	hour, minute int
	days         []time.Weekday
}

// Parse reads a time of the day as HH:MM and days of the week as in MON,TUE, in capitals and 60
// characters at most. The error shows what cannot be read, and the rule.
func Parse(clock, days string) (Times, error) {
	at, err := time.Parse("15:04", clock)
	if err != nil || len(clock) != len("15:04") {
		return Times{}, fmt.Errorf("%.40q must be a time of the day such as 07:00", clock)
	}
	t := Times{hour: at.Hour(), minute: at.Minute()}
	for name := range strings.SplitSeq(days, ",") {
		day := time.Weekday(slices.Index([]string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}, strings.TrimSpace(name)))
		if day < 0 || len(days) > maxDays {
			return Times{}, fmt.Errorf("%.60q must be days of the week such as MON,TUE, in %d characters at most", days, maxDays)
		}
		t.days = append(t.days, day)
	}
	return t, nil
}

// Next is the first such moment after another, on a day whose date, as yyyy-mm-dd, is none of
// those to skip. It reports false where none comes within [Ahead].
func (t Times) Next(after time.Time, zone *time.Location, skip []string) (time.Time, bool) {
	year, month, day := after.In(zone).Date()
	for n := -1; n <= int(Ahead/(24*time.Hour))+1; n++ {
		wall := time.Date(year, month, day+n, t.hour, t.minute, 0, 0, time.UTC)
		if !slices.Contains(t.days, wall.Weekday()) || slices.Contains(skip, wall.Format(time.DateOnly)) {
			continue
		}
		if at := firstShown(wall, zone); at.After(after) {
			return at, !at.After(after.Add(Ahead))
		}
	}
	return time.Time{}, false
}

// farthest is more than the clocks of any zone are away from UTC and the most by which they
// were ever moved, a day, together.
const farthest = 48 * time.Hour

// firstShown is the first moment at which the clocks of the zone show the time wall. A time that
// they leave out is the first moment after the gap, and of one that they show twice it is the
// first.
func firstShown(wall time.Time, zone *time.Location) time.Time {
	begin := wall.Add(-farthest).In(zone)
	for {
		_, change := begin.ZoneBounds()
		_, offset := begin.Zone()
		at := wall.Add(time.Duration(-offset) * time.Second)
		if at.Before(begin) { // the clocks were put forward past it
			return begin.UTC()
		}
		if change.IsZero() || at.Before(change) {
			return at
		}
		begin = change
	}
}
