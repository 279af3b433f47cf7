package campaign

import (
	"encoding/json"
	"fmt"
	"time"

	"zenstop/internal/trigger"
)

const (
	maxEventAge = time.Hour
	eventTime   = "2000-01-01T00:00:00Z" // when a bubble of testing/synctest begins
	eventDate   = "2000-01-01"
)

// settings are those of the stack.
func (s *story) settings() trigger.Settings {
	set := trigger.Settings{MaxInstances: s.limit, Timeout: 30 * time.Minute, Warn: s.stackWarn, MaxEventAge: maxEventAge, Zone: time.UTC, AlarmNamePrefix: "zenstop-"}
	if s.alarm() {
		set.Timeout = s.timeout
		if !s.dimensions() {
			set.AlarmTarget = string(encode(s.target()))
		}
	}
	if d := s.dawn; d != nil && d.stack {
		set.StartTime, set.StartDays = d.clock, everyDay
	}
	if s.twist == skipped {
		set.SkipDates = []string{eventDate}
	}
	return set
}

func (s *story) alarm() bool { return s.source == "aws.cloudwatch" }

// dimensions reports whether an alarm names its instances by its metrics.
func (s *story) dimensions() bool { return !s.filter && len(s.fleet) <= 10 }

// event is what EventBridge delivers.
func (s *story) event() []byte {
	envelope := map[string]any{"id": fmt.Sprintf("event-%d", s.seed), "source": s.source, "time": eventTime}
	if s.alarm() {
		envelope["detail-type"], envelope["detail"] = "CloudWatch Alarm State Change", s.alarmDetail()
		return encode(envelope)
	}
	detail := map[string]any{"timeoutMinutes": int(s.timeout / time.Minute), "reason": "campaign", "target": s.target()}
	if s.twist == dryRun {
		detail["dryRun"] = true
	}
	if s.twist == onlyLook {
		detail["checkOnly"] = true
	}
	if s.warnMinutes >= 0 {
		detail["warnMinutes"] = s.warnMinutes
	}
	if s.eventLimit > 0 {
		detail["maxInstances"] = s.eventLimit
	}
	if s.twist == misspelt {
		detail["dryrun"] = true
	}
	s.dawn.tell(detail)
	envelope["detail-type"], envelope["detail"] = "Stop Instances Requested", detail
	if s.starts() {
		envelope["detail-type"] = "Start Instances Requested"
	}
	return encode(envelope)
}

func (s *story) target() map[string]any {
	if !s.filter {
		return map[string]any{"instanceIds": s.asked()}
	}
	filter := map[string]any{"tags": []map[string]string{{"key": groupTag, "value": group}}}
	if s.twist == badZone {
		filter["zoneId"] = "NOWHERE-1"
	}
	if s.twist == nobody {
		filter["tagKeys"] = []string{"unheard-of"}
	}
	return map[string]any{"filter": filter}
}

func (s *story) alarmDetail() map[string]any {
	metrics := []any{}
	if s.dimensions() {
		for _, id := range s.asked() {
			metrics = append(metrics, map[string]any{"metricStat": map[string]any{"metric": map[string]any{"dimensions": map[string]string{"InstanceId": id}}}})
		}
	}
	return map[string]any{
		"alarmName": "zenstop-campaign", "state": map[string]string{"value": "ALARM"}, "previousState": map[string]string{"value": "OK"},
		"configuration": map[string]any{"metrics": metrics},
	}
}

// asked are the ids of the fleet.
func (s *story) asked() []string {
	ids := make([]string, len(s.fleet))
	for i := range s.fleet {
		ids[i] = s.fleet[i].ID
	}
	return ids
}

func encode(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // texts and numbers only
	}
	return text
}
