package virtual_test

import (
	"math"
	"testing"
	"time"

	"zenstop/internal/proof/bench/virtual"
)

func TestAFixedIntervalIsOnTheFrontierInEveryBand(t *testing.T) {
	for _, band := range virtual.Bands() {
		f, err := band.Measure(t.Context(), 4000, virtual.Fixed("", 5*time.Second).Watch)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.AgainstFixed(band); math.Abs(got-1) > 0.01 {
			t.Errorf("%s: %.3f times a fixed interval of the same lateness, want 1: it is one", band.Name, got)
		}
	}
}

// The waiter's figures are known from its documented algorithm: a delay is drawn from 15 s to
// 120 s after the fourth look, so a stop is seen 40.6 s late in the long run (the mean
// of the squares over twice the mean).
func TestTheWaiterOfTheSDKDrawsItsDelays(t *testing.T) {
	f, err := virtual.Bands()[2].Measure(t.Context(), 20_000, virtual.SDKWaiter().Watch)
	if err != nil || math.Abs(f.Mean-40.6) > 1 || f.P99 < 100 || f.P99 > 120 {
		t.Errorf("%+v, %v; want a mean lateness of 40.6 s and a p99 of 100 to 120 s", f, err)
	}
}

func TestARuleIsLateForEachInstanceByTheNextLook(t *testing.T) {
	w, err := virtual.Fixed("", 30*time.Second).Watch(t.Context(), []time.Duration{30 * time.Second, 31 * time.Second, 80 * time.Second})
	if err != nil || w.Calls != 3 || w.Late[0] != 0 || w.Late[1] != 29*time.Second || w.Late[2] != 10*time.Second {
		t.Errorf("%+v, %v; want looks after 30, 60 and 90 s", w, err)
	}
}
