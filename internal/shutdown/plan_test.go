package shutdown

import (
	"strings"
	"testing"
	"time"

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
			run := New(Request{Run: "r", MaxInstances: c.limit, Timeout: time.Hour, Target: Target{InstanceIDs: number(130)}}, at(0))
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

func TestACheckCountsItself(t *testing.T) {
	r := Runner{API: answers(func(ids []string) (zenlayer.Page, error) { return page(ids...), nil }), Now: func() time.Time { return at(1) }}
	run := of(Open)
	for range 2 {
		if err := r.Check(t.Context(), run); err != nil {
			t.Fatal(err)
		}
	}
	if run.Checks != 2 {
		t.Errorf("%d checks, want 2", run.Checks)
	}
}
