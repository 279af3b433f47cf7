package shutdown

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// of is a run with one instance for each verdict.
func of(verdicts ...Verdict) *Run {
	run := New(Request{Run: "r", MaxInstances: 9, Timeout: time.Hour}, at(0))
	run.Planned = true
	for n, v := range verdicts {
		run.Instances = append(run.Instances, Instance{ID: fmt.Sprintf("i-%d", n+1), Status: "RUNNING", Verdict: v})
	}
	return &run
}

func TestASummarySaysHowManyStoppedAndNamesTheOthers(t *testing.T) {
	many := make([]Verdict, 15)
	for n := range many {
		many[n] = Missing
	}
	cases := map[string]struct {
		run  *Run
		to   move
		want string
	}{
		"all stopped":       {of(Stopped, Stopped), ends(), "2 of 2 instances stopped."},
		"one":               {of(Stopped), ends(), "1 of 1 instance stopped."},
		"none needed it":    {of(AlreadyStopped, AlreadyStopped, Protected), ends(), "0 of 3 instances stopped, 2 already STOPPED, 1 protected."},
		"some are open":     {of(Stopped, Open, Open), goesTo(NextWait), "1 of 3 instances stopped, 2 open."},
		"bad and open ones": {of(Recycled, Open), goesTo(NextWait), "0 of 2 instances stopped, 1 open. Not stopped: i-1 RECYCLED."},
		"two are bad":       {of(Stopped, Recycled, TimedOut), ends(), "1 of 3 instances stopped. Not stopped: i-2 RECYCLED, i-3 TIMED_OUT (last seen RUNNING)."},
		"ten are named": {of(many...), ends(), "0 of 15 instances stopped. Not stopped: i-1 MISSING, i-2 MISSING, i-3 MISSING, i-4 MISSING, i-5 MISSING, " +
			"i-6 MISSING, i-7 MISSING, i-8 MISSING, i-9 MISSING, i-10 MISSING and 5 more."},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if c.run.leave(c.to, at(60)); c.run.Summary != c.want {
				t.Errorf("%s\nwant %s", c.run.Summary, c.want)
			}
		})
	}
}

func TestASummaryKnowsAnInstanceByItsIDAndItsName(t *testing.T) {
	run := of(Missing, Missing, Unverified)
	run.Instances[0].Name, run.Instances[1].Name, run.Instances[2].Status = "web\n1", "i-2", ""
	run.leave(ends(), at(60))
	if want := "0 of 3 instances stopped. Not stopped: i-1 (web 1) MISSING, i-2 MISSING, i-3 UNVERIFIED."; run.Summary != want {
		t.Errorf("%s\nwant %s", run.Summary, want)
	}
}

func TestASummaryHasAThousandCharactersAtMost(t *testing.T) {
	run := of(Missing, Missing, Missing, Missing, Missing, Missing, Missing, Missing, Missing, Missing)
	for i := range run.Instances {
		run.Instances[i].Name = strings.Repeat("ü", 200)
	}
	run.leave(ends(), at(60))
	if n := len([]rune(run.Summary)); n != 1000 {
		t.Errorf("%d characters", n)
	}
}

func TestTheOutcomeFollowsTheVerdicts(t *testing.T) {
	for _, v := range Verdicts() {
		run := of(Stopped, v)
		run.leave(ends(), at(60))
		want := OutcomeFailed
		if v.Good() {
			want = OutcomeStopped
		}
		if run.Outcome != want || run.WaitSeconds != 0 || run.Next != NextReport || run.Counts[v] == 0 {
			t.Errorf("%s: outcome %s, wait %d, next %s, counts %v", v, run.Outcome, run.WaitSeconds, run.Next, run.Counts)
		}
	}
	empty := of()
	if empty.leave(ends(), at(60)); empty.Outcome != OutcomeFailed {
		t.Errorf("a run of nobody is %s", empty.Outcome)
	}
}

func TestWhereARunStandsSaysWhatComesNext(t *testing.T) {
	for _, next := range []Next{NextWait, NextPlan, NextStop, NextHold, NextWarn, NextParts} {
		run := of(Open)
		if run.leave(goesTo(next), at(60)); run.Outcome != OutcomeWaiting || run.Next != next || run.WaitSeconds < 1 {
			t.Errorf("%s: outcome %s, next %s, wait %d", next, run.Outcome, run.Next, run.WaitSeconds)
		}
	}
}

func TestTheNextLookComesSoonerWhereSomethingIsKnownToCome(t *testing.T) {
	open := func(change func(in *Instance)) *Run {
		run := of(Open)
		run.Instances[0].Status = "STOPPING"
		change(&run.Instances[0])
		return run
	}
	nothing := func(*Instance) {}
	cases := map[string]struct {
		run  *Run
		now  int
		want int
	}{
		"at first":                           {open(nothing), 0, 20},
		"more after some time":               {open(nothing), 101, 27}, // 26 11/15 s
		"no more after some minutes":         {open(nothing), 1000, 34},
		"not past the deadline":              {open(nothing), 3590, 10},
		"at the deadline":                    {open(nothing), 3600, 1},
		"while a sighting is in doubt":       {open(func(in *Instance) { in.Memory.Doubt = &Doubt{Of: DoubtAbsent} }), 1000, 15},
		"when a stop is due again":           {open(func(in *Instance) { in.Status, in.StopRequests, in.Memory.AskedAt = "RUNNING", 1, at(900).Unix() }), 1000, 20},
		"not at once when a stop is overdue": {open(func(in *Instance) { in.Status = "RUNNING" }), 1000, 5},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.run.wait(at(c.now)); got != c.want {
				t.Errorf("%d s, want %d", got, c.want)
			}
		})
	}
}

func TestADryRunTellsWhatWouldBecomeOfEachInstance(t *testing.T) {
	for status, want := range map[string]string{
		"":            "no answer about it: would be looked at again",
		"RUNNING":     "is RUNNING: would be stopped",
		"STOPPING":    "is STOPPING: would be watched until STOPPED",
		"INSTALLING":  "is INSTALLING: would be stopped once RUNNING",
		"MAINTENANCE": "has an unknown status: would be watched, and stopped once RUNNING",
	} {
		if got := (&Instance{Status: status}).prospect(); got != want {
			t.Errorf("%q: %s, want %s", status, got, want)
		}
	}
	in := &Instance{}
	if in.observeAbsence(at(0)); in.prospect() != "not found in one answer: would be looked for again" {
		t.Errorf("absent: %s", in.prospect())
	}
}

func TestARefusedOrSkippedEventIsAWholeRun(t *testing.T) {
	req := Request{Run: "r", Trigger: Trigger{Kind: KindSchedule}, Timeout: time.Hour, MaxInstances: 5}
	for _, c := range []struct {
		run     Run
		outcome Outcome
		summary string
	}{
		{Refused(req, "why", at(0)), OutcomeRefused, "Refused, nothing was stopped: why"},
		{Skipped(req, "why", at(0)), OutcomeSkipped, "Skipped, nothing was stopped: why"},
	} {
		if c.run.Outcome != c.outcome || c.run.Summary != c.summary || c.run.Next != NextReport || c.run.WaitSeconds != 0 || c.run.Trigger.Kind != KindSchedule {
			t.Errorf("%+v", c.run)
		}
	}
}

func TestANoteIsOneLineOfThreeHundredCharactersAtMost(t *testing.T) {
	if got := Note("a\n" + strings.Repeat("b", 400)); len([]rune(got)) != 300 || strings.Contains(got, "\n") {
		t.Errorf("%q", got)
	}
}
