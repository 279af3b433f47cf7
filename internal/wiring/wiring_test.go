package wiring

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"zenstop/internal/runlog"
	"zenstop/internal/runs"
	"zenstop/internal/settings"
)

// environment is a good one of StatusFunction, with one change.
func environment(name, value string) func(string) string {
	all := map[string]string{
		"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "canary",
		"ZENLAYER_ENDPOINT": "https://console.zenlayer.com", "CREDENTIALS_SECRET_ARN": "zenlayer", "PROTECT_TAG_KEY": "protect", "STACK_NAME": "zenstop",
	}
	all[name] = value
	return func(name string) string { return all[name] }
}

func TestAFunctionIsBuiltOfItsSettingsAndTheBase(t *testing.T) {
	var got Base
	_, err := wire(environment("KEEP_TAG_KEY", "keep"), settings.LoadStatus, func(_ settings.Status, b Base) Handler {
		got = b
		return nil
	})
	if r := got.Runner; err != nil || r.API == nil || r.Now == nil || r.Parallel != runs.SideBySide || r.Rules.ProtectTagKey != "protect" || r.Rules.KeepTagKey != "keep" {
		t.Errorf("%+v, %v", r, err)
	}
	if got.AWS.Region != "us-east-1" {
		t.Errorf("clients of AWS are for the region %q", got.AWS.Region)
	}
}

func TestAFunctionIsNotBuiltWhereASettingIsWrongAndTheErrorNamesIt(t *testing.T) {
	for _, name := range []string{"ZENLAYER_ENDPOINT", "CREDENTIALS_SECRET_ARN", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "STACK_NAME"} {
		_, err := wire(environment(name, ""), settings.LoadStatus, func(settings.Status, Base) Handler {
			t.Errorf("without %s the function is built", name)
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestEachLineOfTheLogHasTheVersion(t *testing.T) {
	var log bytes.Buffer
	logger(slog.NewJSONHandler(&log, nil)).InfoContext(runlog.With(t.Context(), "request-1"), "a line")
	if line := log.String(); !strings.Contains(line, `"version":"`+runs.Version+`"`) || !strings.Contains(line, `"run":"request-1"`) {
		t.Error(line)
	}
}
