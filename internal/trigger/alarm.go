package trigger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/shutdown"
)

// alarm holds the fields of a CloudWatch Alarm State Change that zenstop reads.
// Unknown fields are ignored here, because AWS adds some from time to time.
// Source: the AWS page "Alarm events and EventBridge".
type alarm struct {
	AlarmName     string `json:"alarmName"`
	State         state  `json:"state"`
	PreviousState state  `json:"previousState"`
	Configuration struct {
		Metrics []metric `json:"metrics"`
	} `json:"configuration"`
}

type state struct {
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// metric is one metric of an alarm. A metric that is an expression has no metricStat.
type metric struct {
	MetricStat struct {
		Metric struct {
			Dimensions struct {
				InstanceID *string `json:"InstanceId"`
			} `json:"dimensions"`
		} `json:"metric"`
	} `json:"metricStat"`
}

// readAlarm fills in the request from the detail of an alarm. Its target is each
// InstanceId among the dimensions; where there is none, the stack's AlarmTarget.
func readAlarm(raw jsontext.Value, req *shutdown.Request, s Settings) error {
	var a alarm
	if err := lenient(raw, "detail", &a); err != nil {
		return err
	}
	req.Trigger.Name, req.Trigger.Reason = tidy(a.AlarmName, maxID), tidy(a.State.Reason, maxReason)
	if err := a.check(s.AlarmNamePrefix); err != nil {
		return err
	}
	ids, err := a.ids()
	if err == nil && len(ids) == 0 {
		req.Target, err = readAlarmTarget(s.AlarmTarget)
		return err
	}
	req.Target.InstanceIDs = ids
	return err
}

// check refuses an alarm that is not the stack's, or that did not just go into
// the state ALARM. The stack's rule lets no such event through; a caller of the
// function can send one.
func (a *alarm) check(prefix string) error {
	if a.AlarmName == "" {
		return errors.New("detail.alarmName: is missing")
	}
	if !strings.HasPrefix(a.AlarmName, prefix) {
		return fmt.Errorf("detail.alarmName: %s must begin with %q (AlarmNamePrefix)", quote(a.AlarmName), prefix)
	}
	if a.State.Value != "ALARM" {
		return fmt.Errorf(`detail.state.value: is %s, must be "ALARM" (alarm not newly in ALARM)`, quote(a.State.Value))
	}
	if a.PreviousState.Value == "" || a.PreviousState.Value == "ALARM" {
		return fmt.Errorf("detail.previousState.value: is %s, must be another state (alarm not newly in ALARM)", quote(a.PreviousState.Value))
	}
	return nil
}

// ids returns each distinct InstanceId among the dimensions, in their order.
func (a *alarm) ids() ([]string, error) {
	var ids []string
	for i, m := range a.Configuration.Metrics {
		id := m.MetricStat.Metric.Dimensions.InstanceID
		if id == nil {
			continue
		}
		if err := checkID(*id, fmt.Sprintf("detail.configuration.metrics[%d].metricStat.metric.dimensions.InstanceId", i)); err != nil {
			return nil, err
		}
		ids = append(ids, *id)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return checkIDs(ids, "detail.configuration.metrics")
}

// readAlarmTarget reads the stack's setting. It is read here and not when the
// function starts: a mistake in it must not keep schedules and requests from running.
func readAlarmTarget(setting string) (shutdown.Target, error) {
	if strings.TrimSpace(setting) == "" {
		return shutdown.Target{}, errors.New("detail.configuration.metrics: has no dimension InstanceId, and the stack has no AlarmTarget; " +
			"give the alarm's metric that dimension, or set AlarmTarget")
	}
	var t target
	if err := strict([]byte(setting), "AlarmTarget", &t); err != nil {
		return shutdown.Target{}, err
	}
	return t.read("AlarmTarget")
}
