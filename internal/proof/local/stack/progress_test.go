package stack

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/power"
	"zenstop/internal/runs"
)

func TestProgressCountsEveryInstanceOnce(t *testing.T) {
	working := runs.Run{Action: power.Stop, Instances: []power.Instance{
		{ID: "a", Status: "RUNNING"},
		{ID: "b", Status: "STOPPING"},
		{ID: "c", Status: "BOOTING"},
		{ID: "k"},
		{ID: "d", Status: "STOPPED", Verdict: power.Stopped},
		{ID: "e", Status: "RUNNING", Verdict: power.Protected},
		{ID: "f", Verdict: power.Missing},
		{ID: "l", Status: "RUNNING", Verdict: power.Kept},
	}, Counts: map[power.Verdict]int{power.Stopped: 1, power.Protected: 1, power.Missing: 1, power.Kept: 1}}
	packed := runs.Run{Action: power.Stop, Memory: runs.Memory{Part: &runs.Part{Statuses: map[string][]string{"RUNNING": {"g", "h"}, "STOPPED": {"i"}}}}}
	report := runs.Run{
		Instances: []power.Instance{{ID: "j", Verdict: power.TimedOut}}, Omitted: 7,
		Counts: map[power.Verdict]int{power.Stopped: 5, power.Protected: 1, power.TimedOut: 2},
	}
	for name, c := range map[string]struct {
		runs []runs.Run
		want Tally
	}{
		"a run that has not started":         {nil, Tally{}},
		"a run at work":                      {[]runs.Run{working}, Tally{Reached: 1, OnTheWay: 1, Ahead: 1, Other: 1, Unseen: 1, Failed: 1, Kept: 1, Untouched: 1}},
		"a part that is not unpacked":        {[]runs.Run{packed}, Tally{Ahead: 2, Other: 1}},
		"several parts":                      {[]runs.Run{working, packed}, Tally{Reached: 1, OnTheWay: 1, Ahead: 3, Other: 2, Unseen: 1, Failed: 1, Kept: 1, Untouched: 1}},
		"a report that leaves instances out": {[]runs.Run{report}, Tally{Reached: 5, Failed: 2, Untouched: 1}},
	} {
		if diff := cmp.Diff(c.want, Progress{Runs: c.runs}.Tally()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAPartIsKnownByTheNumberAtTheEndOfItsName(t *testing.T) {
	for name, want := range map[string]string{
		"request-1-part-2": "request-1", "request-1-kept-part-2": "request-1-kept", "schedule-part-1-part-12": "schedule-part-1",
		"request-1": "", "request-1-part-2-kept": "", "request-1-part-": "", "request-part-time": "",
	} {
		if run, ok := PartOf(name); ok != (want != "") || ok && run != want {
			t.Errorf("%s is a part of %q: %t, want %q", name, run, ok, want)
		}
	}
}

func TestWhatFollowsARunIsKnownByTheEndOfItsName(t *testing.T) {
	for name, want := range map[string]bool{
		"request-1-kept": true, "request-1-kept-2": true, "request-1-part-3-kept": true, "request-1-part-3-kept-12": true, "request-1-start": true, "request-1-part-3-start": true, "request-1-kept-start": true, "request-1-part-3-kept-2-start": true,
		"request-1": false, "request-1-part-3": false, "request-12-kept": false, "request-1-kept-by": false, "request-1-kept-part-2": false, "request-1-starts": false, "request-1-start-kept": false,
	} {
		if got := follows("request-1", name); got != want {
			t.Errorf("%s follows request-1: %t, want %t", name, got, want)
		}
	}
}

func TestAProtectedOrAKeptInstanceIsNoneOfThoseThatMustStop(t *testing.T) {
	counted := Tally{Reached: 5, OnTheWay: 1, Ahead: 1, Other: 1, Unseen: 1, Failed: 2, Kept: 4, Untouched: 7}
	if n := counted.All(); n != 11 {
		t.Errorf("%d must stop, want 11", n)
	}
}
