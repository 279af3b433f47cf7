// Package settings reads the functions' settings from the environment that
// template.yaml gives them, and names every one that is wrong.
package settings

import (
	"errors"
	"time"

	"zenstop/internal/trigger"
)

// Common is what both functions need.
type Common struct {
	Endpoint      string // of Zenlayer: https://host[:port], or http near by
	SecretARN     string // of the credentials; a local AWS gives a name
	ProtectTagKey string // empty: nothing is protected
}

// Stop is what StopFunction needs.
type Stop struct {
	Common
	WorkflowARN string
	Trigger     trigger.Settings
}

// Status is what StatusFunction needs.
type Status struct{ Common }

// LoadStop reads the settings of StopFunction. AlarmTarget is checked where it
// is used: a mistake in it must not keep schedules from running.
func LoadStop(getenv func(string) string) (Stop, error) {
	r := reader{getenv: getenv}
	s := Stop{
		Common:      r.common(),
		WorkflowARN: r.matching(stopWorkflow, arn),
		Trigger: trigger.Settings{
			MaxInstances:    r.number(maxInstances, 100_000),
			Timeout:         time.Duration(r.number(stopTimeout, 720)) * time.Minute,
			MaxEventAge:     time.Duration(r.number(maxEventAge, 10_080)) * time.Minute,
			SkipDates:       r.dates(skipDates),
			Zone:            r.zone(scheduleTimezone),
			AlarmNamePrefix: r.required(alarmNamePrefix),
			AlarmTarget:     r.get(alarmTarget),
		},
	}
	return s, errors.Join(r.errs...)
}

// LoadStatus reads the settings of StatusFunction.
func LoadStatus(getenv func(string) string) (Status, error) {
	r := reader{getenv: getenv}
	s := Status{r.common()}
	return s, errors.Join(r.errs...)
}
