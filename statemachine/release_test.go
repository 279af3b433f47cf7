package statemachine

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/asl"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// A run that holds goes on with the definition of the release that it began with, and calls
// the functions of the release that is there when its time has come: 100 days later at most.
// testdata/releases has, for each release, its definition and what runs wrote that held then.
// The folder unreleased has what this code writes, without the definition; go test ./statemachine
// -update writes it anew. A release copies it, with stop-instances.asl.json, to a folder of its own
// name, which never changes.
const releases, definitionFile = "testdata/releases", "stop-instances.asl.json"

var heldIDs = []string{"i-1", "i-2", "i-3"}

// heldNight is the Zenlayer of the runs that hold: all three are RUNNING, and one is kept.
func heldNight(kept string) *night {
	return &night{ids: heldIDs, kept: kept, until: began.Add(10 * time.Hour)}
}

// held are runs that hold now, by name: what the workflow has while it holds.
func held(t *testing.T) map[string]object {
	t.Helper()
	all := map[string]object{}
	req := runs.Request{Action: power.Stop, Name: "schedule-held", Timeout: 30 * time.Minute, Warn: 15 * time.Minute, MaxInstances: 100}
	for name, target := range map[string]runs.Target{
		"warned-ids":    {InstanceIDs: heldIDs},
		"warned-filter": {Filter: &zenlayer.Filter{TagKeys: []string{"night-off"}}},
	} {
		req.Target = target
		all[name] = decode(t, heldNight("").carryOut(t, began, requested(t, req, began)).outputs["Hold"])
	}
	req.Name, req.Warn, req.Target = "request-kept", 0, runs.Target{InstanceIDs: heldIDs}
	all["kept"] = heldNight("i-2").carryOut(t, began, requested(t, req, began)).back
	morning := began.Add(12 * time.Hour)
	req.Name, req.StartAt = "request-again", &morning
	all["start"] = heldNight("").carryOut(t, began, requested(t, req, began)).further["request-again-start"]
	return all
}

func TestWhatHoldsNowIsOnRecord(t *testing.T) {
	dir := filepath.Join(releases, "unreleased")
	runs := held(t)
	for _, name := range slices.Sorted(maps.Keys(runs)) {
		var text bytes.Buffer
		if err := json.Indent(&text, encode(t, runs[name]), "", "  "); err != nil {
			t.Fatal(err)
		}
		keepFile(t, filepath.Join(dir, name+".json"), append(text.Bytes(), '\n'))
	}
}

func TestARunThatHeldInAnEarlierReleaseIsCarriedOutByTheFunctionsOfThisOne(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(releases, "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range files {
		if filepath.Base(file) == definitionFile {
			continue
		}
		checked++
		t.Run(file, func(t *testing.T) { carriesOutWhatWasHeld(t, file) })
	}
	if checked < 3 {
		t.Errorf("%d documents of runs that hold", checked)
	}
}

func carriesOutWhatWasHeld(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	definition, err := os.ReadFile(filepath.Join(filepath.Dir(file), definitionFile))
	if filepath.Base(filepath.Dir(file)) == "unreleased" {
		definition, err = Definition, nil
	}
	if err != nil {
		t.Fatal(err)
	}
	machine, err := asl.Parse(fill(definition, nil))
	if err != nil {
		t.Fatal(err)
	}
	doc := decode(t, text)
	run, err := runs.Decode(text)
	if err != nil {
		t.Fatal(err)
	}
	n, w, from := heldNight(""), newWorld(t), run.StopAt
	if run.Action == power.Start {
		n.off, from = true, run.StartAt
	}
	w.machine = machine
	n.run(w, doc)
	if all := len(run.Instances) + len(run.Memory.Named) + len(run.Memory.InstanceIDs); len(n.asked) != all {
		t.Errorf("%v; %d were asked for of %d", w.resulted["summary"], len(n.asked), all)
	}
	for id, at := range n.asked {
		if at.Before(*from) {
			t.Errorf("%s was asked for at %s, before %s", id, at, from)
		}
	}
}
