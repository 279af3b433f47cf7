package picture

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// held is a document of a run that holds until then.
func held(at time.Time, state string, until time.Time, in power.Instance) Moment {
	in.ID = "it"
	return Moment{At: at, State: state, Run: runs.Run{
		Action: power.Stop,
		Name:   "run", StartedAt: begin, StopAt: &until, Deadline: until.Add(time.Hour), Outcome: runs.OutcomeWaiting, Next: runs.NextHold, Instances: []power.Instance{in},
	}}
}

// warnedNight is a run that warns after 5 seconds, stops after an hour, and ends three
// minutes later.
func warnedNight() []Moment {
	until := begin.Add(time.Hour)
	is := power.Instance{Before: "RUNNING", Status: "RUNNING"}
	end := last(3780, power.Instance{Before: "RUNNING", Status: "STOPPED", Verdict: power.Stopped, Requests: 1})
	end.Run.StopAt, end.Run.Outcome = &until, runs.OutcomeStopped
	return []Moment{held(at(3), statePlan, until, is), held(at(5), StateWarn, until, is), doc(3600, statePlan, is), doc(3601, stateStop, is), end}
}

func TestARunThatHeldIsDrawnWithTheHoldAndTheWarning(t *testing.T) {
	var out bytes.Buffer
	if err := SVG(&out, warnedNight()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`class="hold"`, "holds until 20:00:00", "holds from 2026-11-24 19:00:03 until 2026-11-24 20:00:00: nothing is asked for before",
		"2026-11-24 19:00:05  the warning was sent",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the picture does not have %q", want)
		}
	}
}

func TestALongHoldLeavesRoomForWhatComesAfterIt(t *testing.T) {
	for name, c := range map[string]struct {
		moments []Moment
		want    time.Time
	}{
		"a hold of an hour has half as much as the 3 minutes after it": {warnedNight(), at(3600 - 90)},
		"a hold of 30 seconds is shown as a whole": {
			[]Moment{held(at(0), statePlan, at(30), power.Instance{}), doc(30, statePlan, power.Instance{}), last(40, power.Instance{})}, begin,
		},
		"a run that did not hold": {[]Moment{doc(0, statePlan, power.Instance{}), last(9000, power.Instance{})}, begin},
		"a run that holds still":  {warnedNight()[:2], begin},
	} {
		if got := newChart(c.moments).left; !got.Equal(c.want) {
			t.Errorf("%s: the picture begins at %s, want %s", name, got, c.want)
		}
	}
}

func TestARunThatEndedBeforeItsTimeDidNotHold(t *testing.T) {
	until := begin.Add(time.Hour)
	refused := last(9, power.Instance{Before: "RUNNING", Status: "RUNNING"})
	refused.State, refused.Run.StopAt, refused.Run.Outcome = "Report", &until, runs.OutcomeRefused
	var out bytes.Buffer
	if err := SVG(&out, []Moment{held(at(3), statePlan, until, power.Instance{}), refused}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), `class="hold"`) {
		t.Error("a run whose warning could not be sent is drawn with a hold")
	}
}

func TestAPictureOfARunThatHoldsGoesUpToItsTime(t *testing.T) {
	c := newChart(warnedNight()[:2])
	if words, _ := c.headline(); words != "HOLDS until 20:00:00: nothing is stopped before" || !c.to.Equal(at(3600)) {
		t.Errorf("headline %q, up to %s", words, c.to)
	}
	tomorrow := begin.AddDate(0, 0, 1)
	if words, _ := newChart([]Moment{held(at(0), "", tomorrow, power.Instance{})}).headline(); words != "HOLDS until 2026-11-25 19:00:00: nothing is stopped before" {
		t.Errorf("headline %q", words)
	}
}

func TestTheVerdictsOfAKeepAndOfACheckOnlySayWhatTheyMean(t *testing.T) {
	m := last(10, power.Instance{Status: "RUNNING", Verdict: power.Running})
	m.Run.CheckOnly, m.Run.Counts = true, map[power.Verdict]int{power.Running: 1}
	c := newChart([]Moment{m})
	if words, mood := c.headline(); words != "NOT OFF: 1 of 1; this run only looked" || mood != "bad" || c.rows[0].why() != "is up, and should be off" {
		t.Errorf("headline %q (%s), why %q", words, mood, c.rows[0].why())
	}
	note := "is kept until 2026-11-24T22:00:00Z"
	c = newChart([]Moment{last(10, power.Instance{Status: "RUNNING", Verdict: power.Kept, Note: note})})
	if r := c.rows[0]; r.class() != "good" || r.why() != note {
		t.Errorf("a kept instance is %s, why %q", r.class(), r.why())
	}
}
