// Package settings reads the settings of both functions from the environment
// variables that template.yaml and Lambda set. One error names every setting that is
// wrong.
package settings

import (
	"errors"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/trigger"
)

// Common holds the settings of both functions.
type Common struct {
	Endpoint  string // of Zenlayer: see [zenstop/internal/zenlayer.CheckEndpoint]
	SecretARN string // of the secret with the credentials; on a local AWS, its name
	Rules     power.Rules
}

// Shared returns what [Stop] and [Status] have in common.
func (c Common) Shared() Common { return c }

// Stop holds the settings of StopFunction.
type Stop struct {
	Common
	WorkflowARN string
	Trigger     trigger.Settings
	Mornings    runs.Mornings
}

// Status holds the settings of StatusFunction.
type Status struct {
	Common
	Stack string // its name
}

// LoadStop reads the settings of StopFunction. A mistake in a setting must not reach
// further than what the setting is for: with one in AlarmTarget or AlarmNamePrefix only
// the alarms that need it meet an objection, with one in a setting of the schedule only the
// schedule's firings, and with one in a setting of starts nothing is started again, as the
// report of the stop says. The error is about what nothing works without.
func LoadStop(getenv func(string) string) (Stop, error) {
	r, schedule, morning := reader{getenv: getenv}, reader{getenv: getenv}, reader{getenv: getenv}
	common := r.common(schedule.zone(scheduleTimezone))
	s := Stop{
		Common:      common,
		WorkflowARN: r.matching(stopWorkflow, arn),
		Trigger: trigger.Settings{
			MaxInstances:    r.number(maxInstances, 1, 100_000),
			Timeout:         time.Duration(r.number(stopTimeout, 1, 720)) * time.Minute,
			Warn:            time.Duration(schedule.number(warnMinutes, 0, 240)) * time.Minute,
			MaxEventAge:     time.Duration(r.number(maxEventAge, 1, 10_080)) * time.Minute,
			StartTime:       r.get(startTime),
			StartDays:       r.get(startDays),
			SkipDates:       schedule.dates(skipDates),
			Zone:            common.Rules.Zone,
			AlarmNamePrefix: r.get(alarmNamePrefix),
			AlarmTarget:     r.get(alarmTarget),
		},
	}
	s.Mornings = runs.Mornings{StartTime: r.get(startTime), StartDays: r.get(startDays), SkipDates: morning.dates(startSkipDates)}
	s.Trigger.ScheduleMistake, s.Mornings.Mistake = schedule.mistakes(), morning.mistakes()
	return s, errors.Join(r.errs...)
}

// LoadStatus reads the settings of StatusFunction. A zone that is none is no error here
// either: a keep tag that needs it keeps its instance, and a note says why.
func LoadStatus(getenv func(string) string) (Status, error) {
	r, schedule := reader{getenv: getenv}, reader{getenv: getenv}
	s := Status{Common: r.common(schedule.zone(scheduleTimezone)), Stack: r.required(stackName)}
	return s, errors.Join(r.errs...)
}
