package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
)

func TestAnEventThatCannotBecomeAnExecutionEndsInTheFailureQueue(t *testing.T) {
	t.Parallel()
	broken := beside(t, "zenstop-broken", "trouble", map[string]string{"QuietHours": "26"}) // with every alarm
	wantOwnAlarmsAndWidgets(t, broken, 11)
	withoutSetting(t, broken.Outputs["StopFunctionName"], "STOP_WORKFLOW_ARN")

	run := send(t, broken, scheduled("never-to-start", `{"target":{"instanceIds":["outage-0001"]}}`))
	e, err := broken.Follow(t.Context(), run, limit, nil)
	if e.Name != "" || err == nil || !strings.Contains(err.Error(), "failure queue") {
		t.Errorf("execution %q, error %v, want none and an error that names the failure queue", e.Name, err)
	}
}

// withoutSetting takes a setting away from a function, so that it cannot start.
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
