package runs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// payload is what a state of Step Functions takes (AWS page of Step Functions quotas).
const payload = 262_144

// large is an account of n instances that a filter selects, and the request.
func large(n int, like sim.Instance) (sim.Scenario, runs.Request) {
	like.Tags = map[string]string{"k": "v"}
	req := request()
	req.MaxInstances = n
	req.Target = runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{"k"}}}
	return sim.Scenario{Shuffle: true, Generate: []sim.Generate{{Prefix: "i-", Count: n, Like: like}}}, req
}

// child is the document of a child execution, as the workflow makes it.
func child(t *testing.T, run runs.Run, n int) runs.Run {
	t.Helper()
	doc := run
	doc.Name, doc.Part, doc.Planned, doc.Next = run.Memory.Parts[n].Name, n+1, false, runs.NextPlan
	doc.Memory = runs.Memory{Part: &run.Memory.Parts[n]}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := runs.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func TestEachInstanceOfALargeRunIsInExactlyOnePart(t *testing.T) {
	for n, parts := range map[int]int{1001: 2, 1200: 2, 2500: 3, 10_000: 10} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			sc, req := large(n, sim.Instance{})
			within(t, sc, req, func(w *world) {
				w.plan()
				seen := map[string]int{}
				room := 0
				for i, p := range w.run.Memory.Parts {
					part := child(w.T, w.run, i)
					if err := w.runner.Plan(w.Context(), &part); err != nil {
						w.Fatal(err)
					}
					for _, in := range part.Instances {
						seen[in.ID]++
					}
					room += *part.Memory.MaxInstances
					if want := fmt.Sprintf("request-1-part-%d", i+1); p.Name != want || len(part.Instances) > 1000 || part.Next != runs.NextStop {
						w.Errorf("part %s has %d instances, next %s", p.Name, len(part.Instances), part.Next)
					}
				}
				if len(seen) != n || len(w.run.Memory.Parts) != parts || room != n {
					w.Errorf("%d instances in %d parts, which may stop %d; want %d in %d", len(seen), len(w.run.Memory.Parts), room, n, parts)
				}
				for id, times := range seen {
					if times != 1 {
						w.Errorf("%s is in %d parts", id, times)
					}
				}
				if len(w.run.Instances) != 0 || w.run.Outcome != runs.OutcomeWaiting {
					w.Errorf("the run itself has %d instances and is %s", len(w.run.Instances), w.run.Outcome)
				}
			})
		})
	}
}

func TestAThousandInstancesStayInOneExecution(t *testing.T) {
	sc, req := large(1000, sim.Instance{})
	within(t, sc, req, func(w *world) {
		w.plan()
		if len(w.run.Instances) != 1000 || len(w.run.Memory.Parts) != 0 {
			w.Errorf("%d instances, %d parts", len(w.run.Instances), len(w.run.Memory.Parts))
		}
	})
}

func TestTheLimitHoldsForAllPartsTogether(t *testing.T) {
	sc, req := large(1500, sim.Instance{Status: sim.StatusStopped})
	for n := range 40 {
		sc.Instances = append(sc.Instances, sim.Instance{ID: fmt.Sprintf("a-%d", n), Tags: map[string]string{"k": "v"}})
	}
	req.MaxInstances = 50
	within(t, sc, req, func(w *world) {
		w.plan()
		room := 0
		for _, p := range w.run.Memory.Parts {
			room += p.MaxInstances
		}
		if room != 50 {
			w.Errorf("the parts may stop %d instances in all, want 50", room)
		}
	})
}

// A finding of the campaign: the parts whose instances the plan had not seen had
// no room for them in their limits, though the whole run had.
func TestWhatThePlanDidNotSeeHasRoomInTheLimitOfItsPart(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 1500 {
		all, ids = append(all, sim.Instance{ID: fmt.Sprintf("i-%04d", n)}), append(ids, fmt.Sprintf("i-%04d", n))
	}
	req := request(ids...)
	req.MaxInstances = 1500
	sc := fleet(all...)
	sc.Faults = []sim.Fault{{Kind: sim.Challenge, Action: sim.ActionDescribe, FirstCall: 2, LastCall: 13}} // three batches, four tries each
	within(t, sc, req, func(w *world) {
		w.runner.Parallel = 1 // the calls that fail are those of the same batches
		w.plan()
		run, unseen := w.run, 0
		for i, p := range run.Memory.Parts {
			w.run = child(w.T, run, i)
			w.finish()
			if unseen += len(p.Statuses[""]); w.run.Counts[power.Refused] != 0 {
				w.Errorf("%s: %s", p.Name, w.run.Summary)
			}
		}
		if unseen == 0 {
			w.Fatal("the plan saw every instance: the test would prove nothing")
		}
	})
}

func TestAPartStopsWhatThePlanSawRunningAndKnowsWhatWasBefore(t *testing.T) {
	sc, req := large(1001, sim.Instance{StopTakes: 20 * time.Second})
	sc.Instances = []sim.Instance{{ID: "a-off", Status: sim.StatusStopped, Tags: map[string]string{"k": "v"}}, {ID: "a-guarded", Tags: map[string]string{"k": "v", "zenstop-protect": ""}}}
	within(t, sc, req, func(w *world) {
		w.plan()
		run := w.run
		counts := map[power.Verdict]int{}
		for i := range run.Memory.Parts {
			w.run = child(w.T, run, i)
			w.finish()
			for v, n := range w.run.Counts {
				counts[v] += n
			}
		}
		if counts[power.Stopped] != 1001 || counts[power.AlreadyStopped] != 1 || counts[power.Protected] != 1 || len(counts) != 3 {
			w.Errorf("verdicts %v", counts)
		}
		if n := w.server.Truth("a-guarded").StopCalls; n != 0 {
			w.Errorf("the protected instance was named in %d stop requests", n)
		}
	})
}

// A part knew of the plan nothing but the statuses. So one answer without tags stopped a
// protected machine, and a machine that the filter perhaps does not match was stopped as
// soon as its row could be read.
func TestAPartTakesOverWhatThePlanSawAsNotToBeTouched(t *testing.T) {
	for name, c := range map[string]struct {
		odd  sim.Instance
		want power.Verdict
	}{
		"protected, and then once without tags":   {sim.Instance{Tags: map[string]string{"k": "v", "zenstop-protect": ""}, UntaggedRow: 3}, power.Protected},
		"no longer protected":                     {sim.Instance{Tags: map[string]string{"k": "v", "zenstop-protect": ""}, LaterTags: map[string]string{"k": "v"}, LaterTagsAt: time.Second, StopTakes: time.Minute}, power.Stopped},
		"of another team, and its row unreadable": {sim.Instance{Tags: map[string]string{"x": "y"}, Unreadable: sim.TagsAsMap, UnreadableAnswers: 2}, power.Refused},
		"it could not be read once":               {sim.Instance{Tags: map[string]string{"k": "v"}, Unreadable: sim.TagsAsMap, UnreadableAnswers: 1, StopTakes: time.Minute}, power.Stopped},
	} {
		t.Run(name, func(t *testing.T) {
			sc, req := large(1001, sim.Instance{Status: sim.StatusStopped})
			c.odd.ID = "a"
			sc.Instances, sc.Shuffle, sc.IgnoreFilters = []sim.Instance{c.odd}, false, []string{"tagKeys", "tags"}
			req.MaxInstances++
			within(t, sc, req, func(w *world) {
				w.plan()
				wait(2 * time.Second)
				w.run = child(w.T, w.run, 0)
				w.finish()
				asked := w.server.Truth("a").StopCalls > 0
				if w.verdict("a") != c.want || asked != (c.want == power.Stopped) {
					w.Errorf("%s, asked %v", w.run.Summary, asked)
				}
			})
		})
	}
}

func TestALargeRunIsNeitherStoppedNorCheckedAsAWhole(t *testing.T) {
	sc, req := large(1001, sim.Instance{})
	within(t, sc, req, func(w *world) {
		w.plan()
		for name, call := range map[string]func(context.Context, *runs.Run) error{"stop": w.runner.Stop, "check": w.runner.Check} {
			if err := call(w.Context(), &w.run); err == nil || w.run.Outcome != runs.OutcomeWaiting {
				w.Errorf("%s: outcome %s, no error", name, w.run.Outcome)
			}
		}
	})
}

// A finding of the campaign: what the plan of a large run saw STOPPED and its part
// BOOTING was asked to stop, though somebody wants it up.
func TestWhatIsUpAgainAfterThePlanSawItStoppedIsReportedAndLeftAlone(t *testing.T) {
	sc, req := large(1001, sim.Instance{Status: sim.StatusStopped})
	again := sim.Instance{ID: "a", Status: sim.StatusStopped, RestartsAfter: 2 * time.Second, BootTakes: time.Minute, Tags: map[string]string{"k": "v"}}
	guarded := sim.Instance{ID: "b", Status: sim.StatusStopped, Tags: map[string]string{"k": "v", "zenstop-protect": ""}}
	sc.Instances = []sim.Instance{again, guarded}
	within(t, sc, req, func(w *world) {
		w.plan()
		wait(4 * time.Second)
		w.run = child(w.T, w.run, 0)
		w.finish()
		if w.verdict("a") != power.Restarted || w.server.Truth("a").StopCalls != 0 || w.verdict("b") != power.Protected {
			w.Errorf("verdicts %s and %s, %d stop requests", w.verdict("a"), w.verdict("b"), w.server.Truth("a").StopCalls)
		}
	})
}

func TestAPartThatIsPlannedAgainIsTheSame(t *testing.T) {
	sc, req := large(1200, sim.Instance{})
	within(t, sc, req, func(w *world) {
		w.plan()
		first, second := child(w.T, w.run, 1), child(w.T, w.run, 1)
		calls := w.server.Calls(sim.ActionDescribe)
		for _, part := range []*runs.Run{&first, &second} {
			if err := w.runner.Plan(w.Context(), part); err != nil {
				w.Fatal(err)
			}
		}
		if !slices.EqualFunc(first.Instances, second.Instances, func(a, b power.Instance) bool { return a.ID == b.ID && a.Before == b.Before }) {
			w.Error("two plans of one part differ")
		}
		if n := w.server.Calls(sim.ActionDescribe) - calls; n != 0 {
			w.Errorf("the plan of a part asked Zenlayer %d times", n)
		}
	})
}

func TestTenThousandIdsOfTwentyCharactersFitEveryPayload(t *testing.T) {
	ids := make([]string, 10_000)
	for n := range ids {
		ids[n] = fmt.Sprintf("%020d", n)
	}
	if err := runs.CheckRoom(ids); err != nil {
		t.Fatal(err)
	}
	var all []sim.Instance
	for _, id := range ids {
		all = append(all, sim.Instance{ID: id})
	}
	req := request(ids...)
	req.MaxInstances = len(ids)
	within(t, fleet(all...), req, func(w *world) {
		fits := func(what string, run runs.Run) {
			text, err := json.Marshal(run)
			if err != nil || len(text) > payload {
				w.Errorf("%s has %d bytes, %v", what, len(text), err)
			}
		}
		fits("the claim", w.run)
		w.plan()
		fits("the plan", w.run)
		if len(w.run.Memory.Parts) != 10 {
			w.Errorf("%d parts", len(w.run.Memory.Parts))
		}
		fits("a part", child(w.T, w.run, 9))
	})
}

func TestMoreThanARunHasRoomForIsRefusedWithTheNumberAndWhatToDo(t *testing.T) {
	sc, req := large(10_000, sim.Instance{Status: sim.StatusStopped})
	sc.Generate[0].Prefix = strings.Repeat("i", 20) + "-"
	within(t, sc, req, func(w *world) {
		if err := w.runner.Plan(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		for _, part := range []string{"10000 ids", "use several events"} {
			if w.run.Outcome != runs.OutcomeRefused || !strings.Contains(w.run.Summary, part) {
				w.Errorf("%s: %s", w.run.Outcome, w.run.Summary)
			}
		}
		text, err := json.Marshal(w.run)
		if err != nil || len(text) > payload || len(w.run.Instances)+w.run.Omitted != 10_000 {
			w.Errorf("%d bytes with %d instances and %d omitted, %v", len(text), len(w.run.Instances), w.run.Omitted, err)
		}
	})
}

func TestALargeRunThatIsUnplannedAtItsDeadlineLosesNobody(t *testing.T) {
	var ids []string
	for n := range 1500 {
		ids = append(ids, fmt.Sprintf("i-%04d", n))
	}
	within(t, sim.Scenario{}, request(ids...), func(w *world) {
		wait(time.Until(w.run.Deadline))
		if err := w.runner.Check(w.Context(), &w.run); err != nil {
			w.Fatal(err)
		}
		if w.run.Outcome != runs.OutcomeFailed || w.run.Counts[power.TimedOut] != 1500 || len(w.run.Instances)+w.run.Omitted != 1500 {
			w.Errorf("%s, counts %v, %d instances and %d omitted", w.run.Outcome, w.run.Counts, len(w.run.Instances), w.run.Omitted)
		}
	})
}

func TestADryRunOfALargeTargetFitsOneReport(t *testing.T) {
	sc, req := large(3000, sim.Instance{})
	req.DryRun = true
	within(t, sc, req, func(w *world) {
		w.plan()
		text, err := json.Marshal(w.run)
		if err != nil || len(text) > payload || w.run.Outcome != runs.OutcomePlanned || w.run.Omitted == 0 || len(w.run.Instances)+w.run.Omitted != 3000 {
			w.Errorf("%s, %d bytes, %d instances and %d omitted, %v", w.run.Outcome, len(text), len(w.run.Instances), w.run.Omitted, err)
		}
		if !strings.Contains(w.run.Summary, "3000 of 3000 instances would be stopped") {
			w.Error(w.run.Summary)
		}
	})
}
