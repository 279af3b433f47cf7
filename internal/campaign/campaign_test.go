package campaign

import (
	"flag"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	runs = flag.Int("runs", 10_000, "runs of TestCampaign")
	seed = flag.Uint64("seed", 1, "seed of its first run")
)

func TestCampaign(t *testing.T) {
	n := *runs
	if testing.Short() {
		n = min(n, 200)
	}
	r := Campaign(t, Options{Runs: n, Seed: *seed, Workers: 2})
	counts := map[string]int{}
	for _, f := range r.Findings {
		if counts[f.Rule]++; counts[f.Rule] <= 4 {
			t.Errorf("seed %d: %s", f.Seed, f.Text)
		}
	}
	t.Logf("%v", counts)
	t.Logf("%+v", *r)
}

func TestASeedGivesTheSameRunAgain(t *testing.T) {
	for seed := uint64(1); seed <= 40; seed++ {
		o := Options{Runs: 1, Seed: seed, Workers: 1}
		if diff := cmp.Diff(Campaign(t, o), Campaign(t, o)); diff != "" {
			t.Errorf("seed %d, first run (-) and second (+):\n%s", seed, diff)
		}
	}
}
