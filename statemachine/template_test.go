package statemachine

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"zenstop/internal/settings"
)

// template is what the tests look at in template.yaml; CloudFormation's own tags
// (!Ref and so on) stay in the nodes.
type template struct {
	Parameters map[string]struct {
		AllowedPattern        string    `yaml:"AllowedPattern"`
		ConstraintDescription string    `yaml:"ConstraintDescription"`
		Default               yaml.Node `yaml:"Default"`
		Description           string    `yaml:"Description"`
		MaxValue              int       `yaml:"MaxValue"`
	} `yaml:"Parameters"`
	Globals struct {
		Function properties `yaml:"Function"`
	} `yaml:"Globals"`
	Resources map[string]struct {
		Type                string     `yaml:"Type"`
		Condition           string     `yaml:"Condition"`
		DeletionPolicy      string     `yaml:"DeletionPolicy"`
		UpdateReplacePolicy string     `yaml:"UpdateReplacePolicy"`
		Properties          properties `yaml:"Properties"`
	} `yaml:"Resources"`
	Outputs map[string]yaml.Node `yaml:"Outputs"`
}

type properties struct {
	Name                    string               `yaml:"Name"`
	CodeURI                 string               `yaml:"CodeUri"`
	Timeout                 int                  `yaml:"Timeout"`
	MemorySize              int                  `yaml:"MemorySize"`
	DefinitionURI           string               `yaml:"DefinitionUri"`
	DefinitionSubstitutions map[string]yaml.Node `yaml:"DefinitionSubstitutions"`
	Environment             struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	} `yaml:"Environment"`
	LoggingConfig struct {
		LogGroup yaml.Node `yaml:"LogGroup"`
	} `yaml:"LoggingConfig"`
	DashboardBody yaml.Node `yaml:"DashboardBody"`
	LogGroupName  string    `yaml:"LogGroupName"`
	Events        map[string]struct {
		Type       string `yaml:"Type"`
		Properties struct {
			Pattern  pattern `yaml:"Pattern"`
			schedule `yaml:",inline"`
			Input    string `yaml:"Input"`
			delivery `yaml:",inline"`
		} `yaml:"Properties"`
	} `yaml:"Events"`
	schedule `yaml:",inline"`
	Target   struct {
		Arn      yaml.Node `yaml:"Arn"`
		RoleArn  yaml.Node `yaml:"RoleArn"`
		Input    string    `yaml:"Input"`
		delivery `yaml:",inline"`
	} `yaml:"Target"`
	EventPattern   pattern `yaml:"EventPattern"`
	AllowedPattern string  `yaml:"AllowedPattern"`
	Policies       []struct {
		Statement      []statement `yaml:"Statement"` // of a function's or a state machine's own policy
		PolicyDocument struct {    // of a role
			Statement []statement `yaml:"Statement"`
		} `yaml:"PolicyDocument"`
	} `yaml:"Policies"`
	PolicyDocument struct {
		Statement []statement `yaml:"Statement"`
	} `yaml:"PolicyDocument"`
	alarm `yaml:",inline"`
}

// schedule says when a schedule fires.
type schedule struct {
	ScheduleExpressionTimezone yaml.Node `yaml:"ScheduleExpressionTimezone"`
	State                      yaml.Node `yaml:"State"`
	FlexibleTimeWindow         yaml.Node `yaml:"FlexibleTimeWindow"`
}

// delivery says what becomes of an event that the target does not take.
type delivery struct {
	RetryPolicy      yaml.Node `yaml:"RetryPolicy"`
	DeadLetterConfig yaml.Node `yaml:"DeadLetterConfig"`
}

// pattern is the event pattern of a rule.
type pattern struct {
	Account []yaml.Node `yaml:"account"`
	Detail  struct {
		Error []map[string][]string `yaml:"error"`
	} `yaml:"detail"`
}

// statement is a statement of a role's policy, or of a topic's or a queue's.
type statement struct {
	Sid       string                          `yaml:"Sid"`
	Effect    string                          `yaml:"Effect"`
	Action    yaml.Node                       `yaml:"Action"`
	Resource  yaml.Node                       `yaml:"Resource"`
	Condition map[string]map[string]yaml.Node `yaml:"Condition"`
}

func loadTemplate(t *testing.T) template {
	t.Helper()
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var tpl template
	if err := yaml.Unmarshal(text, &tpl); err != nil {
		t.Fatal(err)
	}
	return tpl
}

func TestEverySubstitutionIsGivenAndUsed(t *testing.T) {
	workflow := loadTemplate(t).Resources["StopWorkflow"].Properties
	if workflow.DefinitionURI != "statemachine/stop-instances.asl.json" {
		t.Errorf("StopWorkflow deploys %q", workflow.DefinitionURI)
	}
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`\$\{([^}]*)\}`).FindAllStringSubmatch(string(Definition), -1) {
		used[match[1]] = true
	}
	if got, want := slices.Sorted(maps.Keys(workflow.DefinitionSubstitutions)), slices.Sorted(maps.Keys(used)); !slices.Equal(got, want) || len(want) == 0 {
		t.Errorf("the template gives the substitutions %v, the definition uses %v", got, want)
	}
}

// SAM makes a new version for AutoPublishAlias only where the code changes, and a
// version keeps the settings that it was made with: a changed MaxInstances would
// not apply.
func TestNoAliasOrVersionKeepsAChangedParameterFromApplying(t *testing.T) {
	text, err := os.ReadFile("../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pinned := regexp.MustCompile(`AutoPublish\w*|DeploymentPreference|AWS::Lambda::(Version|Alias)|AWS::StepFunctions::StateMachine(Version|Alias)`)
	if found := pinned.FindAllString(string(text), -1); found != nil {
		t.Errorf("the template has %q", found)
	}
}

func TestParametersAndDefaultsAreThoseOfTheContract(t *testing.T) {
	want := map[string]string{
		"Architecture": "arm64", "AwsEndpointUrl": "", "ZenlayerEndpoint": "https://console.zenlayer.com", "CredentialsSecretArn": "",
		"ScheduleExpression": "cron(0 19 * * ? *)", "ScheduleTimezone": "UTC", "ScheduleState": "DISABLED", "ScheduleTarget": `{"instanceIds":[]}`,
		"SkipDates": "", "WarnMinutes": "0", "WatchScheduleExpression": "", "AlarmNamePrefix": "zenstop-", "AlarmTarget": "", "MaxInstances": "100", "ProtectTagKey": "zenstop-protect", "KeepTagKey": "zenstop-keep-until",
		"StopTimeoutMinutes": "30", "MaxEventAgeMinutes": "60", "QuietHours": "0", "NotificationEmail": "", "LogLevel": "INFO", "LogRetentionDays": "30",
	}
	got := map[string]string{}
	for name, p := range loadTemplate(t).Parameters {
		got[name] = p.Default.Value
		if p.Description == "" {
			t.Errorf("%s has no description", name)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("parameters and defaults\n got %v\nwant %v", got, want)
	}
}

func TestOutputsAreThoseOfTheContract(t *testing.T) {
	want := []string{"CredentialsSecretArn", "DashboardUrl", "FailureQueueUrl", "NotificationTopicArn", "StatusFunctionName", "StopFunctionName", "StopWorkflowArn"}
	if got := slices.Sorted(maps.Keys(loadTemplate(t).Outputs)); !slices.Equal(got, want) {
		t.Errorf("outputs\n got %v\nwant %v", got, want)
	}
}

func TestEachFunctionGetsTheSettingsThatItReads(t *testing.T) {
	tpl := loadTemplate(t)
	for name, read := range map[string]func(func(string) string) error{
		"StopFunction":   func(getenv func(string) string) error { _, err := settings.LoadStop(getenv); return err },
		"StatusFunction": func(getenv func(string) string) error { _, err := settings.LoadStatus(getenv); return err },
	} {
		wanted := map[string]bool{"AWS_ENDPOINT_URL": true} // settings.LoadAWS reads this one
		if err := read(func(variable string) string { wanted[variable] = true; return "" }); err == nil {
			t.Errorf("%s starts without any setting", name)
		}
		given := maps.Clone(tpl.Globals.Function.Environment.Variables)
		maps.Copy(given, tpl.Resources[name].Properties.Environment.Variables)
		if got, want := slices.Sorted(maps.Keys(given)), slices.Sorted(maps.Keys(wanted)); !slices.Equal(got, want) {
			t.Errorf("%s\n gets  %v\n reads %v", name, got, want)
		}
		if _, err := os.Stat(filepath.Join("..", tpl.Resources[name].Properties.CodeURI, "main.go")); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
