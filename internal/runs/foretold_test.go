package runs_test

import (
	"fmt"
	"strings"
	"testing"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// A dry run has one answer, as the plan of a run has. What it says of each instance must be what
// comes of it when the answer stays as it is.
func TestADryRunForetellsWhatTheRunThenSaysOfWhatCannotBeRead(t *testing.T) {
	for _, form := range sim.UnreadableForms() {
		for name, req := range map[string]runs.Request{"ids": request("a", "b"), "filter": filterRequest(zenlayer.Filter{TagKeys: []string{"k"}})} {
			t.Run(name+" "+form, func(t *testing.T) {
				tags := map[string]string{"k": "v"}
				sc := fleet(sim.Instance{ID: "a", Tags: tags}, sim.Instance{ID: "b", Tags: tags, Unreadable: form})
				var end runs.Run
				within(t, sc, req, func(w *world) { w.finish(); end = w.run })
				req.DryRun = true
				within(t, sc, req, func(w *world) {
					w.finish()
					if w.run.Outcome != runs.OutcomePlanned || end.Outcome != runs.OutcomeFailed || w.run.Nameless != end.Nameless || len(w.run.Instances) != len(end.Instances) {
						t.Fatalf("%+v\n%+v", w.run, end)
					}
					refused := end.Counts[power.Refused]
					want := fmt.Sprintf("1 of %d instance", len(end.Instances))
					if refused > 0 {
						want += fmt.Sprintf("s would be stopped, %d that cannot be read", refused)
					}
					if end.Nameless > 0 {
						want += " would be stopped, and Zenlayer lists 1 instance whose instanceId cannot be read"
					}
					if !strings.Contains(w.run.Summary, want) {
						t.Errorf("the dry run says %q, want %q", w.run.Summary, want)
					}
					for i, in := range w.run.Instances {
						if end.Instances[i].Verdict == power.Refused && in.Note != end.Instances[i].Note {
							t.Errorf("the dry run says of %s %q, and the run %q", in.ID, in.Note, end.Instances[i].Note)
						}
					}
				})
			})
		}
	}
}
