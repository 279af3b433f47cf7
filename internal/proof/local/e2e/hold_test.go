package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// The keys of the tags, as the stack has them by default.
const (
	keepTag    = "zenstop-keep-until"
	protectTag = "zenstop-protect"
)

func TestAKeptInstanceIsStoppedAfterItsTimeByARunOfItsOwn(t *testing.T) {
	t.Parallel()
	until := time.Now().UTC().Add(time.Minute).Truncate(time.Second)
	tag(t, "keep-0001", map[string]string{keepTag: until.Format("2006-01-02T150405Z")})
	e := carryOut(t, up, request(`{"target":{"instanceIds":["keep-0001","keep-0002"]}}`))
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"keep-0001": power.Kept, "keep-0002": power.Stopped})
	wantStopCalls(t, up, "keep-0001", 0)

	back := follow(t, up, e.Name+"-kept")
	wants(t, back, runs.OutcomeStopped, map[string]power.Verdict{"keep-0001": power.Stopped})
	wantStopCalls(t, up, "keep-0001", 1)
	wantNoStopBefore(t, up, until, "keep-0001")
	wantExecutions(t, up, e.Name, back.Name)
}

// One run is warned of: of the three machines that match its filter, one is protected
// and one is kept in the last seconds before the stop. Another one comes to match it.
func TestAWarnedRunStopsWhatTheWarningNamedAndNobodyTaggedMeanwhile(t *testing.T) {
	t.Parallel()
	box := listen(t, up, "warned-test", "Instances To Be Stopped")
	run := send(t, up, request(`{"target":{"filter":{"tags":[{"key":"e2e","value":"hold"}]}},"warnMinutes":1}`))
	stopAt := holding(t, up, run)
	told := box.of(t, run)
	if len(told.events) != 1 || told.events[0].Detail.StopAt == nil || !told.events[0].Detail.StopAt.Equal(stopAt) {
		t.Errorf("events %+v, want one with stopAt %s", told.events, stopAt)
	}
	if len(told.messages) != 1 || !strings.Contains(told.messages[0].Message, "hold-0003") || strings.Contains(told.messages[0].Message, "hold-late") {
		t.Errorf("messages %+v, want one that names each of the three", told.messages)
	}

	tag(t, "hold-late", map[string]string{"e2e": "hold"})
	waitUntil(t, "the last seconds", func() bool { return time.Until(stopAt) < 5*time.Second })
	tag(t, "hold-0001", map[string]string{"e2e": "hold", keepTag: time.Now().AddDate(0, 0, 1).Format(time.DateOnly)})
	tag(t, "hold-0002", map[string]string{"e2e": "hold", protectTag: ""})

	e := follow(t, up, run)
	wants(t, e, runs.OutcomeStopped, map[string]power.Verdict{"hold-0001": power.Kept, "hold-0002": power.Protected, "hold-0003": power.Stopped})
	for _, id := range []string{"hold-0001", "hold-0002", "hold-late"} {
		wantStopCalls(t, up, id, 0)
	}
	wantNoStopBefore(t, up, stopAt, "hold-0003")
	if !slices.ContainsFunc(e.Run.Notes, func(note string) bool { return strings.Contains(note, "hold-late") }) {
		t.Errorf("no note names the machine that no warning named: %q", e.Run.Notes)
	}
}

func TestACheckOnlyReportsWhatIsUpAndStopsNothing(t *testing.T) {
	t.Parallel()
	e := carryOut(t, up, request(`{"target":{"instanceIds":["check-0001","off","guarded"]},"checkOnly":true}`))
	wants(t, e, runs.OutcomeFailed, map[string]power.Verdict{"check-0001": power.Running, "off": power.AlreadyStopped, "guarded": power.Protected})
	wantCause(t, e, "check-0001 RUNNING")
	for _, id := range []string{"check-0001", "off", "guarded"} {
		wantStopCalls(t, up, id, 0)
	}
}

// As in TestARunUnderWaySurvivesAnUpdateAndARollBack, the execution keeps its definition
// and its deadline. A MaxInstances that the update lowers would count, because the run is
// planned after it.
func TestARunThatHoldsSurvivesAnUpdateOfTheStack(t *testing.T) {
	t.Parallel()
	after := options(t, "zenstop-hold", "update", map[string]string{"StopTimeoutMinutes": "20"})
	after.Template = changedTemplate(t, after.Root)
	s := beside(t, after.Name, "update", map[string]string{"StopTimeoutMinutes": "30"})
	if err := s.FillSecret(t.Context(), stack.SimSecret); err != nil {
		t.Fatal(err)
	}
	const warned = `{"target":{"instanceIds":["next-0001","next-0002","next-0003"]},"warnMinutes":2}`
	refused := carryOut(t, s, scheduled("unheard", warned)) // nobody is subscribed yet
	wantOutcome(t, refused, runs.OutcomeRefused)
	wantCause(t, refused, "nobody is subscribed to the notification topic and confirmed")
	if _, err := s.Subscribe(t.Context(), "hold-messages", nil); err != nil {
		t.Fatal(err)
	}
	run := send(t, s, scheduled("hold", warned))
	stopAt := holding(t, s, run)
	if err := s.Deploy(t.Context(), after); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Look(t.Context(), run); err != nil || e.State != stateHold {
		t.Fatalf("right after the update the run is in the state %s, error %v: the test would prove nothing", e.State, err)
	}
	e := follow(t, s, run)
	wantStoppedByOneRequestEach(t, s, e, "next-0001", "next-0002", "next-0003")
	wantNoStopBefore(t, s, stopAt, "next-0001")
	if got := e.Run.Deadline.Sub(stopAt); got != 30*time.Minute {
		t.Errorf("%s from the first stop to the deadline, want 30 minutes", got)
	}
	wantChangedDefinition(t, s, e, false)
}

// stateHold is the state of the workflow in which a run waits for its time.
const stateHold = "Hold"

// holding waits until the run holds, and returns until when.
func holding(t *testing.T, s *stack.Stack, run string) (stopAt time.Time) {
	t.Helper()
	waitUntil(t, "the hold of "+run, func() bool {
		e, err := s.Look(t.Context(), run)
		if err != nil || e.State != stateHold {
			return false
		}
		stopAt = *e.Run.StopAt
		return true
	})
	return stopAt
}

// tag replaces the tags of an instance of the shared stack.
func tag(t *testing.T, id string, tags map[string]string) {
	t.Helper()
	if err := up.SetTags(t.Context(), id, tags); err != nil {
		t.Fatal(err)
	}
}

// wantNoStopBefore checks that no StopInstances request named the id before that time.
func wantNoStopBefore(t *testing.T, s *stack.Stack, at time.Time, id string) {
	t.Helper()
	for _, r := range requests(t, s) {
		if r.Action == sim.ActionStop && slices.Contains(r.InstanceIDs, id) && r.At.Before(at) {
			t.Errorf("a StopInstances request named %s at %s, want none before %s", id, r.At, at)
		}
	}
}
