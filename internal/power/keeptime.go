package power

import (
	"errors"
	"strings"
	"time"

	"zenstop/internal/text"
)

var (
	errKeep = errors.New("has no time that can be read")
	errZone = errors.New("needs ScheduleTimezone, which is not a valid IANA time zone")
)

// The ways to write the time of a day, also without colons, which not every tag may
// hold, and the ways to write an offset from UTC.
var (
	clocks  = []string{"15:04:05", "15:04", "150405", "1504"}
	offsets = []string{"15:04", "1504", "15"}
)

// keepTime reads the value of a keep tag: a date, which is the whole of that day, or a
// date, a T or a blank, and the time of the day. Without an offset from UTC both are in
// the zone; where that is nil, they cannot be read. What can be read in two ways is the
// later moment, because no machine may be stopped too early.
func keepTime(value string, zone *time.Location) (time.Time, error) {
	value = strings.ToUpper(strings.TrimFunc(value, text.IsBlank))
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return lastShown(day.AddDate(0, 0, 1), false, zone)
	}
	date, clock, offset, err := split(value)
	if err != nil {
		return time.Time{}, err
	}
	wall, err := parse(date, clock, clocks)
	if err != nil {
		return time.Time{}, err
	}
	if offset == "" {
		return lastShown(wall, true, zone)
	}
	ahead, err := readOffset(offset)
	if err != nil {
		return time.Time{}, err
	}
	return wall.Add(-ahead), nil
}

// split takes apart a date, the time of the day and, where there is one, the offset.
func split(value string) (date, clock, offset string, err error) {
	const n = len(time.DateOnly)
	if len(value) <= n || value[n] != 'T' && value[n] != ' ' {
		return "", "", "", errKeep
	}
	date, clock = value[:n], value[n+1:]
	if i := strings.IndexAny(clock, "Z+-"); i >= 0 {
		clock, offset = clock[:i], clock[i:]
	}
	return date, clock, offset, nil
}

// parse reads a date and a time of the day in the first layout that fits, as if the
// clocks were those of UTC.
func parse(date, clock string, layouts []string) (time.Time, error) {
	for _, layout := range layouts {
		if at, err := time.Parse(time.DateOnly+" "+layout, date+" "+clock); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errKeep
}

// readOffset reads how far the clocks are ahead of UTC: Z, or as in +01:00, +0100 and
// +01. The package time would also read +24:00 and +02:60.
func readOffset(offset string) (time.Duration, error) {
	if offset == "Z" {
		return 0, nil
	}
	if offset[0] == 'Z' || len(offset) < len("+01") {
		return 0, errKeep
	}
	at, err := parse("1970-01-01", offset[1:], offsets)
	if err != nil {
		return 0, err
	}
	ahead := time.Duration(at.Unix()) * time.Second
	if offset[0] == '-' {
		return -ahead, nil
	}
	return ahead, nil
}

// farthest is more than the clocks of any zone are away from UTC and the most by which
// they were ever put back, a day, together.
const farthest = 48 * time.Hour

// lastShown is the moment until which the clocks of the zone show a time before wall,
// still or again; inclusive: or wall itself. It goes from one change of the clocks to
// the next, because a time that they leave out is shown at no moment, and one that they
// show twice at two.
func lastShown(wall time.Time, inclusive bool, zone *time.Location) (time.Time, error) {
	if zone == nil {
		return time.Time{}, errZone
	}
	begin, last := wall.Add(-farthest).In(zone), time.Time{}
	for begin.Before(wall.Add(farthest)) {
		_, change := begin.ZoneBounds()
		_, offset := begin.Zone()
		at := wall.Add(time.Duration(-offset) * time.Second)
		if begin.Before(at) || inclusive && begin.Equal(at) {
			last = at
		}
		if change.IsZero() {
			break
		}
		if last.After(change) {
			last = change
		}
		begin = change
	}
	return last.UTC(), nil
}
