package scale

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"zenstop/internal/proof/sim"
	"zenstop/internal/zenlayer"
)

// key is a Source with the simulator's own token.
type key struct{}

func (key) Credentials(context.Context) (zenlayer.Credentials, error) {
	for _, c := range sim.DefaultCredentials() {
		if c.Token != "" {
			return zenlayer.Credentials{Token: zenlayer.Secret(c.Token)}, nil
		}
	}
	return zenlayer.Credentials{}, nil
}

func (key) Forget() {}

func TestAPointCountsUpToTheLastAcceptedStop(t *testing.T) {
	at := func(second int, action string, status int) sim.Request {
		return sim.Request{At: time.Unix(int64(second), 0), Action: action, Status: status, Accepted: status == http.StatusOK}
	}
	p, err := point(3, []sim.Request{
		at(9, sim.ActionDescribe, 429), at(1, sim.ActionDescribe, 200), at(3, sim.ActionStop, 429), at(4, sim.ActionStop, 200), at(8, sim.ActionDescribe, 200),
	})
	if want := (Point{Instances: 3, Calls: 3, Throttled: 1, Took: 3 * time.Second, AllCalls: 5, AllThrottled: 2}); err != nil || p != want {
		t.Errorf("%+v, %v; want %+v", p, err, want)
	}
	if _, err := point(3, []sim.Request{at(1, sim.ActionStop, 429)}); err == nil {
		t.Error("a run without an accepted stop is a point")
	}
}

func TestTheSimulatorReadsTheScenarioAsItIsMeant(t *testing.T) {
	want := scenario(Rate, 100, 10_000)
	text, err := encoded(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := sim.ParseScenario(text)
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestTheIdealOfTenThousandInstancesIs210Calls(t *testing.T) {
	for n, want := range map[int]int{1: 3, 100: 3, 101: 5, 10_000: 210} {
		if got := Ideal(n); got != want {
			t.Errorf("%d instances: %d calls, want %d", n, got, want)
		}
	}
}
