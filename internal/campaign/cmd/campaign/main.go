// Command campaign runs a campaign and prints one table. It exits 0 only where no
// verdict is wrong, no instance lost and no run unbounded.
package main

import (
	"flag"
	"os"
	"testing"

	"zenstop/internal/campaign"
)

func main() {
	runs := flag.Int("runs", 10_000, "how many runs")
	seed := flag.Uint64("seed", 1, "seed of the first run; each next one has the next seed")
	workers := flag.Int("workers", 2, "runs at the same time")
	testing.Init()
	flag.Parse()
	// Virtual time, testing/synctest, is to be had inside of a test only.
	testing.Main(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: "campaign", F: func(t *testing.T) {
		result := campaign.Campaign(t, campaign.Options{Runs: *runs, Seed: *seed, Workers: *workers})
		result.Print(os.Stdout)
		if result.Bad() || result.Runs != *runs {
			os.Exit(1)
		}
		os.Exit(0)
	}}}, nil, nil)
}
