package trigger

import (
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"zenstop/internal/runs"
	"zenstop/internal/text"
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
	MuteDetail jsontext.Value `json:"muteDetail"` // there while an alarm mute rule is in force
}

type state struct {
	Value               string         `json:"value"`
	Reason              string         `json:"reason"`
	ActionsSuppressedBy jsontext.Value `json:"actionsSuppressedBy"` // there while a composite alarm's actions are suppressed
}

// metric is one metric of an alarm. A metric that is an expression has no metricStat.
type metric struct {
	MetricStat struct {
		Metric struct {
			Dimensions jsontext.Value `json:"dimensions"`
		} `json:"metric"`
	} `json:"metricStat"`
}

// readAlarm fills in the request from the detail of an alarm. Its target is each
// InstanceId among the dimensions; where there is none, the stack's AlarmTarget.
func readAlarm(raw jsontext.Value, req *runs.Request, s Settings) error {
	var a alarm
	if err := lenient(raw, "detail", &a); err != nil {
		return err
	}
	req.Trigger.Name, req.Trigger.Reason = text.Short(a.AlarmName, maxID), text.Short(a.State.Reason, maxReason)
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

// check objects to an alarm that is not the stack's, that did not just go into the
// state ALARM, or that somebody silenced. The stack's rule lets no such event through; a caller of the
// function can send one.
func (a *alarm) check(prefix string) error {
	if prefix == "" {
		return errors.New("AlarmNamePrefix: is empty, so no alarm may stop instances")
	}
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
	return a.silenced()
}

// silenced objects to an alarm whose actions CloudWatch did not carry out because
// somebody silenced it: CloudWatch sends the event all the same. Where an alarm has
// its actions disabled (ActionsEnabled is false), no field of the event says so.
func (a *alarm) silenced() error {
	if given(a.State.ActionsSuppressedBy) {
		return fmt.Errorf("detail.state.actionsSuppressedBy: is %s (alarm suppressed); "+
			"to stop instances, use an alarm without an actions suppressor, or send a request", text.Cut(string(a.State.ActionsSuppressedBy), maxQuoted))
	}
	if given(a.MuteDetail) {
		return errors.New("detail.muteDetail: is present (alarm muted); " +
			"to stop instances, end the alarm mute rule before the alarm goes off, or send a request")
	}
	return nil
}

// given reports whether a field is there and not null.
func given(v jsontext.Value) bool { return len(v) > 0 && v.Kind() != 'n' }

// ids returns each distinct InstanceId among the dimensions, in their order.
func (a *alarm) ids() ([]string, error) {
	var ids []string
	for i, m := range a.Configuration.Metrics {
		id, err := readDimensions(m.MetricStat.Metric.Dimensions, fmt.Sprintf("detail.configuration.metrics[%d].metricStat.metric.dimensions", i))
		if err != nil {
			return nil, err
		}
		ids = append(ids, id...)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return distinctIDs(ids, "detail.configuration.metrics")
}

// readAlarmTarget reads the stack's setting. It is read here and not when the
// function starts: a mistake in it must not keep schedules and requests from running.
func readAlarmTarget(setting string) (runs.Target, error) {
	if strings.TrimSpace(setting) == "" {
		return runs.Target{}, errors.New("detail.configuration.metrics: has no dimension InstanceId, and the stack has no AlarmTarget; " +
			"give the alarm's metric that dimension, or set AlarmTarget")
	}
	var t target
	if err := strict([]byte(setting), "AlarmTarget", &t); err != nil {
		return runs.Target{}, err
	}
	return t.read("AlarmTarget")
}
