package e2e

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// limit bounds the wait for a run. It is far above what a run takes, because other
// tests use the same processors.
const limit = 5 * time.Minute

// request is an event for the bus with this detail.
func request(detail string) map[string]any {
	return map[string]any{
		"id": "", "source": "zenstop", "detail-type": "Stop Instances Requested",
		"time": time.Now().UTC().Format(time.RFC3339), "detail": json.RawMessage(detail),
	}
}

// scheduled is an event that goes to one stack alone, as a schedule's does.
func scheduled(id, detail string) map[string]any {
	event := request(detail)
	event["source"], event["id"] = "zenstop.schedule", id
	return event
}

// carryOut sends the event and waits for the end of the execution that it becomes.
func carryOut(t *testing.T, s *stack.Stack, event map[string]any) stack.Execution {
	t.Helper()
	return follow(t, s, send(t, s, event))
}

func send(t *testing.T, s *stack.Stack, event map[string]any) (run string) {
	t.Helper()
	run, err := s.Send(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func follow(t *testing.T, s *stack.Stack, run string) stack.Execution {
	t.Helper()
	return followFrom(t, s, run, time.Now())
}

// followFrom waits for an execution that holds until that time, and returns how it ended. Its
// history must bear what it says.
func followFrom(t *testing.T, s *stack.Stack, run string, at time.Time) stack.Execution {
	t.Helper()
	e, err := s.Follow(t.Context(), run, max(0, time.Until(at))+limit, nil)
	if err != nil {
		t.Fatal(err)
	}
	borneOut(t, s, e)
	return e
}

// checked waits for the first check of an execution, and returns how far it is then.
func checked(t *testing.T, s *stack.Stack, name string) (e stack.Execution) {
	t.Helper()
	waitUntil(t, "the first check of "+name, func() (done bool) {
		var err error
		e, err = s.Look(t.Context(), name)
		return err == nil && e.Run.Checks > 0
	})
	return e
}

// waitUntil waits until the condition holds.
func waitUntil(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for begun := time.Now(); !holds(); {
		if time.Since(begun) > limit {
			t.Fatalf("%s did not come", what)
		}
		select {
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// wantOutcome compares an execution with how it must end.
func wantOutcome(t *testing.T, e stack.Execution, outcome runs.Outcome) {
	t.Helper()
	if e.Run.Outcome != outcome || (e.Status == types.ExecutionStatusSucceeded) != outcome.Good() {
		t.Errorf("%s: outcome %s, execution %s, want %s; %s", e.Name, e.Run.Outcome, e.Status, outcome, e.Run.Summary)
	}
	if want := map[runs.Outcome]string{runs.OutcomeFailed: "Zenstop.StopFailed", runs.OutcomeRefused: "Zenstop.Refused"}[outcome]; e.Error != want {
		t.Errorf("%s: error %q, want %q", e.Name, e.Error, want)
	}
	if !outcome.Good() && e.Cause != e.Run.Summary {
		t.Errorf("%s: cause %q, want the summary %q", e.Name, e.Cause, e.Run.Summary)
	}
}

// wants compares an execution with its outcome and the verdict of each instance.
func wants(t *testing.T, e stack.Execution, outcome runs.Outcome, verdicts map[string]power.Verdict) {
	t.Helper()
	wantOutcome(t, e, outcome)
	got := map[string]power.Verdict{}
	for _, in := range e.Run.Instances {
		got[in.ID] = in.Verdict
	}
	for id, want := range verdicts {
		if have, ok := got[id]; !ok || have != want {
			t.Errorf("%s: verdict of %s is %q, want %q", e.Name, id, have, want)
		}
	}
	if len(got) != len(verdicts) {
		t.Errorf("%s: %d instances in the report, want %d", e.Name, len(got), len(verdicts))
	}
}

// wantCounts compares an execution with its outcome and the count of each verdict.
func wantCounts(t *testing.T, e stack.Execution, outcome runs.Outcome, counts map[power.Verdict]int) {
	t.Helper()
	wantOutcome(t, e, outcome)
	if !maps.Equal(e.Run.Counts, counts) {
		t.Errorf("%s: verdicts %v, want %v; %s", e.Name, e.Run.Counts, counts, e.Run.Summary)
	}
}

// wantCause checks that the cause of a failed execution says each of these.
func wantCause(t *testing.T, e stack.Execution, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(e.Cause, part) {
			t.Errorf("%s: cause %q does not say %q", e.Name, e.Cause, part)
		}
	}
}

// requests are those that a stack's simulator has seen.
func requests(t *testing.T, s *stack.Stack) []sim.Request {
	t.Helper()
	var all []sim.Request
	if err := s.Simulated(t.Context(), "/requests", &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// stopCalls counts the StopInstances requests that named the id.
func stopCalls(t *testing.T, s *stack.Stack, id string) int {
	t.Helper()
	n := 0
	for _, r := range requests(t, s) {
		if r.Action == sim.ActionStop && slices.Contains(r.InstanceIDs, id) {
			n++
		}
	}
	return n
}

// wantStopCalls checks how many StopInstances requests named the id.
func wantStopCalls(t *testing.T, s *stack.Stack, id string, want int) {
	t.Helper()
	if n := stopCalls(t, s, id); n != want {
		t.Errorf("%s was named in %d StopInstances requests, want %d", id, n, want)
	}
}
