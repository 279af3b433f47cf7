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
		Type                  string    `yaml:"Type"`
		MaxLength             int       `yaml:"MaxLength"`
		AllowedValues         []string  `yaml:"AllowedValues"`
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
			Pattern      pattern   `yaml:"Pattern"`
			EventBusName yaml.Node `yaml:"EventBusName"`
			RoleArn      yaml.Node `yaml:"RoleArn"`
			schedule     `yaml:",inline"`
			Input        string `yaml:"Input"`
			delivery     `yaml:",inline"`
		} `yaml:"Properties"`
	} `yaml:"Events"`
	schedule `yaml:",inline"`
	Target   struct {
		Arn      yaml.Node `yaml:"Arn"`
		RoleArn  yaml.Node `yaml:"RoleArn"`
		Input    string    `yaml:"Input"`
		delivery `yaml:",inline"`
	} `yaml:"Target"`
	EventPattern   pattern   `yaml:"EventPattern"`
	AllowedPattern string    `yaml:"AllowedPattern"`
	EventBusName   yaml.Node `yaml:"EventBusName"`
	SecretString   string    `yaml:"SecretString"`
	RoleName       string    `yaml:"RoleName"`
	FilterPattern  string    `yaml:"FilterPattern"`
	RoleArn        yaml.Node `yaml:"RoleArn"`
	Role           yaml.Node `yaml:"Role"`
	Targets        []struct {
		RoleArn          yaml.Node `yaml:"RoleArn"`
		Arn              yaml.Node `yaml:"Arn"`
		DeadLetterConfig yaml.Node `yaml:"DeadLetterConfig"`
	} `yaml:"Targets"`
	AssumeRolePolicyDocument struct {
		Statement []statement `yaml:"Statement"`
	} `yaml:"AssumeRolePolicyDocument"`
	Policies []struct {
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

// statement is a statement of a role's policy or trust, or of a topic's or a queue's policy.
type statement struct {
	Sid       string                          `yaml:"Sid"`
	Principal yaml.Node                       `yaml:"Principal"`
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
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	takeAll(&root)
	var tpl template
	if err := root.Decode(&tpl); err != nil {
		t.Fatal(err)
	}
	return tpl
}

// takeAll puts what is there under a condition, or not at all, in the place of that choice:
// !If [Condition, what, !Ref AWS::NoValue].
func takeAll(n *yaml.Node) {
	if n.Tag == "!If" && len(n.Content) == 3 && n.Content[2].Value == "AWS::NoValue" {
		*n = *n.Content[1]
	}
	for _, inner := range n.Content {
		takeAll(inner)
	}
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

// What the template fills in is put into the definition as it is, without an escape: inside
// an expression, a quote in it would end the text there. So it stands in texts alone, and the
// pattern of each setting refuses what a JSON text cannot hold, or what would make it an
// expression or another substitution.
func TestNoSettingStandsInsideAnExpressionAndNoneBreaksTheDefinition(t *testing.T) {
	for _, expression := range regexp.MustCompile(`\{%[^"]*%\}`).FindAllString(string(Definition), -1) {
		if inside := regexp.MustCompile(`\$\{[^}]*\}`).FindString(expression); inside != "" {
			t.Errorf("%s stands in the expression %.80s…", inside, expression)
		}
	}
	tpl := loadTemplate(t)
	for name, substitution := range tpl.Resources["StopWorkflow"].Properties.DefinitionSubstitutions {
		parameter, ok := tpl.Parameters[substitution.Value]
		if !ok {
			continue // an ARN, or a name that AWS bounds: letters, digits and hyphens
		}
		pattern := regexp.MustCompile(parameter.AllowedPattern)
		if parameter.AllowedPattern == "" || parameter.MaxLength == 0 || parameter.ConstraintDescription == "" {
			t.Errorf("%s has no pattern, no MaxLength, or no words for what it refuses", name)
		}
		for _, bad := range []string{`a"b`, `a\b`, "a\nb", "a\tb", "{% $states.input %}", "${StackName}", "a\x7f"} {
			if pattern.MatchString(bad) {
				t.Errorf("%s may be %q", substitution.Value, bad)
			}
		}
	}
	for key, want := range map[string]bool{"zenstop-protect": true, "owner's-hold": true, "Schutz vor Ausschalten": true, "team:keep/until=x@y": true, "": true} {
		for _, name := range []string{"ProtectTagKey", "KeepTagKey"} {
			if got := regexp.MustCompile(tpl.Parameters[name].AllowedPattern).MatchString(key); got != want {
				t.Errorf("%s %q: accepted %v, want %v", name, key, got, want)
			}
		}
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
		"Architecture": "arm64", "AwsEndpointUrl": "", "ZenlayerEndpoint": "https://console.zenlayer.com", "CredentialsSecretArn": "", "CredentialsKeyArn": "", "EventBusName": "default",
		"ScheduleExpression": "cron(0 19 * * ? *)", "ScheduleTimezone": "UTC", "ScheduleState": "DISABLED", "ScheduleTarget": `{"instanceIds":[]}`,
		"SkipDates": "", "StartTime": "", "StartDays": "MON,TUE,WED,THU,FRI,SAT,SUN", "StartSkipDates": "", "WarnMinutes": "0", "WatchScheduleExpression": "", "AlarmNamePrefix": "zenstop-", "AlarmTarget": "", "MaxInstances": "100", "ProtectTagKey": "zenstop-protect", "KeepTagKey": "zenstop-keep-until",
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
	want := []string{"CredentialsSecretArn", "DashboardUrl", "FailureQueueUrl", "NotificationTopicArn", "ScheduleRoleArn", "StatusFunctionName", "StopFunctionArn", "StopFunctionName", "StopWorkflowArn"}
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
