// Package settings reads the settings of both functions from the environment
// variables that template.yaml and Lambda set. One error names every setting that is
// wrong.
package settings

import (
	"errors"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/trigger"
)

// Common holds the settings of both functions.
type Common struct {
	Endpoint  string // of Zenlayer: see [zenstop/internal/zenlayer.CheckEndpoint]
	SecretARN string // of the secret with the credentials; on a local AWS, its name
	Rules     shutdown.Rules
}

// Stop holds the settings of StopFunction.
type Stop struct {
	Common
	WorkflowARN string
	Trigger     trigger.Settings
}

// Status holds the settings of StatusFunction.
type Status struct{ Common }

// LoadStop reads the settings of StopFunction. It does not check AlarmTarget: a
// mistake in it must not keep the function from serving schedules and requests, so
// it refuses only the alarms that need it.
func LoadStop(getenv func(string) string) (Stop, error) {
	r := reader{getenv: getenv}
	common := r.common()
	s := Stop{
		Common:      common,
		WorkflowARN: r.matching(stopWorkflow, arn),
		Trigger: trigger.Settings{
			MaxInstances:    r.number(maxInstances, 1, 100_000),
			Timeout:         time.Duration(r.number(stopTimeout, 1, 720)) * time.Minute,
			Warn:            time.Duration(r.number(warnMinutes, 0, 240)) * time.Minute,
			MaxEventAge:     time.Duration(r.number(maxEventAge, 1, 10_080)) * time.Minute,
			SkipDates:       r.dates(skipDates),
			Zone:            common.Rules.Zone,
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
