// Package settings reads the functions' settings from the environment that
// template.yaml gives them, and names every one that is wrong.
package settings

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // time zones also where the system has none

	"zenstop/internal/trigger"
	"zenstop/internal/zenlayer"
)

// Common is what both functions need.
type Common struct {
	Endpoint      string // of Zenlayer
	SecretARN     string // of the credentials
	ProtectTagKey string // empty: nothing is protected
}

// Stop is what StopFunction needs.
type Stop struct {
	Common
	WorkflowARN string
	Trigger     trigger.Settings
}

type reader struct {
	getenv func(string) string
	errs   []error
}

// LoadStatus reads the settings of StatusFunction.
func LoadStatus(getenv func(string) string) (Common, error) {
	r := reader{getenv: getenv}
	c := r.common()
	return c, errors.Join(r.errs...)
}

// LoadStop reads the settings of StopFunction. AlarmTarget is checked where it
// is used: a mistake in it must not keep schedules from running.
func LoadStop(getenv func(string) string) (Stop, error) {
	r := reader{getenv: getenv}
	s := Stop{Common: r.common(), WorkflowARN: r.text("STOP_WORKFLOW_ARN"), Trigger: trigger.Settings{
		MaxInstances:    r.number("MAX_INSTANCES", 100000),
		Timeout:         time.Duration(r.number("STOP_TIMEOUT_MINUTES", 720)) * time.Minute,
		MaxEventAge:     time.Duration(r.number("MAX_EVENT_AGE_MINUTES", 10080)) * time.Minute,
		SkipDates:       r.dates("SKIP_DATES"),
		Zone:            r.zone("SCHEDULE_TIMEZONE"),
		AlarmNamePrefix: getenv("ALARM_NAME_PREFIX"),
		AlarmTarget:     getenv("ALARM_TARGET"),
	}}
	return s, errors.Join(r.errs...)
}

func (r *reader) fail(name, rule string) {
	r.errs = append(r.errs, fmt.Errorf("%s: %s", name, rule))
}

func (r *reader) common() Common {
	c := Common{Endpoint: r.text("ZENLAYER_ENDPOINT"), SecretARN: r.text("CREDENTIALS_SECRET_ARN"), ProtectTagKey: r.getenv("PROTECT_TAG_KEY")}
	if _, err := zenlayer.CheckEndpoint(c.Endpoint); c.Endpoint != "" && err != nil {
		r.fail("ZENLAYER_ENDPOINT", err.Error())
	}
	return c
}

func (r *reader) text(name string) string {
	v := r.getenv(name)
	if v == "" {
		r.fail(name, "is not set")
	}
	return v
}

func (r *reader) number(name string, most int) int {
	n, err := strconv.Atoi(r.getenv(name))
	if err != nil || n < 1 || n > most {
		r.fail(name, fmt.Sprintf("%q must be a whole number from 1 to %d", r.getenv(name), most))
	}
	return n
}

func (r *reader) dates(name string) []string {
	var dates []string
	for part := range strings.SplitSeq(r.getenv(name), ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		if _, err := time.Parse(time.DateOnly, part); err != nil {
			r.fail(name, fmt.Sprintf("%q must be a date as 2026-12-25", part))
		}
		dates = append(dates, part)
	}
	return dates
}

func (r *reader) zone(name string) *time.Location {
	zone, err := time.LoadLocation(r.getenv(name))
	if err != nil {
		r.fail(name, fmt.Sprintf("%q must be an IANA time zone such as Europe/Berlin", r.getenv(name)))
		return time.UTC
	}
	return zone
}
