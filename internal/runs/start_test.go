package runs_test

import (
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// startRequest is a request to start these instances.
func startRequest(ids ...string) runs.Request {
	req := request(ids...)
	req.Action, req.Name = power.Start, "start-request-1"
	return req
}

func TestEachInstanceOfAStartEndsWithTheVerdictOfItsStory(t *testing.T) {
	const minute = time.Minute
	for name, c := range map[string]struct {
		is     sim.Instance
		want   power.Verdict
		starts int // accepted
	}{
		"starts":                         {sim.Instance{BootTakes: minute}, power.Started, 1},
		"is shown STOPPED for a while":   {sim.Instance{BootTakes: minute, Lag: 40 * time.Second}, power.Started, 1},
		"was RUNNING":                    {sim.Instance{Status: "RUNNING"}, power.AlreadyRunning, 0},
		"is on its way already":          {sim.Instance{Status: "BOOTING", BecomesRunningAfter: minute}, power.Started, 0},
		"is installed first":             {sim.Instance{Status: "INSTALLING", BecomesRunningAfter: 3 * minute}, power.Started, 0},
		"stops first":                    {sim.Instance{Status: "STOPPING", StopTakes: 3 * minute}, power.Started, 1},
		"carries the protect tag":        {sim.Instance{Tags: map[string]string{"zenstop-protect": ""}}, power.Protected, 0},
		"carries the keep tag":           {sim.Instance{Tags: map[string]string{"zenstop-keep-until": "2100-01-01"}}, power.Started, 1},
		"is in the recycle bin":          {sim.Instance{Status: "RECYCLE"}, power.Recycled, 0},
		"is recycled while it boots":     {sim.Instance{BootTakes: 5 * minute, RecycledAt: minute}, power.Recycled, 1},
		"was never there":                {sim.Instance{Missing: true}, power.Missing, 0},
		"could not be installed":         {sim.Instance{Status: "INSTALL_FAILED"}, power.Refused, 0},
		"is refused for good":            {sim.Instance{RefusesStart: "RESOURCE_INSUFFICIENT"}, power.Refused, 0},
		"has no stock for a while":       {sim.Instance{RefusesStart: "RESOURCE_INSUFFICIENT", RefusesStartUntil: 10 * minute}, power.Started, 1},
		"ignores two starts":             {sim.Instance{IgnoresStarts: 2}, power.Started, 3},
		"ignores every start":            {sim.Instance{IgnoresStarts: 99}, power.TimedOut, 3},
		"never gets to RUNNING":          {sim.Instance{NeverStarts: true}, power.TimedOut, 1},
		"falls before it is believed":    {sim.Instance{BootTakes: minute, StopsAgainAfter: 10 * time.Second}, power.StoppedAgain, 1},
		"falls while another one boots":  {sim.Instance{StopsAgainAfter: 4 * minute, StopTakes: 10 * time.Second}, power.StoppedAgain, 1},
		"is shown with a new status":     {sim.Instance{BootTakes: minute, OddStatus: "MAINTENANCE", OddFrom: 20 * time.Second, OddFor: minute}, power.Started, 1},
		"is shown RUNNING once":          {sim.Instance{FalseStatus: "RUNNING"}, power.Started, 1},
		"is started by somebody else":    {sim.Instance{ExternalStartAt: 100 * time.Millisecond}, power.Started, 0},
		"has a row that cannot be read":  {sim.Instance{Unreadable: "tagsAsText"}, power.Refused, 0},
		"is left out of two answers":     {sim.Instance{BootTakes: minute, AbsentAnswers: 2, AbsentFrom: 3}, power.Started, 1},
		"reboots after it was RUNNING":   {sim.Instance{Status: "RUNNING", OddStatus: "BOOTING", OddFrom: 5 * minute, OddFor: minute}, power.AlreadyRunning, 0},
		"is protected after its request": {sim.Instance{BootTakes: 5 * minute, LaterTags: map[string]string{"zenstop-protect": ""}, LaterTagsAt: minute}, power.Started, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c.is.ID = "it"
			if c.is.Status == "" {
				c.is.Status = "STOPPED"
			}
			within(t, fleet(c.is, sim.Instance{ID: "mate", Status: "STOPPED", BootTakes: 5 * minute}), startRequest("it", "mate"), func(w *world) {
				w.finish()
				if got := w.verdict("it"); got != c.want {
					w.Errorf("verdict %s, want %s; %s", got, c.want, w.run.Summary)
				}
				if got := w.verdict("mate"); got != power.Started {
					w.Errorf("its mate is %s, want STARTED", got)
				}
				if want := c.want.Good(); (w.run.Outcome == runs.OutcomeStarted) != want {
					w.Errorf("outcome %s with verdict %s", w.run.Outcome, c.want)
				}
				if truth := w.server.Truth("it"); len(truth.Starts) != c.starts || truth.StopCalls > 0 {
					w.Errorf("%d accepted starts, want %d; %d stop calls", len(truth.Starts), c.starts, truth.StopCalls)
				}
				if over := time.Since(w.run.Deadline); over > time.Minute {
					w.Errorf("ended %s after the deadline", over)
				}
			})
		})
	}
}

func TestRunningIsBelievedAfterTwoLooksThatAre30SecondsApart(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", Status: "STOPPED", BootTakes: 10 * time.Second}), startRequest("a"), func(w *world) {
		w.finish()
		rows, first := 0, time.Time{}
		for _, r := range w.server.Requests() {
			if r.Action == sim.ActionDescribe && r.At.Sub(w.run.StartedAt) >= 10*time.Second {
				if rows++; rows == 1 {
					first = r.At
				}
				if last := r.At.Sub(first); rows == 2 && (last < 30*time.Second || last > 32*time.Second) {
					w.Errorf("the second look comes %s after the first", last)
				}
			}
		}
		if rows != 2 || w.verdict("a") != power.Started {
			w.Errorf("%s after %d looks that show it RUNNING", w.verdict("a"), rows)
		}
	})
}

func TestADeadlineBetweenAFirstRunningAndItsConfirmationIsPutOffByOneLook(t *testing.T) {
	req := startRequest("a")
	req.Timeout = time.Minute
	within(t, fleet(sim.Instance{ID: "a", Status: "STOPPED", BootTakes: 50 * time.Second}), req, func(w *world) {
		w.finish()
		if over := time.Since(w.run.Deadline); w.verdict("a") != power.Started || over < 20*time.Second || over > 45*time.Second {
			w.Errorf("%s, %s after the deadline: %s", w.verdict("a"), over, w.run.Summary)
		}
	})
}

func TestAStartIsTalkedOfAsAStart(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", Status: "STOPPED"}, sim.Instance{ID: "b"}, sim.Instance{ID: "c", Status: "RECYCLE"}), startRequest("a", "b", "c"), func(w *world) {
		w.finish()
		rep := w.runner.Report(runs.Ending{Run: w.run})
		if want := "1 of 3 instances started, 1 already RUNNING. Not started: c RECYCLED."; rep.Run.Summary != want {
			w.Errorf("summary %q, want %q", rep.Run.Summary, want)
		}
		if rep.Notice.Event != "Instances Not Started" || rep.Notice.Error != "Zenstop.StopFailed" || len(rep.Further) != 0 {
			w.Errorf("%+v, %+v", rep.Notice, rep.Further)
		}
		names := ""
		for _, d := range rep.Notice.Metrics {
			names += d.MetricName + " "
		}
		if want := "Runs RunDuration Instances Instances Instances Checks StartRequests TimeToRunning "; names != want {
			w.Errorf("metrics %q, want %q", names, want)
		}
	})
}

func TestADryRunOfAStartSaysWhatWouldBeStarted(t *testing.T) {
	req := startRequest("a", "b", "c", "d")
	req.DryRun = true
	within(t, fleet(sim.Instance{ID: "a", Status: "STOPPED"}, sim.Instance{ID: "b"}, sim.Instance{ID: "c", Status: "STOPPING", NeverStops: true}, sim.Instance{ID: "d", Status: "BOOTING"}), req, func(w *world) {
		if err := w.runner.Plan(w.Context(), &w.run); err != nil || w.run.Outcome != runs.OutcomePlanned {
			w.Fatal(w.run.Outcome, err)
		}
		if !strings.HasPrefix(w.run.Summary, "Dry run, nothing was started: 2 of 4 instances would be started, 1 already RUNNING. This") {
			w.Error(w.run.Summary)
		}
		for i, want := range []string{"is STOPPED: would be started", "", "is STOPPING: would be started once STOPPED", "is BOOTING: would be watched until RUNNING"} {
			if got := w.run.Instances[i].Note; got != want {
				w.Errorf("%s: %q, want %q", w.run.Instances[i].ID, got, want)
			}
		}
		if w.server.Calls(sim.ActionStart) != 0 {
			w.Error("a dry run starts something")
		}
	})
}

func TestAStartIsHeldToTheLimit(t *testing.T) {
	req := startRequest("a", "b", "c")
	req.MaxInstances = 1
	within(t, fleet(sim.Instance{ID: "a", Status: "STOPPED"}, sim.Instance{ID: "b", Status: "STOPPING", StopTakes: time.Minute}, sim.Instance{ID: "c"}), req, func(w *world) {
		if err := w.runner.Plan(w.Context(), &w.run); err != nil || w.run.Outcome != runs.OutcomeRefused {
			w.Fatal(w.run.Outcome, err)
		}
		if want := "Refused, nothing was started: 2 instances would be started, but the limit (maxInstances) is 1."; w.run.Summary != want {
			w.Error(w.run.Summary)
		}
	})
}
