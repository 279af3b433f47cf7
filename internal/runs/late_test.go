package runs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

func TestADeadlineBetweenAFirstStoppedAndItsConfirmationIsPutOffByOneLook(t *testing.T) {
	late := map[time.Duration]bool{}
	for second := range 120 {
		takes := 29*time.Minute + time.Duration(second)*time.Second
		within(t, fleet(sim.Instance{ID: "a", StopTakes: takes}), request("a"), func(w *world) {
			w.finish()
			over := time.Since(w.run.Deadline)
			want := power.Stopped
			if takes > 30*time.Minute+5*time.Second {
				want = power.TimedOut
			}
			if got := w.verdict("a"); got != want && takes < 30*time.Minute-5*time.Second || over > 45*time.Second {
				w.Errorf("STOPPED after %s: %s %s after the deadline, want %s", takes, got, over, want)
			}
			if w.verdict("a") == power.TimedOut && takes < 30*time.Minute-time.Second {
				w.Errorf("STOPPED after %s: TIMED_OUT", takes)
			}
			late[over.Truncate(time.Second)] = true
		})
	}
	if !late[5*time.Second] {
		t.Errorf("no run was put off by a look: %v", late)
	}
}

func TestAFilterThatCouldNotBeResolvedUntilTheDeadlineNamesItsInstancesOrTheLastAnswer(t *testing.T) {
	byTag := request()
	byTag.Target = runs.Target{Filter: &zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "k", Value: "v"}}}}
	is := sim.Instance{ID: "a", Tags: map[string]string{"k": "v"}}
	for name, c := range map[string]struct {
		until time.Duration
		want  string
	}{
		"the outage ends with it": {30 * time.Minute, "a TIMED_OUT (last seen RUNNING)"},
		"it goes on":              {31 * time.Minute, "HTTP 429, REQUEST_LIMIT_EXCEEDED"},
	} {
		sc := fleet(is)
		sc.Faults = []sim.Fault{{Kind: sim.Throttle, Until: c.until}}
		within(t, sc, byTag, func(w *world) {
			wait(time.Until(w.run.Deadline))
			err := w.runner.Check(w.Context(), &w.run)
			if said := fmt.Sprint(w.run.Summary, err); !strings.Contains(said, c.want) || w.server.Truth("a").StopCalls != 0 {
				w.Errorf("%s: %s", name, said)
			}
		})
	}
}

func TestAnEmptyListingIsAskedForASecondTime(t *testing.T) {
	byTag := request()
	byTag.Target = runs.Target{Filter: &zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "k", Value: "v"}}}}
	for absences, want := range map[int]runs.Outcome{1: runs.OutcomeStopped, 2: runs.OutcomeRefused} {
		within(t, fleet(sim.Instance{ID: "a", Tags: map[string]string{"k": "v"}, AbsentAnswers: absences}), byTag, func(w *world) {
			if w.finish(); w.run.Outcome != want {
				w.Errorf("left out of %d answers: %s, %s", absences, w.run.Outcome, w.run.Summary)
			}
		})
	}
}

// A machine whose keep ended after 65 minutes was first asked to stop 13 hours later,
// because the run that came back was busy with one whose keep ended after 60.
func TestNoKeepIsProlongedByAnotherMachine(t *testing.T) {
	began := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // of a bubble of synctest
	keep := func(minutes int) map[string]string {
		return map[string]string{"zenstop-keep-until": began.Add(time.Duration(minutes) * time.Minute).Format(time.RFC3339)}
	}
	req := request("a", "b", "c")
	req.Timeout = 12 * time.Hour
	sc := fleet(
		sim.Instance{ID: "a", NeverStops: true},
		sim.Instance{ID: "b", StopTakes: time.Minute, Tags: keep(65)},
		sim.Instance{ID: "c", StopTakes: 20 * time.Minute, Tags: keep(12*60 - 10)},
	)
	within(t, sc, req, func(w *world) {
		w.finish()
		asked := w.server.Truth("b").FirstAccepted.Sub(began)
		if w.verdict("b") != power.Stopped || asked < 65*time.Minute || asked > 67*time.Minute {
			w.Errorf("b is %s, asked after %s", w.verdict("b"), asked)
		}
		c := w.run.Instances[2]
		if c.Verdict != power.Kept || c.KeepUntil == nil || c.Requests != 1 {
			w.Errorf("c, asked 10 minutes before the deadline, is %s until %v, asked %d times: the next run goes on with it", c.Verdict, c.KeepUntil, c.Requests)
		}
	})
}

func TestARowThatCannotBeReadKeepsNoOtherFromBeingStopped(t *testing.T) {
	for _, form := range []string{sim.TagsAsMap, sim.TagsOtherwise, sim.TagsWithoutKeys, sim.TagsAsText} {
		within(t, fleet(sim.Instance{ID: "odd", Tags: map[string]string{"zenstop-protect": ""}, Unreadable: form}, sim.Instance{ID: "mate", StopTakes: time.Minute}), request("odd", "mate"), func(w *world) {
			w.finish()
			if w.verdict("mate") != power.Stopped || w.verdict("odd") != power.Refused || w.server.Truth("odd").StopCalls != 0 || !strings.Contains(w.run.Instances[0].Note, "tags") {
				w.Errorf("%s: %s", form, w.run.Summary)
			}
		})
	}
}
