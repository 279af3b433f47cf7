package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/cronexpr"
)

// firings says when a schedule fires next after a time; the zero time stands for never.
type firings func(after time.Time) time.Time

// readExpression reads an expression of EventBridge Scheduler. A rate counts from begin.
// Source: the AWS page "Schedule types in EventBridge Scheduler".
func readExpression(expression string, zone *time.Location, begin time.Time) (firings, error) {
	kind, inside, _ := strings.Cut(strings.TrimSuffix(strings.TrimSpace(expression), ")"), "(")
	switch kind {
	case "cron":
		return readCron(inside, zone)
	case "rate":
		return readRate(inside, begin)
	case "at":
		wall, err := time.Parse("2006-01-02T15:04:05", inside)
		if err != nil {
			return nil, fmt.Errorf("%.40q is no time such as 2026-11-22T19:00:00", inside)
		}
		return func(after time.Time) time.Time {
			if at, shown := inZone(wall, zone); shown && at.After(after) {
				return at
			}
			return time.Time{}
		}, nil
	}
	return nil, fmt.Errorf("%.80q is neither cron(…) nor rate(…) nor at(…)", expression)
}

// readRate reads a rate such as "2 hours". Scheduler counts a day as 24 hours.
func readRate(inside string, begin time.Time) (firings, error) {
	value, unit, _ := strings.Cut(strings.TrimSpace(inside), " ")
	units := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}
	n, err := strconv.ParseInt(value, 10, 32)
	every := time.Duration(n) * units[strings.TrimSuffix(strings.TrimSpace(unit), "s")]
	if err != nil || every <= 0 {
		return nil, fmt.Errorf("%.40q is no rate such as 2 hours", inside)
	}
	return func(after time.Time) time.Time {
		return begin.Add(every * (max(-1, after.Sub(begin)/every) + 1))
	}, nil
}

// mostTries bounds how many times of a row the clocks may leave out.
const mostTries = 100

// readCron reads the six fields of a cron expression. They are matched with the clocks of
// the zone, as Scheduler does it: a time that these leave out does not fire, and one that
// they show twice fires once. Source: the AWS page on daylight saving time of Scheduler.
func readCron(inside string, zone *time.Location) (firings, error) {
	fields := strings.Fields(inside)
	if len(fields) != 6 {
		return nil, fmt.Errorf("cron(%.60s) has %d fields, must have 6", inside, len(fields))
	}
	fields[4] = fromZero(fields[4])
	for i := range fields {
		fields[i] = between.ReplaceAllStringFunc(fields[i], single)
	}
	if slices.ContainsFunc(fields, goesBack) {
		return nil, fmt.Errorf("cron(%.60s) has a range that ends before it begins, which is not worked out here", inside)
	}
	cron, err := cronexpr.Parse(strings.Join(fields, " "))
	if err != nil {
		return nil, fmt.Errorf("cron(%.60s) cannot be read: %w", inside, err)
	}
	return func(after time.Time) time.Time {
		wall := wallOf(after, zone)
		for range mostTries {
			if wall = cron.Next(wall); wall.IsZero() {
				break
			}
			if at, shown := inZone(wall, zone); shown && at.After(after) {
				return at
			}
		}
		return time.Time{}
	}, nil
}

var (
	dayNumber = regexp.MustCompile(`(^|[,-])([1-7])`) // and not what stands behind # or /
	between   = regexp.MustCompile(`(\w+)-(\w+)(/\d+)?`)
	numbers   = map[string]int{
		"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6,
		"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	}
)

// fromZero counts the days of the week from SUN as 0, and not from 1 as AWS does. L alone
// is the last day of a week, SAT.
func fromZero(days string) string {
	if strings.EqualFold(days, "L") {
		return "6"
	}
	return dayNumber.ReplaceAllStringFunc(days, func(s string) string {
		return s[:len(s)-1] + string(s[len(s)-1]-1)
	})
}

// single makes 1-1 a 1: the library takes a range of SUN alone for the whole week.
func single(r string) string {
	if part := between.FindStringSubmatch(r); part[1] == part[2] {
		return part[1]
	}
	return r
}

// goesBack reports whether a field has a range that ends before it begins, such as 22-5 or
// NOV-FEB. The page of AWS does not say what that means.
func goesBack(field string) bool {
	return slices.ContainsFunc(between.FindAllStringSubmatch(field, -1), func(r []string) bool {
		return number(r[1]) > number(r[2])
	})
}

func number(s string) int {
	if n, ok := numbers[strings.ToLower(s)]; ok {
		return n
	}
	n, _ := strconv.Atoi(s)
	return n
}

// wallOf is what the clocks of the zone show at a time, as a time of UTC.
func wallOf(at time.Time, zone *time.Location) time.Time {
	_, offset := at.In(zone).Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

// inZone is the first time at which the clocks of the zone show wall; not shown: they leave
// it out.
func inZone(wall time.Time, zone *time.Location) (at time.Time, shown bool) {
	at = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	if begin, _ := at.ZoneBounds(); !begin.IsZero() { // the clocks may have been put back just before
		_, now := at.Zone()
		_, before := begin.Add(-time.Second).In(zone).Zone()
		if earlier := at.Add(time.Duration(now-before) * time.Second); before > now && earlier.Before(begin) {
			at = earlier
		}
	}
	return at, wallOf(at, zone).Equal(wall)
}
