package runs

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/text"
)

// of is a run with one instance for each verdict.
func of(verdicts ...power.Verdict) *Run {
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 9, Timeout: time.Hour}, at(0))
	run.Planned = true
	for n, v := range verdicts {
		run.Instances = append(run.Instances, power.Instance{ID: fmt.Sprintf("i-%d", n+1), Status: "RUNNING", Verdict: v})
	}
	return &run
}

func TestASummarySaysHowManyStoppedAndNamesTheOthers(t *testing.T) {
	many := make([]power.Verdict, 15)
	for n := range many {
		many[n] = power.Missing
	}
	cases := map[string]struct {
		run  *Run
		to   move
		want string
	}{
		"all stopped":       {of(power.Stopped, power.Stopped), ends(), "2 of 2 instances stopped."},
		"one":               {of(power.Stopped), ends(), "1 of 1 instance stopped."},
		"none needed it":    {of(power.AlreadyStopped, power.AlreadyStopped, power.Protected), ends(), "0 of 3 instances stopped, 2 already STOPPED, 1 protected."},
		"some are open":     {of(power.Stopped, power.Open, power.Open), goesTo(NextWait), "1 of 3 instances stopped, 2 open."},
		"bad and open ones": {of(power.Recycled, power.Open), goesTo(NextWait), "0 of 2 instances stopped, 1 open. Not stopped: i-1 RECYCLED."},
		"two are bad":       {of(power.Stopped, power.Recycled, power.TimedOut), ends(), "1 of 3 instances stopped. Not stopped: i-2 RECYCLED, i-3 TIMED_OUT (last seen RUNNING)."},
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
	run := of(power.Missing, power.Missing, power.Unverified)
	run.Instances[0].Name, run.Instances[1].Name, run.Instances[2].Status = "web\n1", "i-2", ""
	run.leave(ends(), at(60))
	if want := "0 of 3 instances stopped. Not stopped: i-1 (web 1) MISSING, i-2 MISSING, i-3 UNVERIFIED."; run.Summary != want {
		t.Errorf("%s\nwant %s", run.Summary, want)
	}
}

// A finding of a review: the reason stood behind ten names, where it was cut off.
func TestASummarySaysWhyAndHowManyMoreThereAreHoweverLongTheNamesAre(t *testing.T) {
	for _, letter := range []string{"n", "ü", "日", "<"} {
		for _, length := range []int{0, 10, 30, 64} {
			run := of(slices.Repeat([]power.Verdict{power.Unverified}, 12)...)
			for i := range run.Instances {
				run.Instances[i].ID = fmt.Sprintf("instance-%011d", i)
				run.Instances[i].Name = strings.Repeat(letter, length)
			}
			const why = "The run could not go on: Zenlayer rejects the credentials: AUTHFAILURE_SIGNATURE_FAILURE."
			run.say(why)
			run.leave(ends(), at(60))
			if n := len([]rune(run.Summary)); !strings.HasSuffix(run.Summary, " more. "+why) || n > maxSummary || text.Bytes(run.Summary) > maxSummaryBytes {
				t.Errorf("%d times %s: %d characters: %s", length, letter, n, run.Summary)
			}
		}
	}
}

func TestASummaryNamesThoseToWhomNobodyComesBack(t *testing.T) {
	run := of(power.Stopped, power.Kept)
	run.leave(ends(), at(60))
	if want := "1 of 2 instances stopped, 1 kept. No run will come back to these kept instances: i-2."; run.Summary != want {
		t.Errorf("%s\nwant %s", run.Summary, want)
	}
}

func TestTheOutcomeFollowsTheVerdicts(t *testing.T) {
	for _, v := range power.Verdicts() {
		run := of(power.Stopped, v)
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
		run := of(power.Open)
		if run.leave(goesTo(next), at(60)); run.Outcome != OutcomeWaiting || run.Next != next || run.WaitSeconds < 1 {
			t.Errorf("%s: outcome %s, next %s, wait %d", next, run.Outcome, run.Next, run.WaitSeconds)
		}
	}
}

func TestTheNextLookComesSoonerWhereSomethingIsKnownToCome(t *testing.T) {
	open := func(change func(in *power.Instance)) *Run {
		run := of(power.Open)
		run.Instances[0].Status = "STOPPING"
		change(&run.Instances[0])
		return run
	}
	nothing := func(*power.Instance) {}
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
		"while a sighting is in doubt":       {open(func(in *power.Instance) { in.Memory.Doubt = &power.Doubt{Of: power.DoubtAbsent} }), 1000, 15},
		"when a stop is due again":           {open(func(in *power.Instance) { in.Status, in.Requests, in.Memory.AskedAt = "RUNNING", 1, at(900).Unix() }), 1000, 20},
		"not at once when a stop is overdue": {open(func(in *power.Instance) { in.Status = "RUNNING" }), 1000, 5},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := c.run.wait(at(c.now)); got != c.want {
				t.Errorf("%d s, want %d", got, c.want)
			}
		})
	}
}

func TestARefusedOrSkippedEventIsAWholeRun(t *testing.T) {
	req := Request{Action: power.Stop, Name: "r", Trigger: Trigger{Kind: KindSchedule}, Timeout: time.Hour, MaxInstances: 5}
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
