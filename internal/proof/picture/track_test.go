package picture

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

// begin is the start of the run in these tests.
var begin = time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return begin.Add(time.Duration(seconds) * time.Second) }

func unix(seconds int) int64 { return at(seconds).Unix() }

// doc is a document with one instance, as a state leaves it.
func doc(seconds int, state string, in power.Instance) Moment {
	in.ID = "it"
	run := runs.Run{Action: power.Stop, Name: "run", StartedAt: begin, Deadline: at(100), Outcome: runs.OutcomeWaiting, Planned: true, Instances: []power.Instance{in}}
	if state == stateCheck {
		run.Checks = seconds // each check writes another number
	}
	return Moment{At: at(seconds), State: state, Run: run}
}

// last is the document of the check that ends the run.
func last(seconds int, in power.Instance) Moment {
	m := doc(seconds, stateCheck, in)
	m.Run.Outcome = runs.OutcomeFailed
	return m
}

func failed(seconds int, state string) Moment {
	m := doc(seconds, state, power.Instance{})
	m.Run.Instances = nil
	m.Error = "Zenlayer.Unavailable"
	return m
}

func TestTheSpansOfAnInstanceSayWhatLooksHaveShown(t *testing.T) {
	is := func(status string) power.Instance { return power.Instance{Before: "RUNNING", Status: status} }
	stopped := power.Instance{Before: "RUNNING", Status: "STOPPED", Verdict: power.Stopped}
	leftOut := is("RUNNING")
	leftOut.Memory.Doubt = &power.Doubt{Of: power.DoubtAbsent, Count: 1}
	asked := is("RUNNING")
	asked.Memory.AskedAt = unix(4)
	cases := map[string]struct {
		moments []Moment
		want    []span
	}{
		"an instance that no look has shown has no span": {
			[]Moment{doc(0, "", power.Instance{}), doc(10, stateCheck, power.Instance{})}, nil,
		},
		"a status that two looks show lasts from the first to the second, and is faint after the last": {
			[]Moment{doc(0, statePlan, is("RUNNING")), doc(10, stateCheck, is("RUNNING")), doc(15, "Wait", is("RUNNING"))},
			[]span{{"RUNNING", at(0), at(10), false}, {"RUNNING", at(10), at(15), true}},
		},
		"between two looks that differ the older status is faint": {
			[]Moment{doc(0, statePlan, is("RUNNING")), doc(10, stateCheck, is("STOPPING")), doc(20, stateCheck, is("STOPPING"))},
			[]span{{"RUNNING", at(0), at(0), false}, {"RUNNING", at(0), at(10), true}, {"STOPPING", at(10), at(20), false}},
		},
		"a document that no check has written shows nothing": {
			[]Moment{doc(0, statePlan, is("RUNNING")), doc(10, "Report", is("RUNNING")), doc(20, "Report", is("RUNNING"))},
			[]span{{"RUNNING", at(0), at(0), false}, {"RUNNING", at(0), at(20), true}},
		},
		"a failed check shows nothing": {
			[]Moment{doc(0, statePlan, is("RUNNING")), failed(10, stateCheck)},
			[]span{{"RUNNING", at(0), at(0), false}, {"RUNNING", at(0), at(10), true}},
		},
		"a stop round that does not ask for it has not looked at it": {
			[]Moment{doc(0, statePlan, is("RUNNING")), doc(10, stateStop, is("RUNNING"))},
			[]span{{"RUNNING", at(0), at(0), false}, {"RUNNING", at(0), at(10), true}},
		},
		"a stop round has looked at it just before it asked": {
			[]Moment{doc(0, statePlan, is("RUNNING")), doc(10, stateStop, asked)},
			[]span{{"RUNNING", at(0), at(4), false}, {"RUNNING", at(4), at(10), true}},
		},
		"one that counts as stopped is not looked at again before the last check": {
			[]Moment{doc(0, statePlan, is("STOPPING")), doc(10, stateCheck, stopped), doc(20, stateCheck, stopped)},
			[]span{{"STOPPING", at(0), at(0), false}, {"STOPPING", at(0), at(10), true}, {"STOPPED", at(10), at(10), false}, {"STOPPED", at(10), at(20), true}},
		},
		"the last check has looked at what counts as stopped": {
			[]Moment{doc(0, statePlan, is("STOPPING")), doc(10, stateCheck, stopped), last(20, stopped)},
			[]span{{"STOPPING", at(0), at(0), false}, {"STOPPING", at(0), at(10), true}, {"STOPPED", at(10), at(20), false}},
		},
		"an answer that leaves it out is ABSENT, and a later one that shows it is not": {
			[]Moment{doc(0, statePlan, is("RUNNING")), doc(10, stateCheck, leftOut), doc(20, stateCheck, is("RUNNING"))},
			[]span{
				{"RUNNING", at(0), at(0), false},
				{"RUNNING", at(0), at(10), true},
				{"ABSENT", at(10), at(10), false},
				{"ABSENT", at(10), at(20), true},
				{"RUNNING", at(20), at(20), false},
			},
		},
		"one that was left out of the last answer ends ABSENT": {
			[]Moment{doc(0, statePlan, is("RUNNING")), last(10, power.Instance{Before: "RUNNING", Status: "RUNNING", Verdict: power.TimedOut, Note: "absent in the last answer"})},
			[]span{{"RUNNING", at(0), at(0), false}, {"RUNNING", at(0), at(10), true}, {"ABSENT", at(10), at(10), false}},
		},
		"after a verdict that is not good nothing is drawn": {
			[]Moment{doc(0, statePlan, power.Instance{Before: "RECYCLE", Status: "RECYCLE", Verdict: power.Recycled}), doc(10, stateCheck, power.Instance{Before: "RECYCLE", Status: "RECYCLE", Verdict: power.Recycled})},
			[]span{{"RECYCLE", at(0), at(0), false}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rows := newChart(c.moments).rows
			if len(rows) != 1 && c.want != nil {
				t.Fatalf("%d rows, want 1", len(rows))
			}
			if diff := cmp.Diff(c.want, rows[0].spans); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}

func TestTheMarksOfAnInstanceSayWhatCameOfStopRequests(t *testing.T) {
	remembers := func(stops int, m power.Memory, note string) power.Instance {
		return power.Instance{Before: "RUNNING", Status: "RUNNING", Requests: stops, Memory: m, Note: note}
	}
	plan := doc(0, statePlan, remembers(0, power.Memory{}, ""))
	once := remembers(1, power.Memory{AskedAt: unix(1)}, "")
	cases := map[string]struct {
		moments []Moment
		want    []mark
	}{
		"an accepted request": {[]Moment{plan, doc(2, stateStop, once)}, []mark{{accepted, at(1), ""}}},
		"two accepted requests": {
			[]Moment{plan, doc(2, stateStop, once), doc(9, stateStop, remembers(2, power.Memory{AskedAt: unix(8)}, ""))},
			[]mark{{accepted, at(1), ""}, {accepted, at(8), ""}},
		},
		"a request without an answer": {
			[]Moment{plan, doc(2, stateStop, remembers(0, power.Memory{AskedAt: unix(1), Failures: 1}, ""))},
			[]mark{{unanswered, at(1), ""}},
		},
		"a refusal": {
			[]Moment{plan, doc(2, stateStop, remembers(0, power.Memory{Failures: 1, Rejections: 2, FailedAt: unix(1)}, "code X"))},
			[]mark{{refused, at(1), "code X"}},
		},
		"an attempt that surely had no effect": {
			[]Moment{plan, doc(2, stateStop, remembers(0, power.Memory{Failures: 1, FailedAt: unix(1)}, ""))},
			[]mark{{unsent, at(1), ""}},
		},
		"a report that remembers nothing adds none": {
			[]Moment{plan, doc(2, stateStop, once), last(9, remembers(1, power.Memory{}, ""))},
			[]mark{{accepted, at(1), ""}},
		},
		"a verdict that was revoked": {
			[]Moment{plan, doc(5, stateCheck, power.Instance{Status: "STOPPED", Verdict: power.Stopped}), doc(9, stateCheck, remembers(0, power.Memory{}, ""))},
			[]mark{{takenBack, at(9), "was STOPPED"}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := newChart(c.moments).rows[0].marks
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("want (-), got (+):\n%s", diff)
			}
		})
	}
}
