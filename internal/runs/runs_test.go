package runs_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

type source struct{}

func (source) Credentials(context.Context) (zenlayer.Credentials, error) {
	c := sim.DefaultCredentials()[0]
	return zenlayer.Credentials{AccessKeyID: c.AccessKeyID, AccessKeyPassword: zenlayer.Secret(c.AccessKeyPassword)}, nil
}
func (source) Forget() {}

// world is a simulated Zenlayer and a run, in the virtual time of synctest.
type world struct {
	*testing.T
	server *sim.Server
	runner runs.Runner
	run    runs.Run
}

func request(ids ...string) runs.Request {
	return runs.Request{
		Action: power.Stop,
		Name:   "request-1", Trigger: runs.Trigger{Kind: runs.KindRequest}, MaxInstances: 100, Timeout: 30 * time.Minute,
		Target: runs.Target{InstanceIDs: ids},
	}
}

// within runs a test in virtual time, without sockets.
func within(t *testing.T, sc sim.Scenario, req runs.Request, test func(w *world)) {
	t.Helper()
	over(t, sc, req, func(server http.RoundTripper) http.RoundTripper { return server }, test)
}

// over is within, where the calls go over a wire of the test's.
func over(t *testing.T, sc sim.Scenario, req runs.Request, wire func(server http.RoundTripper) http.RoundTripper, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		server, err := sim.New(sim.Options{Scenario: sc, Start: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		client, err := zenlayer.New(zenlayer.Config{Endpoint: "https://zenlayer.test", Source: source{}, Transport: wire(server)})
		if err != nil {
			t.Fatal(err)
		}
		runner := runs.Runner{API: client, Rules: power.Rules{ProtectTagKey: "zenstop-protect", KeepTagKey: "zenstop-keep-until", Zone: time.UTC}, Now: time.Now, Parallel: runs.SideBySide}
		test(&world{t, server, runner, runs.New(req, time.Now())})
	})
}

// wait lets virtual time pass.
func wait(d time.Duration) { <-time.After(d) }

func (w *world) plan() {
	w.Helper()
	if err := w.runner.Plan(w.Context(), &w.run); err != nil || !w.run.Planned {
		w.Fatalf("planned %v, error %v", w.run.Planned, err)
	}
}

// finish carries the run on as the workflow does, until its outcome is final.
func (w *world) finish() {
	w.Helper()
	for range 1000 {
		if w.run.Outcome != runs.OutcomeWaiting {
			return
		}
		if err := w.step(); err != nil {
			if kind := zenlayer.KindOf(err); kind != zenlayer.KindUnavailable && kind != zenlayer.KindThrottled {
				w.Fatal(err)
			}
			w.run.Next = runs.NextWait // as the workflow does
			wait(10 * time.Second)
		}
	}
	w.Fatal("the run does not end")
}

// untilDeadline carries the run on until its deadline, whatever errors its calls return.
func (w *world) untilDeadline() {
	for w.run.Outcome == runs.OutcomeWaiting && time.Since(w.run.Deadline) < 0 {
		if err := w.step(); err != nil {
			w.run.Next = runs.NextWait // as the workflow does
			wait(10 * time.Second)
		}
	}
}

// step carries the run on by one call: a plan or a stop round where one is due,
// else a wait and a check.
func (w *world) step() error {
	switch w.run.Next {
	case runs.NextWarn, runs.NextHold:
		until := w.run.StopAt
		if w.run.Action == power.Start {
			until = w.run.StartAt
		}
		wait(time.Until(*until))
		return w.runner.Plan(w.Context(), &w.run)
	case runs.NextPlan:
		return w.runner.Plan(w.Context(), &w.run)
	case runs.NextStop:
		return w.runner.Stop(w.Context(), &w.run)
	case runs.NextWait, runs.NextParts, runs.NextReport:
	}
	wait(time.Duration(w.run.WaitSeconds) * time.Second)
	return w.runner.Check(w.Context(), &w.run)
}

func (w *world) verdict(id string) power.Verdict {
	w.Helper()
	i := slices.IndexFunc(w.run.Instances, func(in power.Instance) bool { return in.ID == id })
	if i < 0 {
		w.Fatalf("%s is not in the run", id)
	}
	return w.run.Instances[i].Verdict
}

func fleet(instances ...sim.Instance) sim.Scenario { return sim.Scenario{Instances: instances} }

func TestEachInstanceEndsWithTheVerdictOfItsStory(t *testing.T) {
	const minute = time.Minute
	cases := map[string]struct {
		is   sim.Instance
		want power.Verdict
	}{
		"stops":                                {sim.Instance{StopTakes: minute}, power.Stopped},
		"is shown RUNNING for a while":         {sim.Instance{StopTakes: minute, Lag: 40 * time.Second}, power.Stopped},
		"was STOPPED":                          {sim.Instance{Status: "STOPPED"}, power.AlreadyStopped},
		"is on its way already":                {sim.Instance{Status: "STOPPING", StopTakes: minute}, power.Stopped},
		"carries the protect tag":              {sim.Instance{Tags: map[string]string{"zenstop-protect": ""}}, power.Protected},
		"is in the recycle bin":                {sim.Instance{Status: "RECYCLE"}, power.Recycled},
		"is recycled while it stops":           {sim.Instance{StopTakes: 5 * minute, RecycledAt: minute}, power.Recycled},
		"was never there":                      {sim.Instance{Missing: true}, power.Missing},
		"vanishes while it stops":              {sim.Instance{StopTakes: 5 * minute, VanishesAt: minute}, power.Missing},
		"is left out of two answers":           {sim.Instance{StopTakes: minute, AbsentAnswers: 2, AbsentFrom: 3}, power.Stopped},
		"could not be created":                 {sim.Instance{Status: "CREATE_FAILED"}, power.Refused},
		"is refused for good":                  {sim.Instance{RefusesStop: "OPERATION_DENIED_INSTANCE_RECYCLED"}, power.Refused},
		"boots first":                          {sim.Instance{Status: "BOOTING", BecomesRunningAfter: 3 * minute, StopTakes: minute}, power.Stopped},
		"ignores the first stop":               {sim.Instance{IgnoresStops: 1, StopTakes: minute}, power.Stopped},
		"ignores two stops":                    {sim.Instance{IgnoresStops: 2, StopTakes: minute}, power.Stopped},
		"ignores every stop":                   {sim.Instance{IgnoresStops: 99}, power.TimedOut},
		"never gets to STOPPED":                {sim.Instance{NeverStops: true}, power.TimedOut},
		"is brought back before it is STOPPED": {sim.Instance{StopTakes: 10 * minute, RestartsAfter: minute, RestartsFromStopping: true}, power.Restarted},
		"is shown with a new status":           {sim.Instance{StopTakes: minute, OddStatus: "MAINTENANCE", OddFrom: 20 * time.Second, OddFor: minute}, power.Stopped},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.is.ID = "it"
			within(t, fleet(c.is, sim.Instance{ID: "mate", StopTakes: 20 * time.Second}), request("it", "mate"), func(w *world) {
				w.finish()
				if got := w.verdict("it"); got != c.want {
					w.Errorf("verdict %s, want %s; %s", got, c.want, w.run.Summary)
				}
				if got := w.verdict("mate"); got != power.Stopped {
					w.Errorf("its mate is %s, want STOPPED", got)
				}
				if want := c.want.Good(); (w.run.Outcome == runs.OutcomeStopped) != want {
					w.Errorf("outcome %s with verdict %s", w.run.Outcome, c.want)
				}
				if n := w.server.Truth("it").AcceptedStops; n > 3 {
					w.Errorf("%d accepted stops, at most 3", n)
				}
				if w.server.Truth("it").StopCalls > 0 && c.want == power.Protected {
					w.Error("a protected instance was asked to stop")
				}
				if over := time.Since(w.run.Deadline); over > time.Minute {
					w.Errorf("ended %s after the deadline", over)
				}
			})
		})
	}
}

func TestOneBadInstanceInAHundredCostsAtMost15CallsAndStopsTheOthers(t *testing.T) {
	for _, bad := range []int{1, 37, 50, 100} {
		var all []sim.Instance
		var ids []string
		for n := 1; n <= 100; n++ {
			id := fmt.Sprintf("i-%03d", n)
			in := sim.Instance{ID: id, StopTakes: 10 * time.Second}
			if n == bad {
				in.RefusesStop = "INVALID_INSTANCE_NOT_FOUND"
			}
			all, ids = append(all, in), append(ids, id)
		}
		within(t, fleet(all...), request(ids...), func(w *world) {
			w.plan()
			if err := w.runner.Stop(w.Context(), &w.run); err != nil {
				w.Fatal(err)
			}
			if n := w.server.Calls(sim.ActionStop); n > 15 {
				w.Errorf("bad one at %d: %d StopInstances calls, at most 15", bad, n)
			}
			for _, id := range ids {
				if truth := w.server.Truth(id); (truth.AcceptedStops == 1) != (id != fmt.Sprintf("i-%03d", bad)) {
					w.Errorf("bad one at %d: %s has %d accepted stops", bad, id, truth.AcceptedStops)
				}
			}
		})
	}
}

func TestAShortPageDecidesNothing(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", StopTakes: time.Minute}, sim.Instance{ID: "b", StopTakes: time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.ShortPage, From: 10 * time.Second, Until: 10 * time.Minute}}
	within(t, sc, request("a", "b"), func(w *world) {
		w.finish()
		if w.run.Counts[power.Stopped] != 2 {
			w.Errorf("verdicts %v, want 2 STOPPED", w.run.Counts)
		}
	})
}

func TestALostAnswerIsLookedAtBeforeItIsAskedAgain(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", StopTakes: time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.LostAnswer, Action: sim.ActionStop, Times: 1}}
	within(t, sc, request("a"), func(w *world) {
		w.finish()
		if n := w.server.Truth("a").StopCalls; n != 1 || w.verdict("a") != power.Stopped {
			w.Errorf("%d StopInstances calls, verdict %s; want 1, STOPPED", n, w.verdict("a"))
		}
	})
}

func TestAStopThatIsRepeatedAsksNobodyWhoIsOnTheWay(t *testing.T) {
	within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute}), request("a"), func(w *world) {
		w.plan()
		before := w.run
		for range 3 { // a crash after StopInstances leaves the old document
			again := before
			if err := w.runner.Stop(w.Context(), &again); err != nil {
				w.Fatal(err)
			}
			w.run = again
		}
		if n := w.server.Truth("a").StopCalls; n != 1 {
			w.Errorf("%d StopInstances calls, want 1", n)
		}
		w.finish()
		if w.verdict("a") != power.Stopped {
			w.Errorf("verdict %s", w.verdict("a"))
		}
	})
}

func TestAProtectTagThatComesLaterEndsTheAsking(t *testing.T) {
	late := sim.Instance{ID: "a", IgnoresStops: 9, LaterTags: map[string]string{"zenstop-protect": "x"}, LaterTagsAt: time.Minute}
	within(t, fleet(late), request("a"), func(w *world) {
		w.finish()
		if n := w.server.Truth("a").StopCalls; n != 1 || w.verdict("a") != power.TimedOut {
			w.Errorf("%d StopInstances calls, verdict %s; want 1, TIMED_OUT", n, w.verdict("a"))
		}
	})
}

func TestMaxInstancesRefusesThePlanAndHoldsLaterToo(t *testing.T) {
	req := request("a", "b", "off", "guarded")
	req.MaxInstances = 1
	off, guarded := sim.Instance{ID: "off", Status: "STOPPED"}, sim.Instance{ID: "guarded", Tags: map[string]string{"zenstop-protect": ""}}
	within(t, fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "b"}, off, guarded), req, func(w *world) {
		w.finish()
		if want := "Refused, nothing was stopped: 2 instances would be stopped, but the limit (maxInstances) is 1."; w.run.Summary != want || w.run.Outcome != runs.OutcomeRefused {
			w.Errorf("%s: %q, want %q", w.run.Outcome, w.run.Summary, want)
		}
		if n := w.server.Calls(sim.ActionStop); n != 0 {
			w.Errorf("%d StopInstances calls", n)
		}
	})
	within(t, fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "b", AppearsAt: 10 * time.Second}, off, guarded), req, func(w *world) {
		w.finish()
		if w.verdict("a") != power.Stopped || w.verdict("b") != power.Refused || w.server.Truth("b").StopCalls != 0 {
			w.Errorf("a is %s, b, which turned up later, is %s", w.verdict("a"), w.verdict("b"))
		}
	})
}

func TestAFilterThatZenlayerIgnoresSelectsNobodyElse(t *testing.T) {
	sc := fleet(sim.Instance{ID: "lab", Tags: map[string]string{"env": "lab"}}, sim.Instance{ID: "prod", Tags: map[string]string{"env": "prod"}})
	sc.IgnoreFilters = []string{"tags"}
	req := request()
	req.Target = runs.Target{Filter: &zenlayer.Filter{ZoneID: "HKG-A", Tags: []zenlayer.Tag{{Key: "env", Value: "lab"}}}}
	within(t, sc, req, func(w *world) {
		w.finish()
		if len(w.run.Instances) != 1 || w.verdict("lab") != power.Stopped || w.server.Truth("prod").StopCalls != 0 {
			w.Errorf("instances %+v", w.run.Instances)
		}
		if len(w.run.Notes) != 1 || !strings.Contains(w.run.Notes[0], "1 instance that does not match") {
			w.Errorf("notes %q do not tell of the dropped one", w.run.Notes)
		}
	})
}

func TestAFilterThatMatchesNobodyIsNoSuccess(t *testing.T) {
	req := request()
	req.Target = runs.Target{Filter: &zenlayer.Filter{Hostname: "nobody"}}
	within(t, fleet(sim.Instance{ID: "a"}), req, func(w *world) {
		w.finish()
		if w.run.Outcome != runs.OutcomeRefused || !strings.Contains(w.run.Summary, "no instance matches") {
			w.Errorf("%s: %s", w.run.Outcome, w.run.Summary)
		}
	})
}

func TestADryRunSaysWhatWouldHappenAndAsksNothing(t *testing.T) {
	req := request("a", "boots", "gone")
	req.DryRun = true
	within(t, fleet(sim.Instance{ID: "a"}, sim.Instance{ID: "boots", Status: "BOOTING"}), req, func(w *world) {
		w.finish()
		var notes []string
		for _, in := range w.run.Instances {
			notes = append(notes, in.Note)
		}
		want := []string{"is RUNNING: would be stopped", "is BOOTING: would be stopped once RUNNING", "not found in one answer: would be looked for again"}
		if w.run.Outcome != runs.OutcomePlanned || !slices.Equal(notes, want) || w.server.Calls(sim.ActionStop) != 0 {
			w.Errorf("%s, notes %q, want %q", w.run.Outcome, notes, want)
		}
	})
}

func TestAnOutageShorterThanTheDeadlineFailsNoRun(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", StopTakes: time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 0, Until: 20 * time.Minute}}
	within(t, sc, request("a"), func(w *world) {
		w.finish()
		if w.verdict("a") != power.Stopped {
			w.Errorf("verdict %s", w.verdict("a"))
		}
	})
}

func TestACheckWithoutAnyAnswerIsAnErrorAlsoAfterTheDeadline(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", StopTakes: time.Minute})
	sc.Faults = []sim.Fault{{Kind: sim.Unavailable, From: 20 * time.Second}}
	within(t, sc, request("a"), func(w *world) {
		w.plan()
		wait(time.Until(w.run.Deadline))
		before := w.run
		if err := w.runner.Check(w.Context(), &w.run); zenlayer.KindOf(err) != zenlayer.KindUnavailable {
			w.Errorf("error %v, want one that may pass: the workflow gives up", err)
		}
		if diff := cmp.Diff(before, w.run, cmpopts.IgnoreUnexported(power.Instance{})); diff != "" {
			w.Errorf("the document changed:\n%s", diff)
		}
	})
}
