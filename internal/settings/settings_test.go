package settings_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"zenstop/internal/settings"
)

var good = map[string]string{
	"ZENLAYER_ENDPOINT": "https://console.zenlayer.com", "CREDENTIALS_SECRET_ARN": "arn", "PROTECT_TAG_KEY": "keep",
	"STOP_WORKFLOW_ARN": "arn", "MAX_INSTANCES": "100", "STOP_TIMEOUT_MINUTES": "30", "MAX_EVENT_AGE_MINUTES": "60",
	"SKIP_DATES": "2026-12-25, 2026-12-26", "SCHEDULE_TIMEZONE": "Europe/Berlin", "ALARM_NAME_PREFIX": "zenstop-", "ALARM_TARGET": "{not JSON",
}

func env(change map[string]string) func(string) string {
	all := maps.Clone(good)
	maps.Copy(all, change)
	return func(name string) string { return all[name] }
}

func TestGoodSettingsLoadAlsoWithAMalformedAlarmTarget(t *testing.T) {
	s, err := settings.LoadStop(env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if s.Trigger.Timeout != 30*time.Minute || s.Trigger.MaxEventAge != time.Hour || len(s.Trigger.SkipDates) != 2 || s.Trigger.Zone.String() != "Europe/Berlin" || s.ProtectTagKey != "keep" {
		t.Errorf("%+v", s)
	}
	if _, err := settings.LoadStatus(env(map[string]string{"MAX_INSTANCES": ""})); err != nil {
		t.Errorf("StatusFunction does not need MAX_INSTANCES: %v", err)
	}
}

func TestEveryBadSettingIsNamedInOneError(t *testing.T) {
	bad := map[string]string{
		"ZENLAYER_ENDPOINT": "http://console.zenlayer.com", "CREDENTIALS_SECRET_ARN": "", "STOP_WORKFLOW_ARN": "", "MAX_INSTANCES": "0",
		"STOP_TIMEOUT_MINUTES": "721", "MAX_EVENT_AGE_MINUTES": "soon", "SKIP_DATES": "2026-02-30", "SCHEDULE_TIMEZONE": "Mars/Base",
	}
	_, err := settings.LoadStop(env(bad))
	if err == nil {
		t.Fatal("no error")
	}
	for name := range bad {
		if !strings.Contains(err.Error(), name+": ") {
			t.Errorf("the error does not name %s:\n%v", name, err)
		}
	}
}
