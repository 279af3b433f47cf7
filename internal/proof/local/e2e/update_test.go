package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
	"zenstop/statemachine"
)

// TestARunUnderWaySurvivesAnUpdateAndARollBack updates a stack in the middle of a
// run, with other parameters and another definition, and goes back in the middle of
// the next run.
//
// An execution under way keeps the definition that it began with, on AWS and here, where
// it is read once at the start. The parts of a large run are executions of their own, so
// those that start after the update have the new one.
//
// The local AWS cannot show how an update of a function goes on AWS: there it takes
// seconds, calls in the meantime still get the old settings, and a changed role applies
// later than the rest. Nor does it roll back here because an update has failed: the test
// deploys what was there before. The functions' code is that of the same build each time;
// that a release reads the run documents of the one before is tested in package runs.
func TestARunUnderWaySurvivesAnUpdateAndARollBack(t *testing.T) {
	t.Parallel()
	before := map[string]string{"MaxInstances": "3", "StopTimeoutMinutes": "30"}
	after := options(t, "zenstop-update", "update", map[string]string{"MaxInstances": "2", "StopTimeoutMinutes": "20"})
	after.Template = changedTemplate(t, after.Root)
	s := beside(t, after.Name, "update", before)
	if err := s.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	three := `{"target":{"instanceIds":["next-0001","next-0002","next-0003"]}}`

	t.Run("a run of three goes on as it began while MaxInstances becomes two", func(t *testing.T) {
		e := updatedMeanwhile(t, s, scheduled("update", `{"target":{"instanceIds":["update-0001","update-0002","update-0003"]}}`), after)
		wantStoppedByOneRequestEach(t, s, e, "update-0001", "update-0002", "update-0003")
		wantTimeLimit(t, e, 30*time.Minute)
		wantChangedDefinition(t, s, e, false)
	})
	t.Run("the next run of three is refused, under the changed definition", func(t *testing.T) {
		e := carryOut(t, s, scheduled("after-update", three))
		wantOutcome(t, e, runs.OutcomeRefused)
		wantCause(t, e, "3 instances would be stopped, but the limit (maxInstances) is 2")
		wantTimeLimit(t, e, 20*time.Minute)
		wantStopCalls(t, s, "next-0001", 0)
		wantChangedDefinition(t, s, e, true)
	})
	t.Run("a run goes on as it began while the stack goes back", func(t *testing.T) {
		e := updatedMeanwhile(t, s, scheduled("back", `{"target":{"instanceIds":["back-0001","back-0002"]}}`), options(t, s.Name, "update", before))
		wantStoppedByOneRequestEach(t, s, e, "back-0001", "back-0002")
		wantTimeLimit(t, e, 20*time.Minute)
		wantChangedDefinition(t, s, e, true)
	})
	t.Run("the next run of three is carried out again, under the first definition", func(t *testing.T) {
		e := carryOut(t, s, scheduled("after-back", three))
		wantStoppedByOneRequestEach(t, s, e, "next-0001", "next-0002", "next-0003")
		wantTimeLimit(t, e, 30*time.Minute)
		wantChangedDefinition(t, s, e, false)
	})
}

// updatedMeanwhile sends the event, updates the stack after the first check of its
// run, and returns how the run ended.
func updatedMeanwhile(t *testing.T, s *stack.Stack, event map[string]any, to stack.Options) stack.Execution {
	t.Helper()
	run := send(t, s, event)
	checked(t, s, run)
	if err := s.Deploy(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Look(t.Context(), run); err != nil || e.Ended() {
		t.Fatalf("right after the update the run is %s, error %v: the test would prove nothing", e.Status, err)
	}
	return follow(t, s, run)
}

// changedTemplate writes a copy of the built template whose workflow begins with one
// more state, and returns its path.
func changedTemplate(t *testing.T, root string) string {
	t.Helper()
	var definition map[string]any
	if err := json.Unmarshal(statemachine.Definition, &definition); err != nil {
		t.Fatal(err)
	}
	states, _ := definition["States"].(map[string]any)
	states[changedState] = map[string]any{"Type": "Pass", "Next": definition["StartAt"]}
	definition["StartAt"] = changedState
	changed, err := json.Marshal(definition)
	if err != nil {
		t.Fatal(err)
	}
	built, err := os.ReadFile(stack.Built(root))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := strings.ReplaceAll(string(built), "CodeUri: ", "CodeUri: "+filepath.Dir(stack.Built(root))+"/")
	text = strings.ReplaceAll(text, "DefinitionUri: ../../statemachine/", "DefinitionUri: "+dir+"/")
	for name, content := range map[string]string{"stop-instances.asl.json": string(changed), "template.yaml": text} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "template.yaml")
}

// changedState is the state that only the changed definition has.
const changedState = "Updated"

// wantChangedDefinition checks whether the execution has gone through the state that
// only the changed definition has.
func wantChangedDefinition(t *testing.T, s *stack.Stack, e stack.Execution, want bool) {
	t.Helper()
	entered := slices.ContainsFunc(history(t, s, e.Name), func(event types.HistoryEvent) bool {
		return event.StateEnteredEventDetails != nil && aws.ToString(event.StateEnteredEventDetails.Name) == changedState
	})
	if entered != want {
		t.Errorf("%s has gone through the state of the changed definition: %t, want %t", e.Name, entered, want)
	}
}

// wantStoppedByOneRequestEach checks that a run has stopped all of its instances, and
// that each was named in one StopInstances request.
func wantStoppedByOneRequestEach(t *testing.T, s *stack.Stack, e stack.Execution, ids ...string) {
	t.Helper()
	verdicts := map[string]power.Verdict{}
	for _, id := range ids {
		verdicts[id] = power.Stopped
		wantStopCalls(t, s, id, 1)
	}
	wants(t, e, runs.OutcomeStopped, verdicts)
}

// wantTimeLimit checks the time from the start of a run to its deadline.
func wantTimeLimit(t *testing.T, e stack.Execution, want time.Duration) {
	t.Helper()
	if got := e.Run.Deadline.Sub(e.Run.StartedAt); got != want {
		t.Errorf("%s: %s from the start to the deadline, want %s", e.Name, got, want)
	}
}
