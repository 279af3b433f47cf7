package settings_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zenstop/internal/power"
	"zenstop/internal/settings"
	"zenstop/internal/trigger"
)

const (
	secretARN   = "arn:aws:secretsmanager:us-east-1:123456789012:secret:zenlayer-AbCdEf"
	workflowARN = "arn:aws:states:us-east-1:123456789012:stateMachine:zenstop-StopWorkflow"
)

// env is a good environment with some changes.
func env(change map[string]string) func(string) string {
	all := map[string]string{
		"STACK_NAME": "zenstop", "ZENLAYER_ENDPOINT": "https://console.zenlayer.com", "CREDENTIALS_SECRET_ARN": secretARN, "PROTECT_TAG_KEY": "protect", "KEEP_TAG_KEY": "keep", "WARN_MINUTES": "15",
		"STOP_WORKFLOW_ARN": workflowARN, "MAX_INSTANCES": "100", "STOP_TIMEOUT_MINUTES": "30", "MAX_EVENT_AGE_MINUTES": "60",
		"SKIP_DATES": "2026-12-25, 2026-12-26", "SCHEDULE_TIMEZONE": "Europe/Berlin", "ALARM_NAME_PREFIX": "zenstop-", "ALARM_TARGET": "{not JSON",
	}
	maps.Copy(all, change)
	return func(name string) string { return all[name] }
}

func TestGoodSettingsLoadEvenWithAMalformedAlarmTarget(t *testing.T) {
	got, err := settings.LoadStop(env(nil))
	if err != nil {
		t.Fatal(err)
	}
	if zone := got.Trigger.Zone.String(); zone != "Europe/Berlin" || got.Rules.Zone != got.Trigger.Zone {
		t.Errorf("zone %s, of keep tags %s", zone, got.Rules.Zone)
	}
	got.Trigger.Zone, got.Rules.Zone = nil, nil
	want := settings.Stop{
		Common:      settings.Common{Endpoint: "https://console.zenlayer.com", SecretARN: secretARN, Rules: power.Rules{ProtectTagKey: "protect", KeepTagKey: "keep"}},
		WorkflowARN: workflowARN,
		Trigger: trigger.Settings{
			MaxInstances: 100, Timeout: 30 * time.Minute, Warn: 15 * time.Minute, MaxEventAge: time.Hour, SkipDates: []string{"2026-12-25", "2026-12-26"},
			AlarmNamePrefix: "zenstop-", AlarmTarget: "{not JSON",
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(power.Rules{})); diff != "" {
		t.Error(diff)
	}
}

func TestOptionalSettingsMayBeEmpty(t *testing.T) {
	empty := map[string]string{"PROTECT_TAG_KEY": "", "KEEP_TAG_KEY": "", "SKIP_DATES": "", "SCHEDULE_TIMEZONE": "", "ALARM_TARGET": ""}
	got, err := settings.LoadStop(env(empty))
	if err != nil || got.Rules.ProtectTagKey != "" || got.Rules.KeepTagKey != "" || got.Trigger.SkipDates != nil || got.Trigger.Zone != time.UTC || got.Trigger.AlarmTarget != "" {
		t.Errorf("%+v, error %v", got, err)
	}
}

func TestStatusFunctionReadsTheCommonSettingsAndTheNameOfTheStack(t *testing.T) {
	asked := map[string]bool{}
	got, err := settings.LoadStatus(func(name string) string { asked[name] = true; return env(nil)(name) })
	if err != nil || got.Endpoint != "https://console.zenlayer.com" || got.SecretARN != secretARN || got.Rules.KeepTagKey != "keep" || got.Stack != "zenstop" {
		t.Errorf("%+v, error %v", got, err)
	}
	want := []string{"CREDENTIALS_SECRET_ARN", "KEEP_TAG_KEY", "PROTECT_TAG_KEY", "SCHEDULE_TIMEZONE", "STACK_NAME", "ZENLAYER_ENDPOINT"}
	if names := slices.Sorted(maps.Keys(asked)); !slices.Equal(names, want) {
		t.Errorf("it reads %v, want %v", names, want)
	}
	if _, err := settings.LoadStatus(env(map[string]string{"ZENLAYER_ENDPOINT": ""})); err == nil {
		t.Error("it starts without an endpoint")
	}
}

func TestABadSettingIsNamedWithItsParameterAndTheRule(t *testing.T) {
	const endpoint = "ZENLAYER_ENDPOINT (from ZenlayerEndpoint): must be https://host or https://host:port (http for loopback and private addresses only)"
	const secret = "CREDENTIALS_SECRET_ARN (from CredentialsSecretArn): must be the ARN of a secret, not the secret itself"
	for _, c := range []struct{ name, value, want string }{
		{"ZENLAYER_ENDPOINT", "", "ZENLAYER_ENDPOINT (from ZenlayerEndpoint): is not set"},
		{"ZENLAYER_ENDPOINT", "http://console.zenlayer.com", endpoint},
		{"ZENLAYER_ENDPOINT", "https://user:canary@console.zenlayer.com", endpoint},
		{"CREDENTIALS_SECRET_ARN", "", "CREDENTIALS_SECRET_ARN (from CredentialsSecretArn): is not set"},
		{"CREDENTIALS_SECRET_ARN", `{"token":"canary"}`, secret},
		{"STOP_WORKFLOW_ARN", "StopWorkflow", "STOP_WORKFLOW_ARN (from the template itself): must be an ARN"},
		{"STOP_WORKFLOW_ARN", "arn:", "STOP_WORKFLOW_ARN (from the template itself): must be an ARN"},
		{"STOP_WORKFLOW_ARN", "arn:aws: states", "STOP_WORKFLOW_ARN (from the template itself): must be an ARN"},
		{"MAX_INSTANCES", "", "MAX_INSTANCES (from MaxInstances): is not set"},
		{"MAX_INSTANCES", "0", `MAX_INSTANCES (from MaxInstances): "0" must be a whole number from 1 to 100000`},
		{"MAX_INSTANCES", "100001", `MAX_INSTANCES (from MaxInstances): "100001" must be a whole number from 1 to 100000`},
		{"STOP_TIMEOUT_MINUTES", "721", `STOP_TIMEOUT_MINUTES (from StopTimeoutMinutes): "721" must be a whole number from 1 to 720`},
		{"STOP_TIMEOUT_MINUTES", "0.5", `STOP_TIMEOUT_MINUTES (from StopTimeoutMinutes): "0.5" must be a whole number from 1 to 720`},
		{"MAX_EVENT_AGE_MINUTES", "10081", `MAX_EVENT_AGE_MINUTES (from MaxEventAgeMinutes): "10081" must be a whole number from 1 to 10080`},
		{"MAX_EVENT_AGE_MINUTES", "soon", `MAX_EVENT_AGE_MINUTES (from MaxEventAgeMinutes): "soon" must be a whole number from 1 to 10080`},
	} {
		_, err := settings.LoadStop(env(map[string]string{c.name: c.value}))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s=%s\n got %v\nwant %s", c.name, c.value, err, c.want)
		}
	}
}

func TestAValueAtItsLimitIsAccepted(t *testing.T) {
	for name, values := range map[string][]string{
		"MAX_INSTANCES": {"1", "100000"}, "STOP_TIMEOUT_MINUTES": {"1", "720"}, "MAX_EVENT_AGE_MINUTES": {"1", "10080"},
		"WARN_MINUTES": {"0", "240"}, "SKIP_DATES": {"2028-02-29", " 2026-12-25 ,", ","}, "SCHEDULE_TIMEZONE": {"America/Argentina/Buenos_Aires"},
		"ZENLAYER_ENDPOINT": {"http://127.0.0.1:8080", "http://172.17.0.1:9"}, "CREDENTIALS_SECRET_ARN": {"CredentialsSecret-1a2b", "team/zenlayer"},
	} {
		for _, value := range values {
			if set, err := settings.LoadStop(env(map[string]string{name: value})); err != nil || set.Trigger.ScheduleMistake != "" {
				t.Errorf("%s=%s: %v, %s", name, value, err, set.Trigger.ScheduleMistake)
			}
		}
	}
}

func TestEveryBadSettingIsNamedInOneError(t *testing.T) {
	_, err := settings.LoadStop(func(string) string { return "" })
	if err == nil {
		t.Fatal("no error")
	}
	want := []string{"ZENLAYER_ENDPOINT", "CREDENTIALS_SECRET_ARN", "STOP_WORKFLOW_ARN", "MAX_INSTANCES", "STOP_TIMEOUT_MINUTES", "MAX_EVENT_AGE_MINUTES"}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%v", len(lines), len(want), err)
	}
	for i, name := range want {
		if !strings.HasPrefix(lines[i], name+" ") {
			t.Errorf("line %d is %q, want one on %s", i+1, lines[i], name)
		}
	}
}
