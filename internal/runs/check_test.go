package runs

import (
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

func TestACheckLooksAtOpenInstancesInFullBatchesAndAtAllBeforeTheEnd(t *testing.T) {
	all := number(250)
	cases := map[string]struct {
		up      []string // RUNNING in the answers
		open    []string // STOPPING in the answers; the others are STOPPED
		fails   int      // this call fails
		calls   []int
		outcome Outcome
	}{
		"130 open ones take two calls, with 70 that have stopped": {nil, all[120:], 0, []int{100, 100}, OutcomeWaiting},
		"one of them has not stopped yet":                         {nil, all[249:], 0, []int{100, 100}, OutcomeWaiting},
		"the last has stopped: one more look is due":              {nil, nil, 0, []int{100, 100}, OutcomeWaiting},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var calls []int
			api := answers(func(ids []string) (zenlayer.Page, error) {
				if calls = append(calls, len(ids)); len(calls) == c.fails {
					return zenlayer.Page{}, unavailable
				}
				p := page(ids...)
				for i := range p.Instances {
					in := &p.Instances[i]
					in.Status = zenlayer.StatusStopped
					if slices.Contains(c.up, in.ID) {
						in.Status = zenlayer.StatusRunning
					} else if slices.Contains(c.open, in.ID) {
						in.Status = zenlayer.StatusStopping
					}
				}
				return p, nil
			})
			run := halfStopped(all)
			if err := (Runner{API: api, Now: func() time.Time { return at(300) }}).Check(t.Context(), &run); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(calls, c.calls) || run.Outcome != c.outcome {
				t.Errorf("calls of %v ids, outcome %s; want %v, %s", calls, run.Outcome, c.calls, c.outcome)
			}
		})
	}
}

func TestTheLookThatConfirmsTheLastStopSeesAll(t *testing.T) {
	all := number(250)
	cases := map[string]struct {
		up      []string // RUNNING in the answers of the second check
		fails   int      // this call of it fails
		calls   []int
		outcome Outcome
	}{
		"all are STOPPED":                      {nil, 0, []int{100, 100, 50}, OutcomeStopped},
		"one is up again":                      {all[119:120], 0, []int{100, 100, 50}, OutcomeWaiting},
		"the look at some of them fails":       {nil, 3, []int{100, 100, 50}, OutcomeWaiting},
		"the look at others of them fails too": {nil, 1, []int{100, 100, 50}, OutcomeWaiting},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var calls []int
			second := false
			api := answers(func(ids []string) (zenlayer.Page, error) {
				if calls = append(calls, len(ids)); second && len(calls) == c.fails {
					return zenlayer.Page{}, unavailable
				}
				p := page(ids...)
				for i := range p.Instances {
					p.Instances[i].Status = zenlayer.StatusStopped
					if second && slices.Contains(c.up, p.Instances[i].ID) {
						p.Instances[i].Status = zenlayer.StatusRunning
					}
				}
				return p, nil
			})
			run := halfStopped(all)
			for _, second = range []bool{false, true} {
				calls = nil
				if err := (Runner{API: api, Now: func() time.Time { return at(300) }}).Check(t.Context(), &run); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(calls, c.calls) || run.Outcome != c.outcome {
				t.Errorf("calls of %v ids, outcome %s; want %v, %s", calls, run.Outcome, c.calls, c.outcome)
			}
		})
	}
}

// halfStopped is a run whose first 120 instances were seen STOPPED; the others are STOPPING.
func halfStopped(ids []string) Run {
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: len(ids), Timeout: time.Hour, Target: Target{InstanceIDs: ids}}, at(0))
	run.Planned = true
	for i := range run.Instances {
		in := &run.Instances[i]
		in.Before, in.Status, in.Requests = zenlayer.StatusRunning, zenlayer.StatusStopping, 1
		in.Memory = power.Memory{AskedAt: at(1).Unix(), WasNear: true, Went: true, Fars: 2}
		if i < 120 {
			in.Status, in.Verdict, in.Seconds = zenlayer.StatusStopped, power.Stopped, 100
		}
	}
	return run
}

func TestWhatZenlayerRefusedToShowIsAskedForAloneAtTheNextLook(t *testing.T) {
	calls := 0
	api := answers(func(ids []string) (zenlayer.Page, error) {
		if calls++; slices.Contains(ids, "i-042") {
			return zenlayer.Page{}, &zenlayer.APIError{Status: 403, Code: "UNSUPPORTED_OPERATION_MIGRATING"}
		}
		return page(ids...), nil
	})
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 100, Timeout: time.Hour, Target: Target{InstanceIDs: number(100)}}, at(0))
	run.Planned = true
	for look, most := range []int{15, 2, 2} {
		calls = 0
		if err := (Runner{API: api, Now: func() time.Time { return at(20 * (look + 1)) }}).Check(t.Context(), &run); err != nil {
			t.Fatal(err)
		}
		if calls > most {
			t.Errorf("look %d took %d calls, at most %d", look+1, calls, most)
		}
	}
	if run.Instances[42].Verdict != power.Open {
		t.Errorf("after three looks it is %q, and the code may pass", run.Instances[42].Verdict)
	}
}
