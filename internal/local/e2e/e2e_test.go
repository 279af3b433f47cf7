// Package e2e tests the deployed template on a local AWS, from the event to the
// report, against the simulated Zenlayer. It runs with ZENSTOP_E2E=1, as
// `make test` sets it.
package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"zenstop/internal/shutdown"
	"zenstop/internal/local/stack"
	"zenstop/internal/sim"
)

var up *stack.Stack

func TestMain(m *testing.M) {
	if os.Getenv("ZENSTOP_E2E") == "" {
		fmt.Println("not run: the end-to-end tests need a local AWS; make test runs them")
		os.Exit(0)
	}
	os.Exit(withStack(m))
}

func withStack(m *testing.M) int {
	root, err := filepath.Abs("../../..")
	if err != nil {
		fmt.Println(err)
		return 1
	}
	up, err = stack.Up(context.Background(), stack.Options{
		Root: root, Log: os.Stdout, Scenario: filepath.Join(root, "internal/local/e2e/testdata/fleet.json"),
		Overrides: map[string]string{"AlarmTarget": `{"instanceIds":["target-0001"]}`, "MaxInstances": "50"},
	})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	defer up.Close()
	return m.Run()
}

const limit = 3 * time.Minute

func request(detail string) map[string]any {
	var d any
	if err := json.Unmarshal([]byte(detail), &d); err != nil {
		panic(err)
	}
	return map[string]any{
		"id": "", "source": "zenstop", "detail-type": "Stop Instances Requested",
		"time": time.Now().UTC().Format(time.RFC3339), "detail": d,
	}
}

// carryOut sends the event and waits for the one execution that it becomes.
func carryOut(t *testing.T, s *stack.Stack, event map[string]any) stack.Execution {
	t.Helper()
	runs := carryOutAll(t, s, event)
	if len(runs) != 1 {
		t.Fatalf("%d executions, want 1", len(runs))
	}
	return runs[0]
}

func carryOutAll(t *testing.T, s *stack.Stack, event map[string]any) []stack.Execution {
	t.Helper()
	run, err := s.Send(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := s.Follow(t.Context(), run, limit, nil)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// wants compares an execution with how it must end.
func wants(t *testing.T, e stack.Execution, outcome shutdown.Outcome, verdicts map[string]shutdown.Verdict) {
	t.Helper()
	if e.Run.Outcome != outcome || (e.Status == types.ExecutionStatusSucceeded) != outcome.Good() {
		t.Errorf("%s: outcome %s, execution %s, want %s; %s", e.Name, e.Run.Outcome, e.Status, outcome, e.Run.Summary)
	}
	if want := map[shutdown.Outcome]string{shutdown.OutcomeFailed: "Zenstop.StopFailed", shutdown.OutcomeRefused: "Zenstop.Refused"}[outcome]; e.Error != want {
		t.Errorf("%s: error %q, want %q", e.Name, e.Error, want)
	}
	if !outcome.Good() && e.Cause != e.Run.Summary {
		t.Errorf("%s: cause %q, want the summary %q", e.Name, e.Cause, e.Run.Summary)
	}
	got := map[string]shutdown.Verdict{}
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

// stopCalls counts the StopInstances requests that named the id.
func stopCalls(t *testing.T, s *stack.Stack, id string) int {
	t.Helper()
	var requests []sim.Request
	if err := s.Simulated(t.Context(), "/requests", &requests); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, r := range requests {
		if r.Action == sim.ActionStop && slices.Contains(r.InstanceIDs, id) {
			n++
		}
	}
	return n
}

func TestARequestStopsEveryInstance(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["good-0001","good-0002","good-0003","off","guarded"]}}`))
	wants(t, e, shutdown.OutcomeStopped, map[string]shutdown.Verdict{
		"good-0001": shutdown.Stopped, "good-0002": shutdown.Stopped, "good-0003": shutdown.Stopped,
		"off": shutdown.AlreadyStopped, "guarded": shutdown.Protected,
	})
	if n := stopCalls(t, up, "guarded"); n != 0 {
		t.Errorf("the protected instance was named in %d StopInstances calls", n)
	}
}

func TestRecycledAndMissingTakeTheFailureBranchAndKeepNobodyElse(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["bad-0001","bad-recycled","bad-missing","bad-0002"]}}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{
		"bad-0001": shutdown.Stopped, "bad-0002": shutdown.Stopped, "bad-recycled": shutdown.Recycled, "bad-missing": shutdown.Missing,
	})
	for _, part := range []string{"bad-recycled RECYCLED", "bad-missing MISSING"} {
		if !strings.Contains(e.Cause, part) {
			t.Errorf("cause %q does not say %q", e.Cause, part)
		}
	}
}

func TestAnInstanceThatRefusesToStopDoesNotBlockItsBatch(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["mate-0001","mate-0002","culprit","mate-0003","mate-0004","mate-0005"]}}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{
		"mate-0001": shutdown.Stopped, "mate-0002": shutdown.Stopped, "mate-0003": shutdown.Stopped,
		"mate-0004": shutdown.Stopped, "mate-0005": shutdown.Stopped, "culprit": shutdown.RefusedStop,
	})
}

func TestWhatIsUpAgainBeforeTheRunEndsIsReportedAndLeftAlone(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["again-stopping","again-stopped","again-mate"]}}`))
	wants(t, e, shutdown.OutcomeFailed, map[string]shutdown.Verdict{
		"again-stopping": shutdown.Restarted, "again-stopped": shutdown.Restarted, "again-mate": shutdown.Stopped,
	})
	for _, id := range []string{"again-stopping", "again-stopped"} {
		if n := stopCalls(t, up, id); n != 1 {
			t.Errorf("%s was named in %d StopInstances calls, want 1", id, n)
		}
	}
}

func TestAScheduleStopsItsFilter(t *testing.T) {
	t.Parallel()
	event := request(`{"target":{"filter":{"tags":[{"key":"e2e","value":"sched"}]}}}`)
	event["source"], event["id"] = "zenstop.schedule", "d32c5kddcf5bb8c3"
	e := carryOut(t, up, event)
	wants(t, e, shutdown.OutcomeStopped, map[string]shutdown.Verdict{"sched-0001": shutdown.Stopped, "sched-0002": shutdown.Stopped})
	if e.Run.Trigger.Kind != shutdown.KindSchedule {
		t.Errorf("kind %q", e.Run.Trigger.Kind)
	}
}

func sample(t *testing.T, name string) map[string]any {
	t.Helper()
	event, err := stack.Sample("../../../events/"+name+".json", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestAnAlarmStopsTheInstanceOfItsDimension(t *testing.T) {
	t.Parallel()
	event := sample(t, "alarm-instance")
	raw, _ := json.Marshal(event)
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "bmc-web-01", "alarm-0001")), &event); err != nil {
		t.Fatal(err)
	}
	e := carryOut(t, up, event)
	wants(t, e, shutdown.OutcomeStopped, map[string]shutdown.Verdict{"alarm-0001": shutdown.Stopped})
	if e.Run.Trigger.Name != "zenstop-rack-temperature" || !strings.Contains(e.Run.Trigger.Reason, "Threshold Crossed") || e.Run.Trigger.Time == "" {
		t.Errorf("trigger %+v lacks the alarm's name, reason or time", e.Run.Trigger)
	}
}

func TestAnAlarmWithoutThatDimensionStopsTheAlarmTarget(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, sample(t, "alarm-target"))
	wants(t, e, shutdown.OutcomeStopped, map[string]shutdown.Verdict{"target-0001": shutdown.Stopped})
}

func TestAnAlarmThatWasInAlarmBeforeMatchesNoRuleAndIsRefusedByTheFunction(t *testing.T) {
	t.Parallel()
	event := sample(t, "alarm-not-new")
	if _, err := up.Send(t.Context(), event); err == nil || err.Error() != stack.ErrNoRule.Error() {
		t.Errorf("error = %v, want %v", err, stack.ErrNoRule)
	}
	if err := up.Invoke(t.Context(), up.Outputs["StopFunctionName"], event); err != nil {
		t.Fatal(err)
	}
	runs, err := up.Follow(t.Context(), fmt.Sprintf("alarm-%v", event["id"]), limit, nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, runs[0], shutdown.OutcomeRefused, nil)
}

func TestTheSameEventTenTimesAtOnceIsOneExecutionAndOneStop(t *testing.T) {
	t.Parallel()
	event := request(`{"target":{"instanceIds":["twice-0001","twice-0002"]}}`)
	event["id"] = "one-and-the-same"
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if err := up.Invoke(context.WithoutCancel(t.Context()), up.Outputs["StopFunctionName"], event); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	runs, err := up.Follow(t.Context(), "request-one-and-the-same", limit, nil)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, runs[0], shutdown.OutcomeStopped, map[string]shutdown.Verdict{"twice-0001": shutdown.Stopped, "twice-0002": shutdown.Stopped})
	if n := stopCalls(t, up, "twice-0001"); n != 1 {
		t.Errorf("%d StopInstances calls named it, want 1", n)
	}
	names, err := up.Executions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := len(slices.DeleteFunc(names, func(s string) bool { return !strings.HasPrefix(s, "request-one-and-the-same") })); n != 1 {
		t.Errorf("%d executions, want 1", n)
	}
}

func TestAFilterOverSeveralPagesIsSplitAndStopsWhatRuns(t *testing.T) {
	t.Parallel()
	runs := carryOutAll(t, up, request(`{"target":{"filter":{"tagKeys":["e2e"],"tags":[{"key":"e2e","value":"pages"}]}}}`))
	counts := map[shutdown.Verdict]int{}
	for _, e := range runs {
		if e.Run.Outcome != shutdown.OutcomeStopped {
			t.Errorf("%s: %s %s", e.Name, e.Run.Outcome, e.Run.Summary)
		}
		for v, n := range e.Run.Counts {
			counts[v] += n
		}
	}
	if len(runs) != 2 || counts[shutdown.Stopped] != 4 || counts[shutdown.AlreadyStopped] != 1100 {
		t.Errorf("%d executions with %v, want 2 with 4 STOPPED and 1100 ALREADY_STOPPED", len(runs), counts)
	}
}

func TestMoreThanTheLimitIsRefusedAndNothingIsStopped(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["many-0001","many-0002","many-0003","many-0004"]},"maxInstances":3}`))
	open := shutdown.Open
	wants(t, e, shutdown.OutcomeRefused, map[string]shutdown.Verdict{"many-0001": open, "many-0002": open, "many-0003": open, "many-0004": open})
	if !strings.Contains(e.Cause, "4 instances would be stopped, the limit (maxInstances) is 3") {
		t.Errorf("cause %q", e.Cause)
	}
	if n := stopCalls(t, up, "many-0001"); n != 0 {
		t.Errorf("%d StopInstances calls", n)
	}
}

func TestADryRunPlansAndStopsNothing(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["dry-0001","dry-0002","off"]},"dryRun":true}`))
	wants(t, e, shutdown.OutcomePlanned, map[string]shutdown.Verdict{"dry-0001": shutdown.Open, "dry-0002": shutdown.Open, "off": shutdown.AlreadyStopped})
	if note := e.Run.Instances[0].Note; note != "is RUNNING: would be stopped" {
		t.Errorf("note %q", note)
	}
	if n := stopCalls(t, up, "dry-0001"); n != 0 {
		t.Errorf("%d StopInstances calls", n)
	}
}

func TestAStaleEventIsRefused(t *testing.T) {
	t.Parallel()
	event := request(`{"target":{"instanceIds":["stale-0001"]}}`)
	event["source"], event["id"], event["time"] = "zenstop.schedule", "stale", time.Now().Add(-2*time.Hour).UTC().Format(time.RFC3339)
	e := carryOut(t, up, event)
	wants(t, e, shutdown.OutcomeRefused, nil)
	if n := stopCalls(t, up, "stale-0001"); n != 0 || !strings.Contains(e.Cause, "MaxEventAgeMinutes") {
		t.Errorf("%d StopInstances calls, cause %q", n, e.Cause)
	}
}

func TestAScheduleOnASkipDateIsSkipped(t *testing.T) {
	t.Parallel()
	event := sample(t, "fixed-time-skip-date")
	wants(t, carryOut(t, up, event), shutdown.OutcomeSkipped, nil)
}

// The password must show nowhere: not in an execution, not in a log line.
func TestNoCredentialShowsAnywhere(t *testing.T) {
	e := carryOut(t, up, request(`{"target":{"instanceIds":["secret-0001","secret-0002"]}}`))
	wants(t, e, shutdown.OutcomeStopped, map[string]shutdown.Verdict{"secret-0001": shutdown.Stopped, "secret-0002": shutdown.Stopped})
	text, err := up.Everything(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, e.Name) || !strings.Contains(text, "stop round") {
		t.Fatal("the histories and logs that were read do not hold this run: the test would prove nothing")
	}
	if strings.Contains(text, stack.SimPassword) {
		t.Error("the password shows in a log line or in an execution's history")
	}
}
