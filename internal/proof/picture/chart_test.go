package picture

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

func TestAnOutageLastsFromAFailedCallToTheNextThatWorked(t *testing.T) {
	is := power.Instance{Status: "RUNNING"}
	c := newChart([]Moment{
		doc(0, statePlan, is), failed(10, stateCheck), failed(20, stateCheck), doc(30, stateCheck, is), failed(40, stateStop), failed(45, "PublishMetrics"), doc(50, "Wait", is),
	})
	want := []window{{"run", at(10), at(30)}, {"run", at(40), at(50)}}
	if diff := cmp.Diff(want, c.outages, cmp.AllowUnexported(window{})); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestThoseThatAreNotStoppedComeFirstAndTheGoodOnesLast(t *testing.T) {
	order := []power.Verdict{power.Stopped, power.Open, power.Missing, power.Protected, power.Restarted, "A_NEW_VERDICT"}
	run := runs.Run{Action: power.Stop, Name: "run"}
	for i, v := range order {
		run.Instances = append(run.Instances, power.Instance{ID: fmt.Sprint(i), Verdict: v})
	}
	var got []power.Verdict
	for _, r := range newChart([]Moment{{Run: run}}).rows {
		got = append(got, r.last.Verdict)
	}
	want := []power.Verdict{"A_NEW_VERDICT", power.Restarted, power.Missing, power.Open, power.Stopped, power.Protected}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

// fleet is a run of many instances, of which the note of each is what note says.
func fleet(n int, note func(i int) string) []Moment {
	run := runs.Run{Action: power.Stop, Name: "run", Outcome: runs.OutcomeFailed, StartedAt: begin}
	for i := range n {
		in := power.Instance{ID: fmt.Sprintf("i-%04d", i), Status: "STOPPED", Verdict: power.Stopped, Note: note(i)}
		if i%10 == 0 {
			in.Status, in.Verdict = "RUNNING", power.TimedOut
		}
		run.Instances = append(run.Instances, in)
	}
	return []Moment{{At: at(0), State: statePlan, Run: run}, {At: at(10), State: "Report", Run: run}}
}

func TestAPictureHasAtMost300RowsAndCountsEveryInstance(t *testing.T) {
	different := func(i int) string { return fmt.Sprint(i) }
	alike := func(int) string { return "" }
	cases := map[string]struct {
		moments []Moment
		rows    int
	}{
		"300 instances have a row each":                               {fleet(300, alike), 300},
		"more with equal timelines share a row for each timeline":     {fleet(3000, alike), 2},
		"more with different timelines share a row for each verdict":  {fleet(3000, different), 287},
		"those with equal timelines make room for those that are not": {fleet(3000, func(i int) string { return fmt.Sprint(max(0, i-2900)) }), 101},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rows, instances := newChart(c.moments).rows, 0
			for _, r := range rows {
				instances += r.Count
			}
			if all := len(c.moments[0].Run.Instances); len(rows) != c.rows || instances != all {
				t.Errorf("%d rows for %d instances, want %d rows for %d", len(rows), instances, c.rows, all)
			}
		})
	}
}

func TestARowOfDifferentInstancesSaysWhereTheyDiffer(t *testing.T) {
	rows := []row{
		{track: &track{spans: []span{{"RUNNING", at(0), at(10), false}, {"STOPPED", at(10), at(30), false}}}, Count: 1},
		{track: &track{spans: []span{{"RUNNING", at(0), at(20), false}, {"STOPPED", at(20), at(30), false}}}, Count: 1},
	}
	want := []span{{"RUNNING", at(0), at(10), false}, {"MIXED", at(10), at(20), false}, {"STOPPED", at(20), at(30), false}}
	if diff := cmp.Diff(want, merge(rows).spans); diff != "" {
		t.Errorf("want (-), got (+):\n%s", diff)
	}
}

func TestALargeRunHasTheInstancesOfItsParts(t *testing.T) {
	part := func(n int) runs.Part {
		return runs.Part{Name: fmt.Sprintf("run-part-%d", n), Statuses: map[string][]string{"RUNNING": {fmt.Sprintf("i-%d", n)}}}
	}
	planned := runs.Run{Action: power.Stop, Name: "run", Outcome: runs.OutcomeWaiting, Planned: true, Memory: runs.Memory{Parts: []runs.Part{part(1), part(2)}}}
	done := runs.Run{Action: power.Stop, Name: "run-part-1", Part: 1, Outcome: runs.OutcomeStopped, Checks: 1, Instances: []power.Instance{{ID: "i-1", Before: "RUNNING", Status: "STOPPED", Verdict: power.Stopped}}}
	report := runs.Run{Action: power.Stop, Name: "run", Outcome: runs.OutcomeFailed, Omitted: 1, Counts: map[power.Verdict]int{power.Stopped: 1, power.Unverified: 1}, Instances: []power.Instance{{ID: "i-2", Status: "RUNNING", Verdict: power.Unverified}}}
	c := newChart([]Moment{
		{At: at(0), State: statePlan, Run: planned},
		{At: at(5), State: stateCheck, Run: done},
		{At: at(8), Run: runs.Run{Action: power.Stop, Name: "run-part-2", Part: 2, Outcome: runs.OutcomeWaiting}, Error: "aborted"},
		{At: at(9), State: "Report", Run: report},
	})
	var got []string
	for _, r := range c.rows {
		got = append(got, fmt.Sprintf("%s %s %s", r.last.ID, r.last.Verdict, r.spans[0].Status))
	}
	if want := []string{"i-2 UNVERIFIED RUNNING", "i-1 STOPPED RUNNING"}; !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	if words, _ := c.headline(); words != "NOT STOPPED: 1 of 2" || len(c.failures) != 1 {
		t.Errorf("headline %q with %d failures", words, len(c.failures))
	}
}

func TestTheHeadlineSaysHowTheRunEnded(t *testing.T) {
	is := power.Instance{Status: "RUNNING"}
	ended := func(o runs.Outcome) Moment { m := doc(10, "Report", is); m.Run.Outcome = o; return m }
	died := failed(20, "")
	cases := map[string]struct {
		moments []Moment
		want    string
	}{
		"it goes on":           {[]Moment{doc(0, statePlan, is)}, "STILL RUNNING: 1 of 1 have no verdict yet"},
		"it died":              {[]Moment{doc(0, statePlan, is), died}, "ENDED WITHOUT A REPORT: 1 of 1 have no verdict"},
		"it was refused":       {[]Moment{ended(runs.OutcomeRefused)}, "REFUSED: nothing was stopped"},
		"it was a dry run":     {[]Moment{ended(runs.OutcomePlanned)}, "PLANNED: nothing was stopped"},
		"its date was to skip": {[]Moment{ended(runs.OutcomeSkipped)}, "SKIPPED: nothing was stopped"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got, _ := newChart(c.moments).headline(); got != c.want {
				t.Errorf("headline %q, want %q", got, c.want)
			}
		})
	}
}

func TestTheCauseOfAFunctionsErrorIsItsMessage(t *testing.T) {
	for cause, want := range map[string]string{
		`{"errorMessage":"no answer","errorType":"Zenlayer.Unavailable"}`: "no answer",
		"the task took 75 s":        "the task took 75 s",
		"":                          "",
		"two\nlines":                "two lines",
		strings.Repeat("long ", 99): strings.Repeat("long ", 59) + "long…",
	} {
		if got := (&Moment{Cause: cause}).message(); got != want {
			t.Errorf("cause %q is told as %q, want %q", cause, got, want)
		}
	}
}

func TestTheAxisHasAtMostNineTicks(t *testing.T) {
	for _, all := range []time.Duration{0, time.Second, time.Minute, 31 * time.Minute, 12 * time.Hour, 40 * time.Hour} {
		c := &chart{left: begin, to: begin.Add(all)}
		if ticks := all/c.step() + 1; ticks > 9 {
			t.Errorf("%d ticks in %s", ticks, all)
		}
	}
}
