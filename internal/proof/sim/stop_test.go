package sim_test

import (
	"net/http"
	"testing"

	"zenstop/internal/proof/sim"
)

func TestOneBadInstanceRefusesTheWholeBatch(t *testing.T) {
	cases := map[string]struct {
		bad    sim.Instance
		status int
		code   string
	}{
		"not found":      {sim.Instance{Missing: true}, http.StatusNotFound, sim.CodeInstanceNotFound},
		"recycled":       {sim.Instance{Status: sim.StatusRecycle}, http.StatusForbidden, sim.CodeInstanceRecycled},
		"recycling":      {sim.Instance{Status: sim.StatusRecycling}, http.StatusForbidden, sim.CodeInstanceRecycled},
		"stopped":        {sim.Instance{Status: sim.StatusStopped}, http.StatusForbidden, sim.CodeInstanceNotRunning},
		"stopping":       {sim.Instance{Status: sim.StatusStopping, NeverStops: true}, http.StatusForbidden, sim.CodeInstanceNotRunning},
		"booting":        {sim.Instance{Status: sim.StatusBooting}, http.StatusForbidden, sim.CodeInstanceNotRunning},
		"in maintenance": {sim.Instance{OddStatus: "MAINTENANCE"}, http.StatusForbidden, sim.CodeInstanceNotRunning},
		"recycled, in other words": {
			sim.Instance{Status: sim.StatusRecycle, RecycledCode: sim.CodeRecycledResource}, http.StatusForbidden, sim.CodeRecycledResource,
		},
		"recycled, in older words": {
			sim.Instance{RecycledAt: 1, RecycledCode: sim.CodeRecycledResourceOld}, http.StatusBadRequest, sim.CodeRecycledResourceOld,
		},
		"a code that no list has": {
			sim.Instance{RefusesStop: "UNSUPPORTED_OPERATION_INSTANCE_LOCKED"}, http.StatusBadRequest, "UNSUPPORTED_OPERATION_INSTANCE_LOCKED",
		},
		"refused for good": {sim.Instance{RefusesStop: "OPERATION_DENIED_LOCKED"}, http.StatusForbidden, "OPERATION_DENIED_LOCKED"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.bad.ID = "bad"
			r := fleet(t, sim.Instance{ID: "a"}, sim.Instance{ID: "b"}, c.bad)
			wantAnswer(t, r.at(sec).stop("a", "bad", "b"), c.status, c.code)
			for _, id := range []string{"a", "b", "bad"} {
				if got := r.Truth(id); got.AcceptedStops != 0 {
					t.Errorf("%s was stopped although the batch was refused: %+v", id, got)
				}
			}
			wantAnswer(t, r.stop("a", "b"), http.StatusOK, "")
		})
	}
}

func TestASecondStopIsAnErrorEvenWhereRunningIsStillShown(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", StopTakes: 10 * sec, Lag: 5 * sec})
	wantAnswer(t, r.stop("a"), http.StatusOK, "")
	r.at(sec).wantShown("a", sim.StatusRunning)
	wantAnswer(t, r.stop("a"), http.StatusForbidden, sim.CodeInstanceNotRunning)
}

func TestAnIDGivenTwiceCountsOnce(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", IgnoresStops: 1})
	wantAnswer(t, r.stop("a", "a"), http.StatusOK, "")
	if got := r.Truth("a"); got.AcceptedStops != 1 || got.StopCalls != 1 {
		t.Errorf("%d stops of %d calls, want 1 of 1", got.AcceptedStops, got.StopCalls)
	}
}
