package e2e

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"

	"zenstop/internal/local/stack"
)

func TestAnEventThatCannotBecomeAnExecutionEndsInTheFailureQueue(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	broken, err := up.Beside(context.WithoutCancel(t.Context()), stack.Options{Root: root, Name: "zenstop-broken", Log: os.Stdout, Scenario: "good-night"})
	if err != nil {
		t.Fatal(err)
	}
	defer broken.Close()
	withoutSetting(t, broken.Outputs["StopFunctionName"], "STOP_WORKFLOW_ARN")

	event := request(`{"target":{"instanceIds":["bmc-web-01"]}}`)
	event["source"], event["id"] = "zenstop.schedule", "never-to-start" // the local AWS retries no event of a rule
	run, err := broken.Send(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := broken.Follow(t.Context(), run, limit, nil)
	if len(runs) != 0 || err == nil || !strings.Contains(err.Error(), "failure queue") {
		t.Errorf("%d executions, error %v, want none and one that names the failure queue", len(runs), err)
	}
}

// withoutSetting breaks a function: it lacks the setting from now on.
func withoutSetting(t *testing.T, function, name string) {
	t.Helper()
	client := lambda.NewFromConfig(up.AWS)
	is, err := client.GetFunctionConfiguration(t.Context(), &lambda.GetFunctionConfigurationInput{FunctionName: &function})
	if err != nil {
		t.Fatal(err)
	}
	variables := is.Environment.Variables
	if variables[name] == "" {
		t.Fatalf("%s has no setting %s to take away", function, name)
	}
	delete(variables, name)
	_, err = client.UpdateFunctionConfiguration(t.Context(), &lambda.UpdateFunctionConfigurationInput{
		FunctionName: &function, Environment: &types.Environment{Variables: variables},
	})
	if err != nil {
		t.Fatal(err)
	}
}
