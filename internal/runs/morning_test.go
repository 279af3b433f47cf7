package runs_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// until lets a request start what it stops again, so long after the beginning of virtual time.
func again(req runs.Request, after time.Duration) runs.Request {
	at := virtual.Add(after)
	req.StartAt = &at
	return req
}

// virtual is when virtual time begins, a Saturday.
var virtual = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// report ends the run as the workflow does, and returns the report and the runs after it.
func (w *world) report(e runs.Ending) (runs.Report, []runs.Run) {
	w.Helper()
	e.Run = w.run
	rep := w.runner.Report(e)
	var further []runs.Run
	for i := range rep.Further {
		text, err := json.Marshal(rep.Further[i])
		if err != nil {
			w.Fatal(err)
		}
		run, err := runs.Decode(text)
		if err != nil {
			w.Fatalf("%s cannot be read: %v", rep.Further[i].Name, err)
		}
		further = append(further, run)
	}
	return rep, further
}

// morning ends the run, and carries out the run that starts again.
func (w *world) morning() runs.Report {
	w.Helper()
	rep, further := w.report(runs.Ending{})
	if len(further) != 1 || further[0].Action != power.Start {
		w.Fatalf("%d further runs after: %s", len(further), rep.Run.Summary)
	}
	w.run = further[0]
	w.finish()
	return rep
}

func TestExactlyWhatTheRunHasStoppedIsStartedAgain(t *testing.T) {
	const minute = time.Minute
	tag := func(key string) map[string]string { return map[string]string{key: "2100-01-01"} }
	for name, c := range map[string]struct {
		is   sim.Instance
		want power.Verdict // of the start; empty: it is not started
	}{
		"stopped":                               {sim.Instance{StopTakes: minute}, power.Started},
		"booting at first":                      {sim.Instance{Status: "BOOTING", BecomesRunningAfter: minute}, power.Started},
		"still on its way down at the deadline": {sim.Instance{StopTakes: 2 * time.Hour}, power.Started},
		"never stops":                           {sim.Instance{NeverStops: true}, power.TimedOut},
		"ignores every stop":                    {sim.Instance{IgnoresStops: 9}, power.AlreadyRunning},
		"vanishes after the request":            {sim.Instance{NeverStops: true, VanishesAt: minute}, power.Missing},
		"gets the protect tag":                  {sim.Instance{LaterTags: tag("zenstop-protect"), LaterTagsAt: 2 * time.Hour}, power.Protected},
		"started meanwhile by somebody":         {sim.Instance{ExternalStartAt: 2 * time.Hour}, power.AlreadyRunning},
		"was STOPPED":                           {sim.Instance{Status: "STOPPED"}, ""},
		"was STOPPING":                          {sim.Instance{Status: "STOPPING", StopTakes: minute}, ""},
		"protected":                             {sim.Instance{Tags: tag("zenstop-protect")}, ""},
		"kept":                                  {sim.Instance{Tags: tag("zenstop-keep-until")}, ""},
		"restarted by somebody":                 {sim.Instance{StopTakes: 5 * minute, RestartsAfter: minute, RestartsFromStopping: true}, ""},
		"recycled":                              {sim.Instance{StopTakes: 5 * minute, RecycledAt: minute}, ""},
		"refused":                               {sim.Instance{RefusesStop: "OPERATION_DENIED_LOCKED"}, ""},
		"missing":                               {sim.Instance{Missing: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.is.ID = "it"
			within(t, fleet(c.is, sim.Instance{ID: "mate"}), again(request("it", "mate"), 7*time.Hour), func(w *world) {
				w.finish()
				rep := w.morning()
				all := []string{"mate"}
				if c.want != "" {
					all = []string{"it", "mate"}
				}
				var got []string
				for i := range w.run.Instances {
					got = append(got, w.run.Instances[i].ID)
				}
				if slices.Sort(got); !slices.Equal(got, all) {
					w.Fatalf("starts %v, want %v: %s", got, all, w.run.Summary)
				}
				if c.want != "" && w.verdict("it") != c.want {
					w.Errorf("%s, want %s", w.verdict("it"), c.want)
				}
				if w.verdict("mate") != power.Started {
					w.Errorf("mate is %s", w.verdict("mate"))
				}
				for _, r := range w.server.Requests() {
					if r.Action == sim.ActionStart && r.At.Before(virtual.Add(7*time.Hour)) {
						w.Errorf("a start is asked for at %s", r.At)
					}
				}
				says := map[int]string{1: "1 instance is", 2: "2 instances are"}[len(all)] + " started again at 2000-01-01T07:00:00Z, by the run request-1-start."
				if !strings.Contains(rep.Run.Summary, says) || rep.Run.StartsAgain != len(all) || !strings.Contains(rep.Notice.Message, says) {
					w.Errorf("the report does not say %q: %s", says, rep.Run.Summary)
				}
			})
		})
	}
}

// The function asks for the stop, and dies before it has returned a document.
func TestWhatAStopThatBrokeOffMayHaveStoppedIsStartedAgain(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "b"}, sim.Instance{ID: "off", ExternalStopAt: 5 * time.Second}, sim.Instance{ID: "boots", Status: "BOOTING", BecomesRunningAfter: 30 * time.Minute})
	within(t, sc, again(request("a", "b", "off", "boots"), 7*time.Hour), func(w *world) {
		w.plan()
		lost := w.run
		if lost.Next != runs.NextStop {
			t.Fatal(lost.Next)
		}
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal(lost)
		if err != nil {
			t.Fatal(err)
		}
		if w.run, err = runs.Decode(text); err != nil {
			t.Fatal(err)
		}
		wait(20 * time.Second)
		if err := w.runner.Check(w.Context(), &w.run); err != nil {
			t.Fatal(err)
		}
		w.finish()
		w.morning()
		if len(w.run.Instances) != 3 || w.verdict("a") != power.Started || w.verdict("b") != power.Started || w.verdict("off") != power.Started {
			t.Errorf("%v: %s", w.run.Counts, w.run.Summary) // off may have been named too
		}
	})
}

// A round that could not look has asked for nothing, and says so by its error.
func TestWhatARoundThatFailedDidNotAskForIsNotStartedAgain(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", ExternalStopAt: 5 * time.Second}, sim.Instance{ID: "b"})
	sc.Faults = []sim.Fault{{Kind: sim.Unavailable, Action: sim.ActionDescribe, From: time.Second, Until: 15 * time.Second}}
	within(t, sc, again(request("a", "b"), 7*time.Hour), func(w *world) {
		w.plan()
		wait(2 * time.Second)
		if err := w.runner.Stop(w.Context(), &w.run); err == nil {
			t.Fatal("the stop round does not fail")
		}
		w.run.Next = runs.NextWait // as the workflow does
		wait(20 * time.Second)
		w.finish()
		w.morning()
		if len(w.run.Instances) != 1 || w.verdict("b") != power.Started {
			t.Errorf("%v: %s", w.run.Counts, w.run.Summary)
		}
	})
}

func TestNothingIsHandedOverWhereNothingWasStopped(t *testing.T) {
	for name, change := range map[string]func(*runs.Request){
		"a dry run": func(r *runs.Request) { r.DryRun = true },
		"refused":   func(r *runs.Request) { r.MaxInstances = 0 },
		"a start":   func(r *runs.Request) { r.Action = power.Start },
	} {
		req := again(request("a"), 7*time.Hour)
		if change(&req); req.Action == power.Start {
			req.StartAt = nil
		}
		within(t, fleet(sim.Instance{ID: "a"}), req, func(w *world) {
			w.finish()
			if _, further := w.report(runs.Ending{}); len(further) > 0 {
				t.Errorf("%s: %+v", name, further)
			}
		})
	}
}

func TestADryRunSaysWhenItWouldBeStartedAgain(t *testing.T) {
	req := again(request("a"), 7*time.Hour)
	req.DryRun = true
	within(t, fleet(sim.Instance{ID: "a"}), req, func(w *world) {
		w.finish()
		if !strings.Contains(w.run.Summary, "1 of 1 instance would be stopped, and started again at 2000-01-01T07:00:00Z.") {
			t.Error(w.run.Summary)
		}
	})
}

func TestNoStopIsAskedForAtTheTimeOfTheStartOrLater(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", IgnoresStops: 9}, sim.Instance{ID: "b", Status: "BOOTING", BecomesRunningAfter: 11 * time.Minute})
	within(t, sc, again(request("a", "b"), 10*time.Minute), func(w *world) {
		w.finish()
		if end := time.Since(virtual); end > 11*time.Minute || !w.run.Deadline.Equal(virtual.Add(10*time.Minute)) {
			t.Errorf("ends after %s, with the deadline %s", end, w.run.Deadline)
		}
		for _, r := range w.server.Requests() {
			if r.Action == sim.ActionStop && !r.At.Before(virtual.Add(10*time.Minute)) {
				t.Errorf("a stop is asked for at %s", r.At)
			}
		}
		if w.verdict("a") != power.TimedOut || w.verdict("b") != power.TimedOut {
			t.Error(w.run.Summary)
		}
		w.morning()
		if len(w.run.Instances) != 1 || w.verdict("a") != power.AlreadyRunning {
			t.Error(w.run.Summary)
		}
	})
}

func TestAStartThatComesBeforeTheFirstStopRefusesTheRun(t *testing.T) {
	for name, c := range map[string]struct {
		after, warn time.Duration
		want        string
	}{
		"late":               {0, 0, "Refused, nothing was stopped: startAt is 2000-01-01T00:00:00Z, and must be later than 2000-01-01T00:00:00Z, from which the run may stop."},
		"within the warning": {time.Hour, time.Hour, "Refused, nothing was stopped: startAt is 2000-01-01T01:00:00Z, and must be later than 2000-01-01T01:00:00Z, from which the run may stop."},
		"after the warning":  {time.Hour + time.Second, time.Hour, ""},
	} {
		req := again(request("a"), c.after)
		req.Warn = c.warn
		within(t, fleet(sim.Instance{ID: "a"}), req, func(w *world) {
			if err := w.runner.Plan(w.Context(), &w.run); err != nil {
				t.Fatal(err)
			}
			refused := w.run.Outcome == runs.OutcomeRefused
			if refused != (c.want != "") || refused && w.run.Summary != c.want {
				t.Errorf("%s: %s", name, w.run.Summary)
			}
			if !refused && !strings.HasSuffix(w.run.Summary, "They are started again at 2000-01-01T01:00:01Z.") {
				t.Errorf("%s: %s", name, w.run.Summary)
			}
		})
	}
}

// daily lets the run start again at the next 07:00 on these days.
func daily(req runs.Request, days string) runs.Request {
	req.Morning = &runs.Morning{Clock: "07:00", Days: days, Stack: true}
	return req
}

const everyDay = "MON,TUE,WED,THU,FRI,SAT,SUN"

func TestTheTimeOfTheScheduleIsTheNextOneAfterTheFirstStop(t *testing.T) {
	for name, c := range map[string]struct {
		days string
		warn time.Duration
		set  runs.Mornings
		want string // empty: nothing is started
		says string
	}{
		"the same morning":       {everyDay, 0, runs.Mornings{StartTime: "07:00", StartDays: everyDay}, "2000-01-01T07:00:00Z", ""},
		"on Monday":              {"MON", 0, runs.Mornings{StartTime: "07:00", StartDays: "MON"}, "2000-01-03T07:00:00Z", ""},
		"not on a date to skip":  {everyDay, 0, runs.Mornings{StartTime: "07:00", StartDays: everyDay, SkipDates: []string{"2000-01-01"}}, "2000-01-02T07:00:00Z", ""},
		"after the warning":      {everyDay, 4 * time.Hour, runs.Mornings{StartTime: "07:00", StartDays: everyDay}, "2000-01-01T07:00:00Z", ""},
		"days that are none":     {"MONDAY", 0, runs.Mornings{StartTime: "07:00", StartDays: "MONDAY"}, "", `Nothing is started again: StartTime and StartDays: "MONDAY" must be days of the week such as MON,TUE, in 60 characters at most.`},
		"dates that are none":    {everyDay, 0, runs.Mornings{StartTime: "07:00", StartDays: everyDay, Mistake: "START_SKIP_DATES (from StartSkipDates): no"}, "", "Nothing is started again: START_SKIP_DATES (from StartSkipDates): no."},
		"never within 100 days":  {"MON", 0, runs.Mornings{StartTime: "07:00", StartDays: "MON", SkipDates: mondays()}, "", "Nothing is started again: there is no start time within 100 days."},
		"one after many to skip": {"MON", 0, runs.Mornings{StartTime: "07:00", StartDays: "MON", SkipDates: mondays()[1:]}, "2000-01-03T07:00:00Z", ""},
	} {
		req := daily(request("a"), c.days)
		req.Warn = c.warn
		within(t, fleet(sim.Instance{ID: "a"}), req, func(w *world) {
			w.runner.Mornings = c.set
			w.finish()
			rep, further := w.report(runs.Ending{})
			if rep.Run.Outcome != runs.OutcomeStopped || !strings.HasSuffix(rep.Run.Summary, c.says) {
				t.Errorf("%s: %s %s", name, rep.Run.Outcome, rep.Run.Summary)
			}
			if (len(further) == 1) != (c.want != "") || len(further) == 1 && further[0].StartAt.Format(time.RFC3339) != c.want {
				t.Errorf("%s: %+v", name, further)
			}
		})
	}
}

// mondays are those of the first 101 days.
func mondays() []string {
	var all []string
	for day := virtual.AddDate(0, 0, 2); day.Before(virtual.AddDate(0, 0, 101)); day = day.AddDate(0, 0, 7) {
		all = append(all, day.Format(time.DateOnly))
	}
	return all
}

func TestTheRunThatStartsWorksTheTimeOutOnceMoreWhenItWakesUp(t *testing.T) {
	set := func(clock string, skip ...string) runs.Mornings {
		return runs.Mornings{StartTime: clock, StartDays: everyDay, SkipDates: skip}
	}
	mistaken := set("08:00")
	mistaken.Mistake = "no"
	for name, c := range map[string]struct {
		now   runs.Mornings
		stack bool
		want  runs.Outcome
		at    string // of the first start
	}{
		"as it was":                    {set("07:00"), true, runs.OutcomeStarted, "2000-01-01T07:00"},
		"later":                        {set("09:30"), true, runs.OutcomeStarted, "2000-01-01T09:30"},
		"earlier":                      {set("06:00"), true, runs.OutcomeStarted, "2000-01-01T07:00"},
		"another day":                  {set("07:00", "2000-01-01"), true, runs.OutcomeStarted, "2000-01-02T07:00"},
		"emptied":                      {set(""), true, runs.OutcomeSkipped, ""},
		"emptied, and mistaken":        {runs.Mornings{StartDays: everyDay, Mistake: "no"}, true, runs.OutcomeSkipped, ""},
		"never":                        {runs.Mornings{StartTime: "07:00", StartDays: "MON", SkipDates: mondays()}, true, runs.OutcomeSkipped, ""},
		"it cannot be read":            {set("7 o'clock"), true, runs.OutcomeStarted, "2000-01-01T07:00"},
		"something else cannot":        {mistaken, true, runs.OutcomeStarted, "2000-01-01T07:00"},
		"the time is of the event":     {set("09:30"), false, runs.OutcomeStarted, "2000-01-01T07:00"},
		"the event's, and it is empty": {set(""), false, runs.OutcomeStarted, "2000-01-01T07:00"},
	} {
		t.Run(name, func(t *testing.T) {
			req := daily(request("a"), everyDay)
			req.Morning.Stack = c.stack
			within(t, fleet(sim.Instance{ID: "a"}), req, func(w *world) {
				w.runner.Mornings = set("07:00")
				w.finish()
				_, further := w.report(runs.Ending{})
				w.run, w.runner.Mornings = further[0], c.now
				w.finish()
				if w.run.Outcome != c.want || len(w.run.Instances) != 1 {
					t.Errorf("%s: %s", w.run.Outcome, w.run.Summary)
				}
				first := ""
				for _, r := range w.server.Requests() {
					if r.Action == sim.ActionStart && first == "" {
						first = r.At.UTC().Format("2006-01-02T15:04")
					}
				}
				if first != c.at {
					t.Errorf("the first start is asked for at %q, want %q", first, c.at)
				}
			})
		})
	}
}

func TestAKeepThatEndsBeforeTheStartHandsItsTimeOnAndALaterOneStaysUp(t *testing.T) {
	for until, comes := range map[string]bool{"2000-01-01T06:59:59Z": true, "2000-01-01T07:00:00Z": false, "2000-01-02": false} {
		within(t, fleet(sim.Instance{ID: "a", Tags: map[string]string{"zenstop-keep-until": until}}, sim.Instance{ID: "b"}), again(request("a", "b"), 7*time.Hour), func(w *world) {
			w.finish()
			_, further := w.report(runs.Ending{})
			if (len(further) == 2) != comes || further[len(further)-1].Action != power.Start {
				t.Fatalf("%s: %d further runs", until, len(further))
			}
			if !comes {
				return
			}
			w.run = further[0]
			w.finish()
			if w.verdict("a") != power.Stopped && w.verdict("a") != power.TimedOut {
				t.Fatalf("%s: %s", until, w.run.Summary)
			}
			w.morning()
			if w.run.Name != "request-1-kept-start" || w.verdict("a") != power.Started && w.verdict("a") != power.AlreadyRunning {
				t.Errorf("%s: %s: %s", until, w.run.Name, w.run.Summary)
			}
		})
	}
}

func TestAStopThatCannotBeFollowedByItsStartHasFailed(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}), again(request("a"), 7*time.Hour), func(w *world) {
		w.finish()
		first, _ := w.report(runs.Ending{})
		w.run = first.Run
		rep, further := w.report(runs.Ending{Failure: runs.Failure{Error: "States.Timeout"}, Notice: first.Notice, Back: "request-1-start"})
		if rep.Run.Outcome != runs.OutcomeFailed || len(further) > 0 || rep.Notice.Event != "Instances Not Stopped" ||
			!strings.Contains(rep.Run.Summary, "The run that starts again what was stopped could not be started (States.Timeout).") {
			t.Errorf("%s: %s", rep.Run.Outcome, rep.Run.Summary)
		}
		if strings.Contains(rep.Run.Summary+rep.Notice.Message+strings.Join(rep.Run.Notes, ""), "is started again at") || rep.Run.StartsAgain != 0 {
			t.Errorf("the report promises a start: %d, %s", rep.Run.StartsAgain, rep.Notice.Message)
		}
	})
}

// Nothing can be asked any more after the stops.
func TestARunThatGivesUpHandsOverWhatItHasStopped(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute}), again(request("a"), 7*time.Hour), func(w *world) {
		w.plan()
		if err := w.runner.Stop(w.Context(), &w.run); err != nil {
			t.Fatal(err)
		}
		rep, further := w.report(runs.Ending{Failure: rejected})
		if len(further) != 1 || rep.Run.Outcome != runs.OutcomeFailed || rep.Run.StartsAgain != 1 {
			t.Fatalf("%d further runs: %s", len(further), rep.Run.Summary)
		}
		w.run = further[0]
		if w.finish(); w.verdict("a") != power.Started {
			t.Error(w.run.Summary)
		}
	})
}

// The limit of the stack may be lower by then, and what was stopped has to come back.
func TestARunThatStartsAgainIsBoundedByItsOwnRows(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "b"}), again(request("a", "b"), 7*time.Hour), func(w *world) {
		w.finish()
		_, further := w.report(runs.Ending{})
		w.run = further[0]
		w.run.HoldTo(1)
		if w.finish(); w.run.Outcome != runs.OutcomeStarted {
			t.Error(w.run.Summary)
		}
	})
}

// Two deliveries of a start find the machine in another state: the second one is not a fault.
func TestWhatRunsAlreadyIsStartedOnce(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}), again(request("a"), 7*time.Hour), func(w *world) {
		w.finish()
		_, further := w.report(runs.Ending{})
		for _, want := range []power.Verdict{power.Started, power.AlreadyRunning} {
			w.run = further[0]
			if w.finish(); w.verdict("a") != want {
				t.Errorf("%s, want %s", w.verdict("a"), want)
			}
		}
		if n := len(w.server.Truth("a").Starts); n != 1 {
			t.Errorf("%d accepted starts", n)
		}
	})
}

func TestADocumentWithAnotherActionIsAnError(t *testing.T) {
	doc := strings.Replace(good, `"action":"stop"`, `"action":"reboot"`, 1)
	if _, err := runs.Decode([]byte(doc)); err == nil || !strings.Contains(err.Error(), "action: must be stop or start") {
		t.Error(errors.Join(err))
	}
}

// The run before has asked for the stop, and could not see its end.
func TestWhatTheNextRunGoesOnWithIsStartedByThatOneAlone(t *testing.T) {
	keep := map[string]string{"zenstop-keep-until": "2000-01-01T00:20:00Z"}
	sc := fleet(sim.Instance{ID: "a", Tags: keep, StopTakes: 15 * time.Minute}, sim.Instance{ID: "busy", NeverStops: true})
	within(t, sc, again(request("a", "busy"), 7*time.Hour), func(w *world) {
		w.finish()
		_, further := w.report(runs.Ending{})
		if len(further) != 2 || !slices.Equal(further[1].Memory.InstanceIDs, []string{"busy"}) || further[0].Instances[0].ID != "a" {
			t.Fatalf("%s: %+v", w.run.Summary, further)
		}
		w.run = further[0]
		w.finish()
		w.morning()
		if len(w.run.Instances) != 1 || w.verdict("a") != power.Started {
			t.Errorf("%s", w.run.Summary)
		}
	})
}

// A finding of a review: a part that died, and its start that could not be started, are told of
// by their names and numbers.
func TestTheReportNamesTheRunsThatStartAgainAndForgetsThoseThatCouldNotBeStarted(t *testing.T) {
	var machines []sim.Instance
	var all []string
	for i := range 1200 {
		all = append(all, fmt.Sprintf("a-%04d", i))
		machines = append(machines, sim.Instance{ID: all[i]})
	}
	req := again(request(all...), 7*time.Hour)
	req.MaxInstances = len(all)
	within(t, fleet(machines...), req, func(w *world) {
		w.plan()
		lost := w.run.Memory.Parts
		if len(lost) != 2 {
			t.Fatalf("%d parts: %s", len(lost), w.run.Summary)
		}
		good := runs.Run{Name: lost[1].Name, Outcome: runs.OutcomeStopped, Counts: map[power.Verdict]int{power.AlreadyStopped: 600}, Part: 2}
		one, further := w.report(runs.Ending{Parts: []runs.PartEnd{{Lost: &lost[0]}, {Run: &good}}})
		if len(further) != 1 || !strings.Contains(one.Run.Summary, "600 instances are started again at 2000-01-01T07:00:00Z, by the run request-1-part-1-start.") {
			t.Errorf("one part died, %d runs: %s", len(further), one.Run.Summary)
		}
		both, further := w.report(runs.Ending{Parts: []runs.PartEnd{{Lost: &lost[0]}, {Lost: &lost[1]}}})
		if len(further) != 2 || !strings.Contains(both.Run.Summary, "1200 instances are started again at 2000-01-01T07:00:00Z, by a run for each part.") {
			t.Errorf("both died, %d runs: %s", len(further), both.Run.Summary)
		}
		w.run = both.Run
		left, _ := w.report(runs.Ending{Failure: runs.Failure{Error: "States.Timeout"}, Notice: both.Notice, Back: "request-1-part-1-start"})
		if n := left.Run.StartsAgain; n != 600 || strings.Contains(left.Run.Summary, "1200 instances are started again") || !strings.Contains(left.Run.Summary, "600 instances are started again at 2000-01-01T07:00:00Z, by the run request-1-part-2-start.") {
			t.Errorf("one cannot be started: %d, %s", n, left.Run.Summary)
		}
		w.run = left.Run
		none, _ := w.report(runs.Ending{Failure: runs.Failure{Error: "States.Timeout"}, Notice: left.Notice, Back: "request-1-part-2-start"})
		if n := none.Run.StartsAgain; n != 0 || strings.Contains(none.Run.Summary, "started again at") {
			t.Errorf("none can be started: %d, %s", n, none.Run.Summary)
		}
	})
}

// A finding of a review: right after a stop was accepted Zenlayer may show the machine as
// RUNNING, and that is no proof that it runs.
func TestWhatGoesDownAtTheTimeOfTheStartIsWaitedForAndStarted(t *testing.T) {
	for _, lag := range []time.Duration{0, 40 * time.Second, time.Minute, 80 * time.Second, 100 * time.Second} {
		for _, keep := range []string{"2000-01-01T06:57:30Z", "2000-01-01T06:58:30Z", "2000-01-01T06:59:00Z", "2000-01-01T06:59:40Z"} {
			late := sim.Instance{ID: "a", Tags: map[string]string{"zenstop-keep-until": keep}, StopTakes: 3 * time.Minute, Lag: lag}
			within(t, fleet(late), again(request("a"), 7*time.Hour), func(w *world) {
				for w.finish(); ; w.finish() {
					rep, further := w.report(runs.Ending{})
					if len(further) == 0 {
						break
					}
					if says := further[0].StartAt.Format(time.RFC3339); further[0].Action == power.Start && !strings.Contains(rep.Run.Summary, "started again at "+says+", by") {
						t.Errorf("lag %s, kept until %s: the start is at %s, and the report says: %s", lag, keep, says, rep.Run.Summary)
					}
					w.run = further[0]
				}
				if got := w.server.Truth("a").Status; w.run.Outcome == runs.OutcomeStarted && got != sim.StatusRunning || w.run.Outcome != runs.OutcomeStarted {
					t.Errorf("lag %s, kept until %s: %s is %s, and the machine is %s: %s", lag, keep, w.run.Name, w.run.Outcome, got, w.run.Summary)
				}
			})
		}
	}
}

// A finding of a review: the time is worked out anew at each plan, and so is the deadline.
func TestAMistakeThatIsCorrectedDuringTheWarningIsForgotten(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a"}), daily(request("a"), everyDay), func(w *world) {
		w.run.Memory.Warn = 3600
		w.runner.Mornings = runs.Mornings{StartTime: "07:00", StartDays: everyDay, Mistake: "no"}
		if err := w.runner.Plan(w.Context(), &w.run); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(w.run.Summary, "Nothing is started again: no.") || w.run.Next != runs.NextWarn {
			t.Errorf("the warning does not say it: %s: %s", w.run.Next, w.run.Summary)
		}
		w.runner.Mornings.Mistake = ""
		w.finish()
		if rep, _ := w.report(runs.Ending{}); strings.Contains(rep.Run.Summary, "Nothing is started again") || rep.Run.StartsAgain != 1 {
			t.Error(rep.Run.Summary)
		}
	})
}

// A finding of a review: skip dates that come while the run holds move the start a day on.
func TestAStartThatMovesOnLetsTheDeadlineGo(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", StopTakes: 15 * time.Minute}), daily(request("a"), everyDay), func(w *world) {
		w.run.Memory.Morning.Clock = "01:10"
		w.run.Memory.Warn = 3600
		if err := w.runner.Plan(w.Context(), &w.run); err != nil {
			t.Fatal(err)
		}
		w.runner.Mornings.SkipDates = []string{"2000-01-01"}
		w.finish()
		if w.run.Outcome != runs.OutcomeStopped || !w.run.StartAt.Equal(time.Date(2000, 1, 2, 1, 10, 0, 0, time.UTC)) {
			t.Errorf("%s, starts again at %s: %s", w.run.Outcome, w.run.StartAt, w.run.Summary)
		}
	})
}

// A finding of the campaign, seed 2013644: a plan before the warning took the time of the warning
// off the deadline, and the run waited past it.
func TestAPlanBeforeTheWarningLeavesTheDeadlineWhereItWas(t *testing.T) {
	req := daily(request("a"), everyDay)
	req.Warn = time.Hour
	within(t, fleet(sim.Instance{ID: "a", Status: sim.StatusStopped}), req, func(w *world) {
		w.runner.Mornings = runs.Mornings{StartTime: "07:00", StartDays: everyDay}
		before := w.run.Deadline
		if err := w.runner.Plan(w.Context(), &w.run); err != nil || w.run.Next != runs.NextPlan || !w.run.Deadline.Equal(before) {
			t.Errorf("next %s, error %v, deadline %s, want %s", w.run.Next, err, w.run.Deadline, before)
		}
	})
}
