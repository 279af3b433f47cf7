package stack

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/shutdown"
)

func TestProgressCountsEveryInstanceOnce(t *testing.T) {
	working := shutdown.Run{Instances: []shutdown.Instance{
		{ID: "a", Status: "RUNNING"},
		{ID: "b", Status: "STOPPING"},
		{ID: "c", Status: "BOOTING"},
		{ID: "k"},
		{ID: "d", Status: "STOPPED", Verdict: shutdown.Stopped},
		{ID: "e", Status: "RUNNING", Verdict: shutdown.Protected},
		{ID: "f", Verdict: shutdown.Missing},
		{ID: "l", Status: "RUNNING", Verdict: shutdown.Kept},
	}, Counts: map[shutdown.Verdict]int{shutdown.Stopped: 1, shutdown.Protected: 1, shutdown.Missing: 1, shutdown.Kept: 1}}
	packed := shutdown.Run{Plan: shutdown.Plan{Part: &shutdown.Part{Statuses: map[string][]string{"RUNNING": {"g", "h"}, "STOPPED": {"i"}}}}}
	report := shutdown.Run{
		Instances: []shutdown.Instance{{ID: "j", Verdict: shutdown.TimedOut}}, Omitted: 7,
		Counts: map[shutdown.Verdict]int{shutdown.Stopped: 5, shutdown.Protected: 1, shutdown.TimedOut: 2},
	}
	for name, c := range map[string]struct {
		runs []shutdown.Run
		want Tally
	}{
		"a run that has not started":         {nil, Tally{}},
		"a run at work":                      {[]shutdown.Run{working}, Tally{Stopped: 1, Stopping: 1, Running: 1, Other: 1, Unseen: 1, Failed: 1, Kept: 1, Untouched: 1}},
		"a part that is not unpacked":        {[]shutdown.Run{packed}, Tally{Running: 2, Other: 1}},
		"several parts":                      {[]shutdown.Run{working, packed}, Tally{Stopped: 1, Stopping: 1, Running: 3, Other: 2, Unseen: 1, Failed: 1, Kept: 1, Untouched: 1}},
		"a report that leaves instances out": {[]shutdown.Run{report}, Tally{Stopped: 5, Failed: 2, Untouched: 1}},
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
		if run, ok := partOf(name); ok != (want != "") || ok && run != want {
			t.Errorf("%s is a part of %q: %t, want %q", name, run, ok, want)
		}
	}
}

func TestWhatComesBackForARunIsKnownByTheEndOfItsName(t *testing.T) {
	for name, want := range map[string]bool{
		"request-1-kept": true, "request-1-kept-2": true, "request-1-part-3-kept": true, "request-1-part-3-kept-12": true,
		"request-1": false, "request-1-part-3": false, "request-12-kept": false, "request-1-kept-by": false, "request-1-kept-part-2": false,
	} {
		if got := comesBackFor("request-1", name); got != want {
			t.Errorf("%s comes back for request-1: %t, want %t", name, got, want)
		}
	}
}

func TestAProtectedOrAKeptInstanceIsNoneOfThoseThatMustStop(t *testing.T) {
	counted := Tally{Stopped: 5, Stopping: 1, Running: 1, Other: 1, Unseen: 1, Failed: 2, Kept: 4, Untouched: 7}
	if n := counted.ToStop(); n != 11 {
		t.Errorf("%d must stop, want 11", n)
	}
}
