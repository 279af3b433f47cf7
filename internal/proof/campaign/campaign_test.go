package campaign

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	count   = flag.Int("runs", 10_000, "runs of TestCampaign")
	seed    = flag.Uint64("seed", 1, "seed of its first run")
	first   = flag.Bool("first", false, "end at the first finding")
	shorten = flag.Bool("shorten", true, "tell the shortest story of each finding")
)

const (
	explained    = 5      // findings of different rules that are told as short stories
	shown        = 20     // findings that are printed
	longEnough   = 10_000 // runs in which every possible pair of a fault and an end occurs
	reproducible = 40     // seeds that are run twice
)

// TestMain prints the table last, so that it ends with the eleven lines where the
// test is the program of make campaign.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	fmt.Print(table.String())
	os.Exit(code)
}

// table is what TestCampaign leaves for TestMain.
var table strings.Builder

func TestCampaign(t *testing.T) {
	n := *count
	if testing.Short() {
		n = min(n, 200)
	}
	r := Campaign(t, Options{Runs: n, Seed: *seed, Workers: 2, First: *first})
	if r.Runs < n && !*first {
		t.Errorf("%d runs of %d: a worker ended early", r.Runs, n)
	}
	told := map[string]bool{}
	for i, f := range r.Findings {
		switch {
		case *shorten && !told[f.Rule] && len(told) < explained:
			t.Error(Explain(t, f) + pictureOf(t, f))
		case i < shown:
			t.Error(f)
		}
		told[f.Rule] = true
	}
	if n >= longEnough {
		for _, s := range r.Surprises() {
			t.Error(s)
		}
	}
	r.Print(&table, cpuTime())
}

// pictureOf says where the picture of a finding is: in .local of the checkout.
func pictureOf(t *testing.T, f Finding) string {
	root := "."
	if _, err := os.Stat("go.mod"); err != nil {
		root = "../../.." // go test runs in the folder of the package
	}
	path, err := Draw(t, f, filepath.Join(root, ".local"))
	if err != nil {
		return "\n  " + err.Error()
	}
	return "\n  The picture of its seed: " + path
}

// cpuTime is what this process has used so far.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestASeedGivesTheSameRunAgain(t *testing.T) {
	for _, o := range []Options{
		{Runs: reproducible, Seed: 1, Workers: 1},
		{Runs: 1, Seed: 110562, Workers: 1}, // in these the turn of a call comes at the moment at which its time is over
		{Runs: 1, Seed: 110674, Workers: 1},
	} {
		if diff := cmp.Diff(Campaign(t, o), Campaign(t, o)); diff != "" {
			t.Errorf("seed %d: first time (-) and second time (+):\n%s", o.Seed, diff)
		}
	}
}

// A story that cannot be told ends a worker of the campaign, and so its other runs. These were
// the first to begin a fault before the start.
func TestEveryStoryCanBeTold(t *testing.T) {
	seeds := []uint64{1017983, 1021407, 1088574, 1100002, 1139937, 1141751, 1175058, 1188146, 1198533, 1203162, 1247865, 1297277}
	for seed := range uint64(3000) {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		if _, err := newWorld(draw(seed)); err != nil {
			t.Errorf("seed %d: %v", seed, err)
		}
	}
}
