package trigger

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"zenstop/internal/shutdown"
)

// alarm is the part of a CloudWatch Alarm State Change that zenstop reads; AWS
// adds fields as it likes. Source: the AWS page of alarm events and EventBridge.
type alarm struct {
	AlarmName string `json:"alarmName"`
	State     struct {
		Value  string `json:"value"`
		Reason string `json:"reason"`
	} `json:"state"`
	PreviousState struct {
		Value string `json:"value"`
	} `json:"previousState"`
	Configuration struct {
		Metrics []struct {
			MetricStat struct {
				Metric struct {
					Dimensions map[string]string `json:"dimensions"`
				} `json:"metric"`
			} `json:"metricStat"`
		} `json:"metrics"`
	} `json:"configuration"`
}

// readAlarm reads the detail of an alarm: its target is each InstanceId among
// the dimensions, else the stack's AlarmTarget.
func readAlarm(raw []byte, req *shutdown.Request, s Settings) error {
	var a alarm
	if err := json.Unmarshal(raw, &a); err != nil {
		return errors.New("detail: is not that of a CloudWatch alarm")
	}
	req.Trigger.Name, req.Trigger.Reason = tidy(a.AlarmName, 128), tidy(a.State.Reason, maxReason)
	switch {
	case a.State.Value != "ALARM" || a.PreviousState.Value == "" || a.PreviousState.Value == "ALARM":
		return fmt.Errorf("detail.state: the alarm is not newly in ALARM (state %s, before %s)", quote(a.State.Value), quote(a.PreviousState.Value))
	case a.AlarmName == "" || !strings.HasPrefix(a.AlarmName, s.AlarmNamePrefix):
		return fmt.Errorf("detail.alarmName: %s must begin with %q (AlarmNamePrefix)", quote(a.AlarmName), s.AlarmNamePrefix)
	}
	var ids []string
	for _, m := range a.Configuration.Metrics {
		if id, ok := m.MetricStat.Metric.Dimensions["InstanceId"]; ok {
			ids = append(ids, id)
		}
	}
	var err error
	switch {
	case len(ids) > 0:
		req.Target.InstanceIDs, err = checkIDs(ids, "detail.configuration.metrics InstanceId")
	case strings.TrimSpace(s.AlarmTarget) == "":
		err = errors.New("detail.configuration.metrics: no dimension InstanceId, and the stack has no AlarmTarget: set one of them")
	default:
		req.Target, err = readTarget(s.AlarmTarget)
	}
	return err
}

func readTarget(text string) (shutdown.Target, error) {
	var t target
	if err := strict([]byte(`{"target":`+text+`}`), "AlarmTarget", &struct {
		Target *target `json:"target"`
	}{&t}); err != nil {
		return shutdown.Target{}, err
	}
	return t.check("AlarmTarget")
}
