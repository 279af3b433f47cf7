package stack

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"zenstop/internal/runs"
)

var now = time.Date(2026, 11, 23, 4, 5, 6, 7, time.UTC)

func TestAnEventHasAFreshIDAndTimeUnlessItsTimeIsFixed(t *testing.T) {
	for _, path := range samples(t) {
		name := filepath.Base(path)
		one, err := Event(path, now)
		if err != nil {
			if documents[name] == "" {
				t.Error(err)
			}
			continue
		}
		two, err := Event(path, now)
		if err != nil {
			t.Fatal(err)
		}
		if one["id"] == two["id"] || one["id"] == "" {
			t.Errorf("%s: the ids %v and %v are not fresh", name, one["id"], two["id"])
		}
		if fixed := strings.HasPrefix(name, "fixed-time-"); (one["time"] == "2026-11-23T04:05:06Z") == fixed {
			t.Errorf("%s: time %v", name, one["time"])
		}
	}
}

// documents are the samples that are calls of the workflow, with where the run
// document stands in them: under this key, or "." where the sample is one.
var documents = map[string]string{"status-run.json": ".", "status-report.json": "report", "workflow-plan.json": "plan", "workflow-stop.json": "stop"}

func TestACallOfTheWorkflowHasAReadableRunDocumentThatStartedNow(t *testing.T) {
	for name, key := range documents {
		path := "../../../../events/" + name
		sample, err := Sample(path, now)
		if err != nil {
			t.Fatal(err)
		}
		var doc any = sample
		if key != "." {
			doc = sample[key]
		}
		raw, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		run, err := runs.Decode(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if want := now.Truncate(time.Second); !run.StartedAt.Equal(want) || !run.Deadline.Equal(want.Add(30*time.Minute)) {
			t.Errorf("%s: started %s, deadline %s", name, run.StartedAt, run.Deadline)
		}
		for _, in := range run.Instances {
			if at := in.Memory.AskedAt; at != 0 && at != now.Unix() {
				t.Errorf("%s: %s was asked to stop at %d, want the start, %d", name, in.ID, at, now.Unix())
			}
		}
		if _, err := Event(path, now); err == nil || !strings.Contains(err.Error(), "sam local invoke") {
			t.Errorf("%s: error = %v, want one that says what takes it", name, err)
		}
	}
}

func TestEveryTimeOfARunDocumentMovesByTheSameSpan(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.json")
	text := `{"plan":{"startedAt":"2026-01-01T00:00:00Z","deadline":"2026-01-01T01:00:00Z","checks":3,"trigger":{"time":"2025-12-31T23:59:58Z","reason":"at once"},
		"instances":[{"memory":{"a":1767225600,"f":1767225605,"t":1767225607,"n":2,"d":["a",1,1767225610]}}]}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Sample(path, time.Date(2026, 1, 1, 0, 1, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"plan": map[string]any{
		"startedAt": "2026-01-01T00:01:00Z", "deadline": "2026-01-01T01:01:00Z", "checks": 3.0,
		"trigger": map[string]any{"time": "2026-01-01T00:00:58Z", "reason": "at once"},
		"instances": []any{map[string]any{"memory": map[string]any{
			"a": 1767225660.0, "f": 1767225665.0, "t": 1767225667.0, "n": 2.0,
			"d": []any{"a", 1.0, 1767225670.0},
		}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("times (-want +got):\n%s", diff)
	}
}

func samples(t *testing.T) []string {
	t.Helper()
	paths, err := filepath.Glob("../../../../events/*.json")
	if err != nil || len(paths) < 14 {
		t.Fatalf("%d samples, error %v", len(paths), err)
	}
	return paths
}
