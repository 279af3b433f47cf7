package runs_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

func TestTheSearchForCulpritsKeepsNoOtherBatchWaiting(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 300 {
		in := sim.Instance{ID: fmt.Sprintf("i-%03d", n), StopTakes: time.Minute}
		if n < 30 {
			in.RefusesStop = "OPERATION_DENIED_INSTANCE_LOCKED"
		}
		all, ids = append(all, in), append(ids, in.ID)
	}
	req := request(ids...)
	req.MaxInstances = 300
	within(t, fleet(all...), req, func(w *world) {
		w.plan()
		ctx, cancel := context.WithCancel(w.Context())
		w.runner.API = limited{w.runner.API, new(atomic.Int32), 5, cancel} // then the time of the function is over
		if err := w.runner.Stop(ctx, &w.run); err != nil {
			w.Fatal(err)
		}
		for _, id := range []string{"i-100", "i-299"} {
			if w.server.Truth(id).AcceptedStops != 1 {
				w.Errorf("%s was not stopped in the first round", id)
			}
		}
	})
}

func TestASearchForCulpritsThatBreaksOffGoesOnWhereItWas(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 100 {
		in := sim.Instance{ID: fmt.Sprintf("i-%03d", n), StopTakes: time.Minute}
		if n%25 == 3 {
			in.RefusesStop = "OPERATION_DENIED_INSTANCE_LOCKED"
		}
		all, ids = append(all, in), append(ids, in.ID)
	}
	within(t, fleet(all...), request(ids...), func(w *world) {
		w.plan()
		api := w.runner.API
		for w.run.Outcome == runs.OutcomeWaiting {
			ctx, cancel := context.WithCancel(w.Context())
			w.runner.API = limited{api, new(atomic.Int32), 3, cancel} // then the time of the function is over
			if err := w.runner.Stop(ctx, &w.run); err != nil {
				w.Fatal(err)
			}
			w.runner.API = api
			wait(30 * time.Second)
			if err := w.runner.Check(w.Context(), &w.run); err != nil {
				w.Fatal(err)
			}
		}
		if w.run.Counts[power.Stopped] != 96 {
			w.Errorf("verdicts %v, want 96 STOPPED", w.run.Counts)
		}
	})
}

// limited is an API that ends the time of its caller after some StopInstances calls.
type limited struct {
	runs.API
	calls *atomic.Int32
	limit int32
	over  context.CancelFunc
}

func (l limited) Ask(ctx context.Context, action zenlayer.Action, ids []string) error {
	err := l.API.Ask(ctx, action, ids)
	if l.calls.Add(1) == l.limit {
		l.over()
	}
	return err
}

// Each of these lasts for 11 of 12 hours, and lets the run know just enough to try.
func TestTroubleOfManyHoursDoesNotUseUpTheRounds(t *testing.T) {
	cases := map[string]sim.Fault{
		"no stop gets through": {Kind: sim.Challenge, Action: sim.ActionStop},
		"every page is short":  {Kind: sim.ShortPage},
		"no stop is answered":  {Kind: sim.TimeOut, Action: sim.ActionStop},
	}
	for name, fault := range cases {
		t.Run(name, func(t *testing.T) {
			req := request("a", "b", "c")
			req.Timeout = 12 * time.Hour
			sc := fleet(sim.Instance{ID: "a", StopTakes: time.Minute}, sim.Instance{ID: "b", IgnoresStops: 1}, sim.Instance{ID: "c", NeverStops: true})
			fault.Until = 11 * time.Hour
			sc.Faults = []sim.Fault{fault}
			within(t, sc, req, func(w *world) {
				rounds := w.rounds()
				if w.verdict("a") != power.Stopped || rounds > 1000 {
					w.Errorf("verdict %s after %d rounds; want STOPPED, and the workflow allows 1000", w.verdict("a"), rounds)
				}
			})
		})
	}
}

func TestAnOutageThatEndsShortlyBeforeTheDeadlineIsFoundToBeOver(t *testing.T) {
	for ends := 30 * time.Second; ends <= 26*time.Minute; ends += 10 * time.Second {
		sc := fleet(sim.Instance{ID: "a", StopTakes: 2 * time.Minute})
		sc.Faults = []sim.Fault{{Kind: sim.Challenge, Action: sim.ActionStop, Until: ends}}
		within(t, sc, request("a"), func(w *world) {
			w.rounds()
			if got := w.verdict("a"); got != power.Stopped {
				w.Errorf("verdict %s: the outage ended %s before the deadline", got, 30*time.Minute-ends)
			}
		})
	}
}

func TestAfterAnOutageEverythingIsAskedForSoon(t *testing.T) {
	var all []sim.Instance
	var ids []string
	for n := range 400 {
		id := fmt.Sprintf("i-%03d", n)
		all, ids = append(all, sim.Instance{ID: id, StopTakes: time.Minute}), append(ids, id)
	}
	req := request(ids...)
	req.MaxInstances = 400
	sc := fleet(all...)
	sc.Faults = []sim.Fault{
		{Kind: sim.Challenge, Action: sim.ActionStop, Until: 20 * time.Minute},
		{Kind: sim.ShortPage, Probability: 0.1},
		{Kind: sim.TimeOut, Action: sim.ActionStop, Probability: 0.1},
	}
	within(t, sc, req, func(w *world) {
		w.rounds()
		if n := w.run.Counts[power.Stopped]; n != 400 {
			w.Errorf("%d of 400 STOPPED within 10 minutes after the outage", n)
		}
	})
}

// rounds carries the run on to its end and counts as the workflow does.
func (w *world) rounds() int {
	w.Helper()
	rounds := 0
	for ; w.run.Outcome == runs.OutcomeWaiting; rounds++ {
		if err := w.step(); err != nil {
			w.Fatal(err)
		}
	}
	return rounds
}
