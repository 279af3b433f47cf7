package stack

import (
	"strings"
	"testing"
	"time"

	"zenstop/internal/shutdown"
)

func TestProgressCountsEveryInstanceOnce(t *testing.T) {
	working := shutdown.Run{Instances: []shutdown.Instance{
		{ID: "a", Status: "RUNNING"},
		{ID: "b", Status: "STOPPING"},
		{ID: "c", Status: "BOOTING"},
		{ID: "d", Status: "STOPPED", Verdict: shutdown.Stopped},
		{ID: "e", Status: "RUNNING", Verdict: shutdown.Protected},
		{ID: "f", Verdict: shutdown.Missing},
	}, Counts: map[shutdown.Verdict]int{shutdown.Stopped: 1, shutdown.Protected: 1, shutdown.Missing: 1}}
	packed := shutdown.Run{Plan: shutdown.Plan{Part: &shutdown.Part{Statuses: map[string][]string{"RUNNING": {"g", "h"}, "STOPPED": {"i"}}}}}
	report := shutdown.Run{
		Instances: []shutdown.Instance{{ID: "j", Verdict: shutdown.TimedOut}}, Omitted: 7,
		Counts: map[shutdown.Verdict]int{shutdown.Stopped: 5, shutdown.Protected: 1, shutdown.TimedOut: 2},
	}
	for name, c := range map[string]struct {
		progress Progress
		want     string
	}{
		"a run that has not started":         {Progress{}, "waiting for the run to start"},
		"a run at work":                      {Progress{State: "Wait", Runs: []shutdown.Run{working}}, "running 1, stopping 1, stopped 1, failed 1, other 2"},
		"a part that is not unpacked":        {Progress{State: stateParts, Runs: []shutdown.Run{packed}}, "running 2, stopping 0, stopped 0, failed 0, other 1"},
		"several parts":                      {Progress{State: stateParts, Runs: []shutdown.Run{working, packed}}, "running 3, stopping 1, stopped 1, failed 1, other 3"},
		"a report that leaves instances out": {Progress{State: "Failed", Runs: []shutdown.Run{report}}, "running 0, stopping 0, stopped 5, failed 2, other 1"},
	} {
		c.progress.Elapsed = 9 * time.Second
		if got := c.progress.String(); !strings.HasPrefix(got, "   9s  ") || !strings.HasSuffix(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAReportSaysWhereTheInstancesThatItLeavesOutAreListed(t *testing.T) {
	var out strings.Builder
	Report(&out, Execution{Name: "r", Run: shutdown.Run{Omitted: 1200, Notes: []string{"a note"}}, Parts: []string{"r-part-1", "r-part-2"}})
	for _, want := range []string{"1200 instances are left out", "r-part-1 to r-part-2 list every instance: make show RUN=r-part-1", "note: a note"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report lacks %q:\n%s", want, out.String())
		}
	}
}
