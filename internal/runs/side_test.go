package runs_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// slow is an API of which each call takes a second, unless it fails, and every instance is RUNNING.
type slow struct {
	calls *atomic.Int32
	fails func(call int32) error // nil: no call fails
}

func (s slow) answer() error {
	n := s.calls.Add(1)
	if s.fails != nil {
		if err := s.fails(n); err != nil {
			return err
		}
	}
	<-time.After(time.Second)
	return nil
}

func (s slow) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Status: zenlayer.StatusRunning})
	}
	return page, s.answer()
}

func (s slow) List(_ context.Context, _ zenlayer.Filter, num, _ int) (zenlayer.Page, error) {
	page := zenlayer.Page{TotalCount: 1000}
	for n := range 100 {
		page.Instances = append(page.Instances, zenlayer.Instance{ID: fmt.Sprintf("i-%d-%02d", num, n), Status: zenlayer.StatusRunning, ZoneID: "z"})
	}
	return page, s.answer()
}

func (s slow) Ask(context.Context, zenlayer.Action, []string) error { return s.answer() }

// thousand is a run of 1,000 instances, by their ids or by a filter.
func thousand(filter *zenlayer.Filter) (runs.Runner, runs.Run, slow) {
	req := runs.Request{Action: power.Stop, Name: "r", MaxInstances: 1000, Timeout: time.Hour, Target: runs.Target{Filter: filter}}
	for n := 0; n < 1000 && filter == nil; n++ {
		req.Target.InstanceIDs = append(req.Target.InstanceIDs, fmt.Sprintf("i-%04d", n))
	}
	api := slow{calls: new(atomic.Int32)}
	return runs.Runner{API: api, Now: time.Now, Parallel: runs.SideBySide}, runs.New(req, time.Now()), api
}

func TestFiveCallsAreUnderWayAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		filter      *zenlayer.Filter
		calls       int32
		plan, round time.Duration
	}{
		"by ids: ten looks":                            {nil, 10, 2 * time.Second, 4 * time.Second},
		"by a filter: twice the first page, then nine": {&zenlayer.Filter{ZoneID: "z"}, 20, 6 * time.Second, 4 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, run, api := thousand(c.filter)
				begun := time.Now()
				if err := r.Plan(t.Context(), &run); err != nil || len(run.Instances) != 1000 {
					t.Fatal(len(run.Instances), err)
				}
				if took, calls := time.Since(begun), api.calls.Load(); took != c.plan || calls != c.calls {
					t.Errorf("the plan took %d calls and %s", calls, took)
				}
				begun = time.Now()
				if err := r.Stop(t.Context(), &run); err != nil {
					t.Fatal(err)
				}
				if took, calls := time.Since(begun), api.calls.Load()-c.calls; took != c.round || calls != 20 {
					t.Errorf("ten looks and ten stops took %d calls and %s", calls, took)
				}
			})
		})
	}
}

func TestAfterAFinalErrorNoCallBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, run, api := thousand(nil)
		refused := &zenlayer.CredentialsError{Message: "no"}
		api.fails = func(call int32) error {
			if call == 1 {
				return refused
			}
			return nil
		}
		r.API = api
		if err := r.Plan(t.Context(), &run); !errors.Is(err, refused) || run.Planned || api.calls.Load() > runs.SideBySide {
			t.Errorf("%d calls, error %v", api.calls.Load(), err)
		}
	})
}

func TestTheLimitHoldsForBatchesThatGoOutSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, run, _ := thousand(nil)
		if err := r.Plan(t.Context(), &run); err != nil {
			t.Fatal(err)
		}
		run.HoldTo(150)
		if err := r.Stop(t.Context(), &run); err != nil {
			t.Fatal(err)
		}
		asked := 0
		for _, in := range run.Instances {
			asked += in.Requests
		}
		if asked != 150 || run.Counts[power.Refused] != 850 {
			t.Errorf("%d asked to stop, verdicts %v; want 150, and 850 REFUSED", asked, run.Counts)
		}
	})
}
