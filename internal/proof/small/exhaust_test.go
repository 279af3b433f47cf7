package small

import (
	"encoding/json"
	"flag"
	"log/slog"
	"maps"
	"os"
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/statemachine"
)

var longest = flag.Duration("longest", 30*time.Second, "how long each world is walked at most")

func TestMain(m *testing.M) {
	flag.Parse()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// workflow is the definition that is deployed.
func workflow(t *testing.T) *asl.Machine {
	t.Helper()
	machine, err := asl.Parse(statemachine.Fill(nil))
	if err != nil {
		t.Fatal(err)
	}
	return machine
}

// newWorld is the world of a run of these instances.
func newWorld(t *testing.T, name string, req runs.Request, ids ...string) *world {
	t.Helper()
	machine := workflow(t)
	req.Name, req.Target.InstanceIDs, req.MaxInstances = "request-1", ids, len(ids)
	input, err := json.Marshal(runs.New(req, begins))
	if err != nil {
		t.Fatal(err)
	}
	return &world{name: name, input: input, ids: ids, answers: answers(), replies: replies(), faults: 1, machine: machine, longest: 80, until: time.Now().Add(*longest)}
}

func TestNoAnswerMakesARunLie(t *testing.T) {
	at := begins.Add(10 * time.Second)
	for name, req := range map[string]runs.Request{
		"a stop":                       {Action: power.Stop, Timeout: 10 * time.Second},
		"a start":                      {Action: power.Start, Timeout: 20 * time.Second},
		"a check":                      {Action: power.Stop, CheckOnly: true, Timeout: 10 * time.Second},
		"a stop that is started again": {Action: power.Stop, StartAt: &at, Timeout: 20 * time.Second},
		"a warned stop":                {Action: power.Stop, Warn: 2 * time.Minute, Timeout: 10 * time.Second},
		"a dry run":                    {Action: power.Stop, DryRun: true, Timeout: 10 * time.Second},
	} {
		w := newWorld(t, name, req, "a")
		if os.Getenv("FEW") != "" {
			w.faults = 0
		}
		tally := w.walk()
		t.Logf("%s: %d states, %d behaviours, %d ends, deepest %d, judged %d verdicts and %d requests, broken off: %v, %v, %v", w.name, tally.States, tally.Behaviours, tally.Ends, tally.Deepest, tally.Judged, tally.Requests, tally.Broken, tally.Levels, slices.Sorted(maps.Keys(w.further)))
		seen := map[string]bool{}
		for _, f := range tally.Findings {
			if first := f[:min(len(f), 60)]; !seen[first] {
				seen[first] = true
				t.Error(f)
			}
		}
		t.Log(len(tally.Findings), tally.Rules)
	}
}
