package campaign

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"zenstop/internal/proof/asl"
	"zenstop/internal/proof/cloud"
	"zenstop/internal/proof/picture"
	"zenstop/internal/runs"
)

// Draw tells the story of a finding again, draws it into a file of this folder, and
// returns the file's path.
func Draw(t *testing.T, f Finding, folder string) (path string, err error) {
	defer quiet()()
	r := &recorder{}
	tellTo(t, workflow(t), draw(f.Seed), r)
	var page bytes.Buffer
	if err := picture.HTML(&page, r.moments); err != nil {
		return "", fmt.Errorf("no picture of seed %d: %w", f.Seed, err)
	}
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return "", err
	}
	path = filepath.Join(folder, fmt.Sprintf("campaign-%d.html", f.Seed))
	return path, os.WriteFile(path, page.Bytes(), 0o600)
}

// recorder keeps what a picture shows of the executions of one story. A nil
// recorder keeps nothing.
type recorder struct {
	worked  func(asl.Evaluation) // is told each expression that was worked out; nil: nobody is
	mu      sync.Mutex
	moments []picture.Moment
}

func (r *recorder) add(x *execution, state string, run runs.Run, failure *asl.Failure) {
	if r == nil {
		return
	}
	m := picture.Moment{At: time.Now(), State: state, Run: run}
	if m.Run.Name == "" {
		m.Run = x.document
	}
	if failure != nil {
		m.Error, m.Cause = failure.Error, failure.Cause
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.moments = append(r.moments, m)
}

// left keeps the document that a state hands on. An attempt that failed was kept
// when it failed, except one that ran out of time.
func (r *recorder) left(x *execution, s asl.Step) {
	const ofPart = "PartReported" // it hands on what the run takes from a part's document
	if r == nil || s.State == ofPart || s.Next == ofPart {
		return
	}
	if s.Caught != nil {
		if s.Caught.Error == "States.Timeout" {
			r.add(x, s.State, runs.Run{}, s.Caught)
		}
		return
	}
	var run runs.Run
	if json.Unmarshal(s.Output, &run) == nil && run.Name != "" {
		r.add(x, s.State, run, nil)
	}
}

// failed keeps an attempt that failed.
func (r *recorder) failed(x *execution, resource, function string, failure *asl.Failure) {
	if failure == nil {
		return
	}
	state := map[string]string{cloud.ResourceChild: "Part", cloud.ResourceMeasure: "PublishMetrics", cloud.ResourceStart: "ComeBack"}[resource]
	switch {
	case function == cloud.StatusFunction:
		state = "CheckStatus"
	case function == cloud.StopFunction && x.document.Planned:
		state = "Stop"
	case function == cloud.StopFunction:
		state = "Plan"
	case state == "" && x.document.Outcome == runs.OutcomeWaiting:
		state = "Warn"
	case state == "":
		state = "Notify"
	}
	r.add(x, state, runs.Run{}, failure)
}

// ended keeps an end without a report.
func (r *recorder) ended(x *execution, end asl.End, err error) {
	if x.document.Outcome != runs.OutcomeWaiting {
		return
	}
	if err != nil {
		end.Error, end.Cause = "aborted", err.Error()
	}
	if end.Error != "" {
		r.add(x, "", runs.Run{}, &asl.Failure{Error: end.Error, Cause: end.Cause})
	}
}
