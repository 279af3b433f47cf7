package sim_test

import (
	"net/http"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

func TestRequestsAboveTheLimitOfTheirSecondAreThrottled(t *testing.T) {
	r := newRig(t, sim.Scenario{RequestsPerSecond: 2})
	for _, c := range []struct {
		at     time.Duration
		status int
	}{
		{0, 200},
		{sec / 2, 200},
		{sec / 2, 429},
		{sec - 1, 429},
		{sec, 200}, // the next second begins
		{sec, 200},
		{2*sec - 1, 429},
		{time.Hour, 200}, // a pause saves nothing up
		{time.Hour, 200},
		{time.Hour, 429},
	} {
		if got := r.at(c.at).describe().Status; got != c.status {
			t.Errorf("after %s: status %d, want %d", c.at, got, c.status)
		}
	}
	if got := r.Injected()["rateLimit"]; got != 4 {
		t.Errorf("%d counted as rateLimit, want 4", got)
	}
}

func TestAThrottledRequestDoesNothingAndMeetsNoFault(t *testing.T) {
	r := newRig(t, sim.Scenario{
		Instances:         []sim.Instance{{ID: "a"}},
		Faults:            []sim.Fault{{Kind: sim.LostAnswer, FirstCall: 2, Times: 1}},
		RequestsPerSecond: 1,
	})
	wantAnswer(t, r.describe("a"), http.StatusOK, "")
	wantAnswer(t, r.stop("a"), http.StatusTooManyRequests, sim.CodeRequestLimit)
	if last := r.Requests()[1]; last.Accepted || last.Code != sim.CodeRequestLimit || last.Status != 429 || last.Fault != "" {
		t.Errorf("the log says %+v, want a request that was refused and met no fault", last)
	}
	if got := r.Truth("a"); got.AcceptedStops != 0 || got.StopCalls != 1 || r.Calls(sim.ActionStop) != 1 {
		t.Errorf("the instance: %+v, want one call and no accepted stop", got)
	}
	if _, err := r.at(sec).send(request(t, sim.ActionStop, `{"instanceIds":["a"]}`)); err == nil {
		t.Error("the fault did not happen afterwards")
	}
}

func TestWithoutALimitNothingIsThrottled(t *testing.T) {
	r := fleet(t)
	for range 1000 {
		wantAnswer(t, r.describe(), http.StatusOK, "")
	}
}
