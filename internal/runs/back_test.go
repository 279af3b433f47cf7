package runs_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// clock is a time of the day on which a run of these tests begins, at midnight.
func clock(hour, minute int) time.Time { return time.Date(2000, 1, 1, hour, minute, 0, 0, time.UTC) }

// until is a keep tag with this time.
func until(hour, minute int) map[string]string {
	return map[string]string{"zenstop-keep-until": clock(hour, minute).Format(time.RFC3339)}
}

// started is an instance that is shown as STOPPING for two minutes, so that a run sees nothing
// to warn of, and that is kept then until this time.
func started(id string, hour, minute int) sim.Instance {
	return sim.Instance{ID: id, StopTakes: time.Minute, OddStatus: sim.StatusStopping, OddFor: 2 * time.Minute, LaterTags: until(hour, minute), LaterTagsAt: 10 * time.Second}
}

var rejected = runs.Failure{Error: "Zenlayer.CredentialsRefused", Cause: `{"errorMessage":"no"}`}

// end carries the run on to its end, and makes the run that comes back the next one; nil:
// nobody comes back.
func (w *world) end(f runs.Failure) (report runs.Run, message string, back *runs.Run) {
	w.Helper()
	rep := w.runner.Report(runs.Ending{Run: w.run, Failure: f})
	back = comesBack(rep)
	if back != nil {
		text, err := json.Marshal(back)
		if err != nil {
			w.Fatal(err)
		}
		if w.run, err = runs.Decode(text); err != nil {
			w.Fatalf("the run that comes back cannot be read: %v", err)
		}
	}
	return rep.Run, rep.Notice.Message, back
}

// comesBack is the run that comes back to kept instances; nil: none.
func comesBack(rep runs.Report) *runs.Run {
	for i := range rep.Further {
		if rep.Further[i].Action == power.Stop {
			return &rep.Further[i]
		}
	}
	return nil
}

// holdThen lets the time pass until the run that comes back begins.
func (w *world) holdThen() {
	w.Helper()
	wait(time.Until(*w.run.StopAt))
	w.planOnce()
}

func TestARunThatSawNothingToWarnOfStopsNothingWhateverItSeesLater(t *testing.T) {
	byTags := byTag()
	byTags.Warn = 10 * time.Minute
	lab := sim.Instance{ID: "lab", Tags: kv, StopTakes: time.Minute, OddStatus: sim.StatusStopping, OddFor: 10 * time.Second}
	ignoresTags := fleet(lab, sim.Instance{ID: "prod", Tags: map[string]string{"k": "other"}, Unreadable: sim.TagsAsMap, UnreadableAnswers: 2})
	ignoresTags.IgnoreFilters = []string{"tags"}
	slow := sim.Instance{ID: "slow", Status: sim.StatusStopping, StopTakes: 8 * time.Minute}
	for name, c := range map[string]struct {
		fleet sim.Scenario
		req   runs.Request
	}{
		"nobody knows that the filter matches one":        {ignoresTags, byTags},
		"the tags of the filter change":                   {fleet(sim.Instance{ID: "lab", Tags: kv, OddStatus: sim.StatusStopping, OddFor: 10 * time.Second, LaterTags: map[string]string{"k": "other"}, LaterTagsAt: 5 * time.Minute}), byTags},
		"one was RESTARTED, and the keep of another ends": {fleet(sim.Instance{ID: "r", OddStatus: sim.StatusStopping, OddFor: 40 * time.Second}, started("k", 0, 5), slow), warnedRequest("r", "k", "slow")},
	} {
		within(t, c.fleet, c.req, func(w *world) {
			w.planOnce()
			w.finish()
			report, _, _ := w.end(runs.Failure{})
			if n := w.server.Calls(sim.ActionStop); n != 0 || report.Outcome != runs.OutcomeFailed || report.StopAt != nil {
				w.Errorf("%s: %d stops, %s", name, n, report.Summary)
			}
		})
	}
}

func TestWhatIsKeptForLongerIsNotLostWhereTheRunThatComesBackCannotEndWell(t *testing.T) {
	outage := sim.Fault{Kind: sim.Unavailable, From: 119 * time.Minute, Until: 3 * time.Hour}
	kept := func(id string, hour int) sim.Instance {
		return sim.Instance{ID: id, StopTakes: time.Minute, Tags: until(hour, 0)}
	}
	for name, c := range map[string]struct {
		a, b    sim.Instance
		warned  bool
		faults  []sim.Fault
		failure runs.Failure
		comes   time.Time
		of      power.Verdict // of a
		says    string
	}{
		"its warning comes too late":    {started("a", 2, 0), started("b", 9, 0), true, nil, runs.Failure{}, clock(8, 50), power.Kept, "less than half of the announced time was left. No run will come back to a."},
		"its warning cannot be sent":    {started("a", 2, 0), started("b", 9, 0), true, nil, runs.Failure{Error: "Sns.Down"}, clock(8, 50), power.Kept, "could not be sent (Sns.Down). No run will come back to a."},
		"an outage until the deadline":  {kept("a", 2), kept("b", 9), false, []sim.Fault{outage}, runs.Failure{Error: "Zenlayer.Unavailable", Cause: `{"errorMessage":"down"}`}, clock(9, 0), power.TimedOut, "down"},
		"credentials that are rejected": {kept("a", 2), kept("b", 9), false, nil, rejected, clock(9, 0), power.Unverified, "no"},
	} {
		sc := fleet(c.a, c.b)
		sc.Faults = c.faults
		req := request("a", "b")
		if c.warned {
			req = warnedRequest("a", "b")
		}
		within(t, sc, req, func(w *world) {
			w.planOnce()
			w.finish()
			if _, _, back := w.end(runs.Failure{}); back == nil {
				t.Fatalf("%s: nobody comes back", name)
			}
			wait(time.Until(*w.run.StopAt))
			switch {
			case c.warned:
				w.planOnce()
				wait(6 * time.Minute)
			case c.faults != nil:
				w.untilDeadline()
				wait(time.Until(w.run.Deadline))
			}
			report, message, back := w.end(c.failure)
			if back == nil || len(back.Instances) != 1 || back.Instances[0].ID != "b" || !back.StopAt.Equal(c.comes) {
				t.Fatalf("%s: comes back as %+v; %s", name, back, report.Summary)
			}
			if report.Instances[0].Verdict != c.of || report.Instances[1].Verdict != power.Kept || !strings.Contains(report.Summary, c.says) || !strings.Contains(message, c.says) {
				t.Errorf("%s: a is %s, b is %s: %s", name, report.Instances[0].Verdict, report.Instances[1].Verdict, report.Summary)
			}
			if (back.Memory.Warn > 0) != c.warned || !back.Deadline.Equal(back.StopAt.Add(30*time.Minute+time.Duration(back.Memory.Warn)*time.Second)) {
				t.Errorf("%s: warns %d s before, from %s to %s", name, back.Memory.Warn, back.StopAt, back.Deadline)
			}
		})
	}
}

func TestAWarningCountsThoseWhoseKeepEndsUntilThen(t *testing.T) {
	k := sim.Instance{ID: "k", StopTakes: time.Minute, Tags: until(0, 5)}
	within(t, fleet(k), warnedRequest("k"), func(w *world) {
		w.planOnce()
		if !strings.HasPrefix(w.run.Summary, "1 of 1 instance will be stopped") {
			t.Error(w.run.Summary)
		}
	})
	within(t, fleet(started("a", 2, 0)), warnedRequest("a"), func(w *world) {
		w.planOnce()
		w.finish()
		w.end(runs.Failure{})
		w.holdThen()
		if !strings.HasPrefix(w.run.Summary, "1 of 1 instance will be stopped") {
			t.Error(w.run.Summary)
		}
	})
	req := warnedRequest("a", "k")
	req.MaxInstances = 1
	within(t, fleet(sim.Instance{ID: "a"}, k), req, func(w *world) {
		w.planOnce()
		if want := "2 instances would be stopped, but the limit (maxInstances) is 1."; w.run.Outcome != runs.OutcomeRefused || !strings.HasSuffix(w.run.Summary, want) {
			t.Errorf("%s: %s", w.run.Outcome, w.run.Summary)
		}
	})
}

func TestAWarningNamesNoKeepThatIsNoMore(t *testing.T) {
	b := started("b", 9, 0)
	b.Retags = []sim.Retag{{At: time.Hour, Tags: map[string]string{"x": "y"}}}
	within(t, fleet(started("a", 2, 0), b), warnedRequest("a", "b"), func(w *world) {
		w.planOnce()
		w.finish()
		w.end(runs.Failure{})
		w.holdThen()
		message := w.run.Memory.Warning.Message
		if strings.Contains(message, "T09:00") || !strings.Contains(message, "KEPT until "+clock(2, 0).Format(time.RFC3339)) || !strings.HasPrefix(message, "2 of 2 instances") {
			t.Error(message)
		}
	})
	a := started("a", 2, 0)
	a.ExternalStopAt, a.Retags = time.Hour, b.Retags
	within(t, fleet(a), warnedRequest("a"), func(w *world) {
		w.planOnce()
		w.finish()
		w.end(runs.Failure{})
		w.holdThen()
		if w.finish(); w.run.Memory.Warning != nil || w.run.Outcome != runs.OutcomeStopped {
			t.Errorf("a warning of nothing: %s", w.run.Summary)
		}
	})
}

func TestALargeRunThatIsNeverPlannedKeepsNobodyForARunThatCouldNotHoldThem(t *testing.T) {
	var all []sim.Instance
	var names []string
	for n := range 1200 {
		names = append(names, fmt.Sprintf("i-%04d", n))
		all = append(all, sim.Instance{ID: names[n], Tags: until(9, 0)})
	}
	all[0].Tags = nil
	byName := filterRequest(zenlayer.Filter{InstanceName: "i-*"})
	for name, req := range map[string]runs.Request{"a filter": byName, "ids": request(names...)} {
		req.MaxInstances, req.Warn = 1200, 10*time.Minute
		sc := fleet(all...)
		sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 5 * time.Minute, Until: 41 * time.Minute}}
		within(t, sc, req, func(w *world) {
			w.planOnce()
			w.hold()
			w.untilDeadline()
			wait(time.Until(w.run.Deadline.Add(2 * time.Minute)))
			w.finish()
			report, _, back := w.end(runs.Failure{})
			if back != nil || report.Outcome != runs.OutcomeFailed || report.Counts[power.Kept] != 0 || report.Counts[power.TimedOut] != 1200 {
				t.Errorf("%s: %s", name, report.Summary)
			}
		})
	}
}

func TestAKeepOfWhichTheWarningToldHoldsWhereNothingCanBeAskedAfterIt(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", Tags: kv}, sim.Instance{ID: "b", Tags: map[string]string{"k": "v", "zenstop-keep-until": clock(9, 0).Format(time.RFC3339)}})
	sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 5 * time.Minute, Until: 24 * time.Hour}}
	filter := byTag()
	filter.Warn = 10 * time.Minute
	for name, req := range map[string]runs.Request{"ids": warnedRequest("a", "b"), "a filter": filter} {
		within(t, sc, req, func(w *world) {
			w.planOnce()
			w.hold()
			w.untilDeadline()
			wait(time.Until(w.run.Deadline))
			report, _, back := w.end(runs.Failure{Error: "Zenlayer.Unavailable", Cause: `{"errorMessage":"down"}`})
			if back == nil || len(back.Instances) != 1 || !back.StopAt.Equal(clock(9, 0)) || report.Outcome != runs.OutcomeFailed || back.Memory.Warn != 0 {
				t.Errorf("%s: comes back as %+v: %s", name, back, report.Summary)
			}
		})
	}
}

func TestAWarningThatTheWorkflowTookForLateIsLateInTheReportThoughItsClockIsAhead(t *testing.T) {
	for before, want := range map[time.Duration]string{10 * time.Millisecond: "less than half of the announced time was left", time.Minute: "nobody is subscribed"} {
		within(t, fleet(sim.Instance{ID: "a"}), warnedRequest("a"), func(w *world) {
			w.planOnce()
			wait(time.Until(w.run.Memory.WarnBy.Add(-before)))
			if report, _, _ := w.end(runs.Failure{}); !strings.Contains(report.Summary, want) {
				t.Errorf("%s before: %s", before, report.Summary)
			}
		})
	}
}

func TestARunThatComesBackToWarnAndCanAskNothingIsNotFollowedByOneThatDoesTheSame(t *testing.T) {
	within(t, fleet(started("a", 2, 0), started("b", 9, 0)), warnedRequest("a", "b"), func(w *world) {
		w.planOnce()
		w.finish()
		w.end(runs.Failure{})
		wait(time.Until(*w.run.StopAt))
		report, _, back := w.end(rejected)
		if report.Outcome != runs.OutcomeFailed || report.Counts[power.Unverified] != 1 || back == nil || len(back.Instances) != 1 || !back.StopAt.Equal(clock(8, 50)) {
			t.Errorf("%s, %+v: %s", report.Outcome, back, report.Summary)
		}
	})
}

func TestARunThatCouldReadNothingAfterItsWarningFailsThoughAllAreKept(t *testing.T) {
	for name, last := range map[string]func(w *world) runs.Failure{
		"credentials that are rejected": func(*world) runs.Failure { return rejected },
		"an outage until the deadline": func(w *world) runs.Failure {
			w.untilDeadline()
			wait(time.Until(w.run.Deadline))
			return runs.Failure{Error: "Zenlayer.Unavailable", Cause: `{"errorMessage":"down"}`}
		},
	} {
		sc := fleet(sim.Instance{ID: "b", Tags: until(9, 0)})
		sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 5 * time.Minute, Until: 24 * time.Hour}}
		within(t, sc, warnedRequest("b"), func(w *world) {
			w.planOnce()
			w.hold()
			w.run.Next = runs.NextHold // as the state Hold does
			report, _, back := w.end(last(w))
			if report.Outcome != runs.OutcomeFailed || report.Counts[power.Kept] != 1 || back == nil || !back.StopAt.Equal(clock(9, 0)) {
				t.Errorf("%s: %s, %+v: %s", name, report.Outcome, back, report.Summary)
			}
		})
	}
}

func TestADryRunHandsNothingOn(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", Tags: until(2, 0)}, sim.Instance{ID: "b", Tags: until(9, 0)}), request("a", "b"), func(w *world) {
		w.planOnce()
		w.finish()
		w.end(runs.Failure{})
		w.run.DryRun = true // somebody wants to see what the run that comes back would do
		w.holdThen()
		if report, _, back := w.end(runs.Failure{}); report.Outcome != runs.OutcomePlanned || back != nil {
			t.Errorf("%s, comes back as %+v", report.Outcome, back)
		}
	})
}

func TestARunThatWarnedNobodyLeavesAKeepThatEndsToTheNextOneAtOnce(t *testing.T) {
	req := warnedRequest("k", "slow")
	req.Timeout = 12 * time.Hour
	within(t, fleet(started("k", 0, 5), sim.Instance{ID: "slow", Status: sim.StatusStopping, StopTakes: 8 * time.Minute}), req, func(w *world) {
		w.planOnce()
		w.finish()
		report, _, back := w.end(runs.Failure{})
		if report.Outcome != runs.OutcomeStopped || back == nil || back.StopAt.After(clock(0, 10)) {
			t.Errorf("%s, %+v: %s", report.Outcome, back, report.Summary)
		}
	})
}

func TestWhatTheRefusedRunThatCameBackCouldNotReadIsHandedOnToo(t *testing.T) {
	tried := 0
	for from := 3; from < 8; from++ {
		b := started("b", 9, 0)
		b.AbsentAnswers, b.AbsentFrom = 1, from
		within(t, fleet(started("a", 2, 0), b), warnedRequest("a", "b"), func(w *world) {
			w.planOnce()
			w.finish()
			if _, _, back := w.end(runs.Failure{}); back == nil || len(back.Instances) != 2 {
				return
			}
			w.holdThen()
			if w.run.Next != runs.NextWarn || w.run.Instances[1].Verdict != power.Open {
				return
			}
			tried++
			if report, _, back := w.end(runs.Failure{}); back == nil || back.Instances[0].ID != "b" || !back.StopAt.Equal(clock(8, 50)) {
				t.Errorf("answer %d: %+v: %s", from, back, report.Summary)
			}
		})
	}
	if tried == 0 {
		t.Error("no answer left b out of the plan")
	}
}

func TestAWarningOfAThousandKeptMachinesFitsAndOneThatDoesNotIsRefusedOnce(t *testing.T) {
	for idLength, wants := range map[int]runs.Next{20: runs.NextWarn, 60: runs.NextReport} {
		var all []sim.Instance
		var names []string
		for n := range 860 {
			names = append(names, fmt.Sprintf("i-%0*d", idLength-2, n))
			in := started(names[n], 9, 0)
			in.Name = fmt.Sprintf("%064d", n)
			all = append(all, in)
		}
		req := warnedRequest(names...)
		req.MaxInstances = 1000
		within(t, fleet(all...), req, func(w *world) {
			w.planOnce()
			w.finish()
			w.end(runs.Failure{})
			w.holdThen()
			if w.run.Next != wants {
				t.Fatalf("ids of %d: %s", idLength, w.run.Summary)
			}
			if report, _, back := w.end(runs.Failure{}); back != nil || report.Outcome != runs.OutcomeRefused || !strings.Contains(report.Summary, "No run will come back to "+names[0]) {
				t.Errorf("ids of %d: %s, %+v", idLength, report.Summary, back)
			}
		})
	}
}
