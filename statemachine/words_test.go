package statemachine

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/shutdown"
	"zenstop/internal/zenlayer"
)

// unchanged is a Zenlayer in which every instance is as the document says.
type unchanged map[string]string

func (u unchanged) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Name: "name of " + id, Status: u[id]})
	}
	return page, nil
}

func (unchanged) List(context.Context, zenlayer.Filter, int, int) (zenlayer.Page, error) {
	return zenlayer.Page{}, fmt.Errorf("a planned run lists nothing")
}

func (unchanged) StopInstances(context.Context, []string) error {
	return fmt.Errorf("nothing is asked to stop after the deadline")
}

// What GiveUp and Report write in JSONata is what a check writes in Go: the same
// verdicts, counts and outcome, and the same summary before the reason.
func TestARunThatNoCheckEndsIsReportedInTheWordsOfACheck(t *testing.T) {
	all := append(shutdown.Verdicts(), shutdown.Open)
	var many []shutdown.Verdict
	for n := range 12 {
		many = append(many, all[n%len(all)])
	}
	cases := [][]shutdown.Verdict{{shutdown.Open}, {shutdown.Stopped}, {shutdown.Stopped, shutdown.AlreadyStopped, shutdown.Protected}, all, append(many, many...)}
	for _, v := range all {
		cases = append(cases, []shutdown.Verdict{shutdown.Stopped, v})
	}
	for n, verdicts := range append(cases, cases...) {
		doc := with(planned(t, verdicts...), object{"checkOnly": n >= len(cases)})
		now := began.Add(time.Hour)

		var run shutdown.Run
		unmarshal(t, encode(t, doc), &run)
		statuses := unchanged{}
		for i := range run.Instances {
			in := &run.Instances[i]
			if in.Name = "name of " + in.ID; in.Verdict.CountsAsStopped() {
				in.Status = zenlayer.StatusStopped
			}
			statuses[in.ID] = in.Status
		}
		text, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		runner := shutdown.Runner{API: statuses, Now: func() time.Time { return now }}
		if err := runner.Check(t.Context(), &run); err != nil {
			t.Fatal(err)
		}

		w := newWorld(t)
		w.now = now
		w.check = fails("Zenlayer.Unavailable", "HTTP 503")
		w.run(decode(t, text))
		var given shutdown.Run
		unmarshal(t, encode(t, w.resulted), &given)
		if want := run.Summary + " The last look could not be had: HTTP 503"; given.Summary != want {
			t.Errorf("%v\nworkflow: %s\ncheck:    %s", verdicts, given.Summary, want)
		}
		if diff := cmp.Diff(run.Counts, given.Counts); diff != "" || run.Outcome != given.Outcome {
			t.Errorf("%v: a check says %s, the workflow %s, counts (-check +workflow):\n%s", verdicts, run.Outcome, given.Outcome, diff)
		}
		for i := range run.Instances {
			if run.Instances[i].Verdict != given.Instances[i].Verdict {
				t.Errorf("%v: %s is %s by a check, %s by the workflow", verdicts, run.Instances[i].ID, run.Instances[i].Verdict, given.Instances[i].Verdict)
			}
		}
	}
}
