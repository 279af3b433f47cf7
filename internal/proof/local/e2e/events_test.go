package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/runs"
)

func sample(t *testing.T, name string) map[string]any {
	t.Helper()
	event, err := stack.Event("../../../../events/"+name+".json", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return event
}

func TestAScheduleStopsItsFilter(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, scheduled("d32c5kddcf5bb8c3", `{"target":{"filter":{"tags":[{"key":"e2e","value":"sched"}]}}}`))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"sched-0001": power.Stopped, "sched-0002": power.Stopped})
	if e.Run.Trigger.Kind != runs.KindSchedule {
		t.Errorf("kind %q", e.Run.Trigger.Kind)
	}
}

func TestAScheduleOnASkipDateIsSkipped(t *testing.T) {
	t.Parallel()
	wants(t, carryOut(t, up, sample(t, "fixed-time-skip-date")), runs.OutcomeSkipped, nil)
}

func TestAnAlarmStopsTheInstanceOfItsDimension(t *testing.T) {
	t.Parallel()
	event := sample(t, "alarm-instance")
	raw, _ := json.Marshal(event)
	if err := json.Unmarshal([]byte(strings.ReplaceAll(string(raw), "bmc-web-01", "alarm-0001")), &event); err != nil {
		t.Fatal(err)
	}
	e := carryOut(t, up, event)
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"alarm-0001": power.Stopped})
	if e.Run.Trigger.Name != "zenstop-rack-temperature" || !strings.Contains(e.Run.Trigger.Reason, "Threshold Crossed") || e.Run.Trigger.Time == "" {
		t.Errorf("trigger %+v lacks the alarm's name, reason or time", e.Run.Trigger)
	}
}

func TestAnAlarmWithoutThatDimensionStopsTheAlarmTarget(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, sample(t, "alarm-target"))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"target-0001": power.Stopped})
}

func TestAnAlarmThatIsNotNewOrThatSomebodySilencedMatchesNoRuleAndIsRefusedByTheFunction(t *testing.T) {
	t.Parallel()
	for name, why := range map[string]string{
		"alarm-not-new": "alarm not newly in ALARM", "alarm-suppressed": "alarm suppressed", "alarm-muted": "alarm muted",
	} {
		event := sample(t, name)
		if _, err := up.Send(t.Context(), event); !errors.Is(err, stack.ErrNoRule) {
			t.Errorf("%s: error = %v, want %v", name, err, stack.ErrNoRule)
		}
		if err := up.Invoke(t.Context(), up.Outputs["StopFunctionName"], event); err != nil {
			t.Fatal(err)
		}
		e := follow(t, up, fmt.Sprintf("alarm-%v", event["id"]))
		wants(t, e, runs.OutcomeRefused, nil)
		wantCause(t, e, why)
	}
}

func TestAnAlarmOfAnotherAccountMatchesNoRule(t *testing.T) {
	t.Parallel()
	event := sample(t, "alarm-target")
	event["account"] = "123456789012"
	if _, err := up.Send(t.Context(), event); !errors.Is(err, stack.ErrNoRule) {
		t.Errorf("error = %v, want %v", err, stack.ErrNoRule)
	}
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
	e := follow(t, up, "request-one-and-the-same")
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"twice-0001": power.Stopped, "twice-0002": power.Stopped})
	wantStopCalls(t, up, "twice-0001", 1)
	wantExecutions(t, up, e.Name)
}

// wantExecutions checks which executions have a name that begins like the first.
func wantExecutions(t *testing.T, s *stack.Stack, want ...string) {
	t.Helper()
	names, err := s.Executions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return !strings.HasPrefix(name, want[0]) })
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Errorf("executions %v, want %v", names, want)
	}
}
