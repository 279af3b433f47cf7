package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// startRequest is an event that asks for starts.
func startRequest(detail string) map[string]any {
	event := request(detail)
	event["detail-type"] = "Start Instances Requested"
	return event
}

// andStart is a detail with a startAt so much later.
func andStart(t *testing.T, detail string, after time.Duration) (with string, at time.Time) {
	t.Helper()
	at = time.Now().UTC().Add(after).Truncate(time.Second)
	return strings.TrimSuffix(detail, "}") + fmt.Sprintf(`,"startAt":%q}`, at.Format(time.RFC3339)), at
}

// One request stops machines and starts them again; one of them gets the protect tag while the
// start holds, and one was off before.
func TestARequestStopsAndStartsAgainExactlyWhatItHasStopped(t *testing.T) {
	t.Parallel()
	box := listen(t, up, "start-test", "Instances Started")
	detail, at := andStart(t, `{"target":{"instanceIds":["dawn-0001","dawn-0002","dawn-off"]}}`, 90*time.Second)
	e := carryOut(t, up, request(detail))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"dawn-0001": power.Stopped, "dawn-0002": power.Stopped, "dawn-off": power.AlreadyStopped})
	if !strings.Contains(e.Run.Summary, "2 instances are started again at "+at.Format(time.RFC3339)+", by the run "+e.Name+"-start.") {
		t.Errorf("the report does not say who comes back: %s", e.Run.Summary)
	}
	tag(t, "dawn-0002", map[string]string{protectTag: ""})

	start := followFrom(t, up, e.Name+"-start", at)
	wants(t, start, runs.OutcomeStarted, map[string]power.Verdict{"dawn-0001": power.Started, "dawn-0002": power.Protected})
	wantStarts(t, up, at, map[string]int{"dawn-0001": 1, "dawn-0002": 0, "dawn-off": 0})
	got := box.of(t, start.Name)
	got.messages = slices.DeleteFunc(got.messages, func(m sentMessage) bool { return !strings.Contains(m.Subject, "STARTED") }) // the stop's announces it
	if len(got.events) != 1 || len(got.messages) != 1 {
		t.Errorf("%d events and %d messages, want one of each", len(got.events), len(got.messages))
	}
	wantExecutions(t, up, e.Name, start.Name)
}

func TestAStartRequestStartsWhatIsOffAndProvesIt(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, startRequest(`{"target":{"instanceIds":["early-0001","early-up","early-guarded","bad-missing"]}}`))
	wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{
		"early-0001": power.Started, "early-up": power.AlreadyRunning, "early-guarded": power.Protected, "bad-missing": power.Missing,
	})
	wantStarts(t, up, time.Time{}, map[string]int{"early-0001": 1, "early-up": 0, "early-guarded": 0})
	wantCause(t, e, "1 of 4 instances started", "Not started: bad-missing MISSING")
}

// The schedule's StartTime becomes later while the start holds, by an update of the stack with
// another definition too.
func TestTheScheduleStartsAgainWhatItHasStoppedAtTheTimeOfTheStackAsItIsThen(t *testing.T) {
	t.Parallel()
	first := time.Now().UTC().Add(5 * time.Minute).Truncate(time.Minute)
	later := first.Add(time.Minute)
	after := options(t, "zenstop-morning", "update", map[string]string{"StartTime": later.Format("15:04")})
	after.Template = changedTemplate(t, after.Root)
	s := beside(t, after.Name, "update", map[string]string{"StartTime": first.Format("15:04")})
	if err := s.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	e := carryOut(t, s, scheduled("night", `{"target":{"instanceIds":["next-0001","next-0002","next-0003"]}}`))
	wantStoppedByOneRequestEach(t, s, e, "next-0001", "next-0002", "next-0003")
	if e.Run.StartAt == nil || !e.Run.StartAt.Equal(first) {
		t.Fatalf("starts again at %v, want %s", e.Run.StartAt, first)
	}
	if err := s.Deploy(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	if held, err := s.Look(t.Context(), e.Name+"-start"); err != nil || held.State != stateHold || time.Now().After(first) {
		t.Fatalf("right after the update the start is in the state %s, error %v: the test would prove nothing", held.State, err)
	}
	start := followFrom(t, s, e.Name+"-start", later)
	wants(t, start, runs.OutcomeStarted, map[string]power.Verdict{"next-0001": power.Started, "next-0002": power.Started, "next-0003": power.Started})
	wantStarts(t, s, later, map[string]int{"next-0001": 1, "next-0002": 1, "next-0003": 1})
	wantChangedDefinition(t, s, start, false)
}

// startCount starts 1,200 instances by a filter.
func startCount(t *testing.T, s *stack.Stack, family, prefix string) {
	t.Helper()
	event := startRequest(tagged(family))
	event["id"] = "start-" + family
	if err := s.Invoke(t.Context(), s.Outputs["StopFunctionName"], event); err != nil {
		t.Fatal(err)
	}
	e := follow(t, s, "start-request-start-"+family)
	wantCounts(t, e, runs.OutcomeStarted, map[power.Verdict]int{power.Started: 1200})
	asked := map[string]int{}
	for _, r := range requests(t, s) {
		for _, id := range r.InstanceIDs {
			if r.Action == sim.ActionStart && r.Accepted && strings.HasPrefix(id, prefix) {
				asked[id]++
			}
		}
	}
	wantOnce(t, "in StartInstances requests", asked, prefix, 1200)
}

// wantStarts checks how many StartInstances requests named each id, and that none did before
// that time.
func wantStarts(t *testing.T, s *stack.Stack, at time.Time, want map[string]int) {
	t.Helper()
	got := map[string]int{}
	for _, r := range requests(t, s) {
		if r.Action != sim.ActionStart {
			continue
		}
		for id := range want {
			if slices.Contains(r.InstanceIDs, id) {
				if got[id]++; r.At.Before(at) {
					t.Errorf("a StartInstances request named %s at %s, want none before %s", id, r.At, at)
				}
			}
		}
	}
	for id, n := range want {
		if got[id] != n {
			t.Errorf("%d StartInstances requests named %s, want %d", got[id], id, n)
		}
	}
}
