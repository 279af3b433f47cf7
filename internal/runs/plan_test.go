package runs

import (
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// halfSeen is an API that describes the first batch of a hundred and fails on others.
func halfSeen(ids []string) (zenlayer.Page, error) {
	if ids[0] == "i-000" {
		return page(ids...), nil
	}
	return zenlayer.Page{}, unavailable
}

func TestWhatThePlanDidNotSeeMattersOnlyWhereItCouldBreakTheLimit(t *testing.T) {
	for name, c := range map[string]struct {
		limit   int
		planned bool
		outcome Outcome
	}{
		"all would be within the limit":             {130, true, OutcomeWaiting},
		"one too many, if all that is unseen is up": {129, false, OutcomeWaiting},
		"exactly what was seen":                     {100, false, OutcomeWaiting},
		"too many already":                          {99, true, OutcomeRefused},
	} {
		t.Run(name, func(t *testing.T) {
			r := Runner{API: answers(halfSeen), Now: func() time.Time { return at(1) }}
			run := New(Request{Action: power.Stop, Name: "r", MaxInstances: c.limit, Timeout: time.Hour, Target: Target{InstanceIDs: number(130)}}, at(0))
			err := r.Plan(t.Context(), &run)
			if run.Planned != c.planned || run.Outcome != c.outcome {
				t.Errorf("planned %v, %s: %s, %v", run.Planned, run.Outcome, run.Summary, err)
			}
			if !c.planned && (zenlayer.KindOf(err) != zenlayer.KindUnavailable || !strings.Contains(err.Error(), "30 instances")) {
				t.Errorf("error %v, want one that may pass", err)
			}
		})
	}
}

// A finding of the campaign: where calls were slow and two instances made Zenlayer reject
// their batches, the plan broke off in the second search each time, until the deadline.
func TestAPlanThatBreaksOffGoesOnWithTheCulpritsThatItFound(t *testing.T) {
	for name, odd := range map[string]string{"refused": "UNSUPPORTED_OPERATION_MIGRATING", "not found": "INVALID_INSTANCE_NOT_FOUND"} {
		t.Run(name, func(t *testing.T) {
			left := 0
			r := Runner{Now: func() time.Time { return at(1) }, API: answers(func(ids []string) (zenlayer.Page, error) {
				if left--; left < 0 {
					return zenlayer.Page{}, unavailable // the time of the function is over
				}
				if slices.Contains(ids, "i-050") || slices.Contains(ids, "i-150") {
					return zenlayer.Page{}, &zenlayer.APIError{Status: 403, Code: odd}
				}
				return page(ids...), nil
			})}
			run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 197, Timeout: time.Hour, Target: Target{InstanceIDs: number(200)}}, at(0))
			for _, culprits := range []int{1, 0} {
				left = 20
				if err := r.Plan(t.Context(), &run); err != nil {
					t.Fatal(err)
				}
				if len(run.Memory.Culprits) != culprits || run.Outcome == OutcomeWaiting && (run.Planned || run.Next != NextPlan) {
					t.Errorf("culprits %q, planned %v, next %s", run.Memory.Culprits, run.Planned, run.Next)
				}
			}
			if run.Outcome != OutcomeRefused {
				t.Errorf("%s: %s; want REFUSED", run.Outcome, run.Summary)
			}
		})
	}
}

func TestAPlanThatFindsNoFurtherCulpritFails(t *testing.T) {
	r := Runner{Now: func() time.Time { return at(1) }, API: answers(func(ids []string) (zenlayer.Page, error) {
		if len(ids) > 1 {
			return zenlayer.Page{}, unavailable
		}
		return zenlayer.Page{}, &zenlayer.APIError{Status: 403, Code: "UNSUPPORTED_OPERATION_MIGRATING"}
	})}
	run := New(Request{Action: power.Stop, Name: "r", MaxInstances: 50, Timeout: time.Hour, Target: Target{InstanceIDs: number(100)}}, at(0))
	run.Memory.Culprits = []string{"i-050"}
	if err := r.Plan(t.Context(), &run); zenlayer.KindOf(err) != zenlayer.KindUnavailable || run.Planned {
		t.Errorf("%v, planned %v; want the error, and the document as it was", err, run.Planned)
	}
}

// A finding: an instance whose look was refused was not counted, and a run of six
// instances with a limit of five was not refused.
func TestWhatZenlayerRefusesToShowCountsAgainstTheLimit(t *testing.T) {
	odd := &zenlayer.APIError{Status: 403, Code: "UNSUPPORTED_OPERATION_MIGRATING"}
	for name, c := range map[string]struct {
		refusals int    // so many calls that name i-005 alone are refused
		status   string // in the next answer; empty: there is no answer
		limit    int
		outcome  Outcome
	}{
		"refused once, it is RUNNING":                     {1, zenlayer.StatusRunning, 5, OutcomeRefused},
		"refused once, it is STOPPED":                     {1, zenlayer.StatusStopped, 5, OutcomeWaiting},
		"refused always":                                  {1000, "", 5, OutcomeRefused},
		"refused always, but there is room":               {1000, "", 6, OutcomeWaiting},
		"refused once, then no answer":                    {1, "", 5, OutcomeRefused},
		"refused once, then no answer, but there is room": {1, "", 6, OutcomeWaiting},
	} {
		t.Run(name, func(t *testing.T) {
			alone := 0
			r := Runner{Now: func() time.Time { return at(1) }, API: answers(func(ids []string) (zenlayer.Page, error) {
				if !slices.Contains(ids, "i-005") {
					return page(ids...), nil
				}
				if len(ids) > 1 {
					return zenlayer.Page{}, odd
				}
				if alone++; alone <= c.refusals {
					return zenlayer.Page{}, odd
				}
				if c.status == "" {
					return zenlayer.Page{}, unavailable
				}
				p := page(ids...)
				p.Instances[0].Status = c.status
				return p, nil
			})}
			run := New(Request{Action: power.Stop, Name: "r", MaxInstances: c.limit, Timeout: time.Hour, Target: Target{InstanceIDs: number(6)}}, at(0))
			if err := r.Plan(t.Context(), &run); err != nil || run.Outcome != c.outcome {
				t.Errorf("%s: %s, %v; want %s", run.Outcome, run.Summary, err, c.outcome)
			}
		})
	}
}

func TestACheckCountsItself(t *testing.T) {
	r := Runner{API: answers(func(ids []string) (zenlayer.Page, error) { return page(ids...), nil }), Now: func() time.Time { return at(1) }}
	run := of(power.Open)
	for range 2 {
		if err := r.Check(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if run.Checks != 2 {
		t.Errorf("%d checks, want 2", run.Checks)
	}
}
