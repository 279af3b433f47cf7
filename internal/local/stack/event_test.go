package stack

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zenstop/internal/shutdown"
)

var now = time.Date(2026, 11, 23, 4, 5, 6, 7, time.UTC)

func TestASampleIsNeitherStaleNorARepeatUnlessItsTimeIsFixed(t *testing.T) {
	paths, err := filepath.Glob("../../../events/*.json")
	if err != nil || len(paths) < 12 {
		t.Fatalf("%d samples, error %v", len(paths), err)
	}
	for _, path := range paths {
		name := filepath.Base(path)
		if strings.HasPrefix(name, "status-") {
			continue
		}
		one, err := Sample(path, now)
		if err != nil {
			t.Fatal(err)
		}
		two, err := Sample(path, now)
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

func TestTheSampleRunBeginsNowAndIsARunDocument(t *testing.T) {
	doc, err := Sample("../../../events/status-run.json", now)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	run, err := shutdown.Decode(raw)
	if err != nil {
		t.Fatal(err)
	}
	if want := now.Truncate(time.Second); !run.StartedAt.Equal(want) || !run.Deadline.Equal(want.Add(30*time.Minute)) || run.Instances[0].AskedAt != want.Unix() {
		t.Errorf("started %s, deadline %s, asked %d", run.StartedAt, run.Deadline, run.Instances[0].AskedAt)
	}
}

func TestTheLocalAWSIsTheOnlyOneThatItsProcessesKnow(t *testing.T) {
	t.Setenv("AWS_PROFILE", "my-company")
	t.Setenv("AWS_SESSION_TOKEN", "mine")
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
	const endpoint = "http://127.0.0.1:4566"
	found := false
	for _, v := range Environ(endpoint) {
		if strings.HasPrefix(v, "AWS_PROFILE=") || strings.HasPrefix(v, "AWS_SESSION_TOKEN=") || strings.HasPrefix(v, "AWS_ENDPOINT_URL_S3=") {
			t.Errorf("%s is handed on", v)
		}
		found = found || v == "AWS_ENDPOINT_URL="+endpoint
	}
	if !found {
		t.Error("the endpoint is not handed on")
	}
}
