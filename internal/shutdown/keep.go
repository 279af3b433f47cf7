package shutdown

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// longestKeep is how long before its time a keep is believed: an execution that waits
// for it lasts a year at most (AWS page of Step Functions quotas).
const longestKeep = 300 * 24 * time.Hour

var errKeep = errors.New("is no time")

// keepLayouts are the ways to write a time in the keep tag: RFC 3339, and the same
// without seconds and without colons, which not every tag may hold.
var keepLayouts = []string{
	time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z0700",
	"2006-01-02T150405Z07:00", "2006-01-02T1504Z07:00", "2006-01-02T150405Z0700", "2006-01-02T1504Z0700",
}

// keepTime reads the value of a keep tag. A date is the end of that day in zone.
func keepTime(value string, zone *time.Location) (time.Time, error) {
	value = strings.ToUpper(strings.TrimSpace(value))
	if day, err := time.ParseInLocation(time.DateOnly, value, zone); err == nil {
		return endOf(day), nil
	}
	for layout := range slices.Values(keepLayouts) {
		if at, err := time.Parse(layout, value); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errKeep
}

// endOf is the first moment after a day in its time zone. Midnight need not be there:
// where a clock is set forward at that hour, time.Date would give a moment of the day itself.
func endOf(day time.Time) time.Time {
	at := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, day.Location())
	for date := at.Day(); at.Day() == date; {
		at = at.Add(time.Minute)
	}
	return at
}
