package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	ebtypes "github.com/aws/aws-sdk-go-v2/service/eventbridge/types"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

// A request on the default bus reaches the shared stack, and not this one. What this one
// reports goes out on its own bus alone.
func TestAStackWithABusOfItsOwnObeysAndReportsThereAlone(t *testing.T) {
	t.Parallel()
	s := beside(t, "zenstop-bus", "update", nil)
	if err := s.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	own := listen(t, s, "own-bus", "Instances Stopped")
	others := listen(t, up, "default-bus", "Instances Stopped")

	out, err := eventbridge.NewFromConfig(s.AWS).PutEvents(t.Context(), &eventbridge.PutEventsInput{Entries: []ebtypes.PutEventsRequestEntry{{
		EventBusName: aws.String(busOf(s)), Source: aws.String("zenstop"), DetailType: aws.String("Stop Instances Requested"),
		Detail: aws.String(`{"target":{"instanceIds":["next-0001"]}}`),
	}}})
	if err != nil || out.FailedEntryCount > 0 {
		t.Fatal(out, err)
	}
	run := "request-" + aws.ToString(out.Entries[0].EventId)
	wantOutcome(t, follow(t, s, run), runs.OutcomeStopped)
	if got := own.of(t, run); len(got.events) != 1 || len(got.messages) != 1 {
		t.Errorf("on its own bus there are %d events and %d messages, want one each", len(got.events), len(got.messages))
	}
	elsewhere := carryOut(t, up, request(`{"target":{"instanceIds":["off"]}}`))
	if got := others.of(t, elsewhere.Name); len(got.events) != 1 || strings.Contains(strings.Join(got.others, ""), run) {
		t.Errorf("the default bus has %+v and %q, want no report of %s", got.events, got.others, run)
	}
	all, err := sfn.NewFromConfig(s.AWS).ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: aws.String(s.Outputs["StopWorkflowArn"])})
	if err != nil || len(all.Executions) != 1 || !strings.HasSuffix(aws.ToString(all.Executions[0].ExecutionArn), run) {
		t.Errorf("executions %+v, error %v; want the one of its own bus", all, err)
	}
}
