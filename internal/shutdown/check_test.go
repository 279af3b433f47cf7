package shutdown

import (
	"slices"
	"testing"
	"time"

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
		"the last has stopped: all are seen":                      {nil, nil, 0, []int{100, 100, 50}, OutcomeStopped},
		"of the others one is up again":                           {all[119:120], nil, 0, []int{100, 100, 50}, OutcomeWaiting},
		"the look at the others fails":                            {nil, nil, 3, []int{100, 100, 50}, OutcomeWaiting},
		"a look at a part of the others fails":                    {nil, nil, 2, []int{100, 100}, OutcomeWaiting},
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

// halfStopped is a run whose first 120 instances were seen STOPPED; the others are STOPPING.
func halfStopped(ids []string) Run {
	run := New(Request{Run: "r", MaxInstances: len(ids), Timeout: time.Hour, Target: Target{InstanceIDs: ids}}, at(0))
	run.Planned = true
	for i := range run.Instances {
		in := &run.Instances[i]
		in.Before, in.Status, in.StopRequests = zenlayer.StatusRunning, zenlayer.StatusStopping, 1
		in.Memory = Memory{AskedAt: at(1).Unix(), SeenStopping: true}
		if i < 120 {
			in.Status, in.Verdict, in.Seconds = zenlayer.StatusStopped, Stopped, 100
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
	run := New(Request{Run: "r", MaxInstances: 100, Timeout: time.Hour, Target: Target{InstanceIDs: number(100)}}, at(0))
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
	if run.Instances[42].Verdict != RefusedStop {
		t.Errorf("after three looks it is %q", run.Instances[42].Verdict)
	}
}
