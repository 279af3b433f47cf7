package handler_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"zenstop/internal/fault"
	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runlog"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// logged returns the log lines that f writes through the default logger, as both
// functions set it up.
func logged(t *testing.T, f func()) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(runlog.Handler(slog.NewJSONHandler(&log, nil))))
	defer slog.SetDefault(before)
	f()
	var lines []map[string]any
	for text := range strings.Lines(log.String()) {
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		lines = append(lines, line)
	}
	return lines
}

// wantLines compares the lines with their levels and messages, and checks that each
// names the run.
func wantLines(t *testing.T, lines []map[string]any, run string, want ...string) {
	t.Helper()
	var got []string
	for _, line := range lines {
		level, _ := line["level"].(string)
		message, _ := line["msg"].(string)
		got = append(got, level+" "+message)
		if line["run"] != run {
			t.Errorf("the line %v does not name the run %s", line, run)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("lines\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// invoke calls StopFunction as Lambda does. An error is part of the answer.
func (r rig) invoke(t *testing.T, payload any) {
	t.Helper()
	raw, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = lambda.NewHandler(fault.Handler(r.Handle)).Invoke(t.Context(), raw)
}

// due is a planned run of the instance a, whose stop is due.
func due() runs.Run {
	run := runs.New(runs.Request{Action: power.Stop, Name: "request-7", MaxInstances: 9, Timeout: time.Hour, Target: runs.Target{InstanceIDs: []string{"a"}}}, time.Now())
	run.Planned = true
	run.Instances[0].Before, run.Instances[0].Status, run.Instances[0].Memory.Due = sim.StatusRunning, sim.StatusRunning, true
	return run
}

func TestAStopLeavesALineForZenlayersAnswerAndOneForTheRound(t *testing.T) {
	r := newRig(t, sim.Instance{ID: "a"})
	lines := logged(t, func() { r.invoke(t, map[string]any{"stop": due()}) })
	wantLines(t, lines, "request-7", "INFO Zenlayer accepted a request", "INFO round")
}

func TestACallOfZenlayerThatGoesWrongIsLoggedWithItsRequestID(t *testing.T) {
	r := newRigWith(t, sim.Scenario{
		Instances: []sim.Instance{{ID: "a"}},
		Faults:    []sim.Fault{{Kind: sim.Refuse, Action: sim.ActionStop, Code: "UNSUPPORTED_OPERATION_INSTANCE_LOCKED"}},
	})
	lines := logged(t, func() { r.invoke(t, map[string]any{"stop": due()}) })
	wantLines(t, lines, "request-7", "WARN a call of Zenlayer failed", "INFO round")
	for _, request := range r.server.Requests() {
		if request.Action == sim.ActionStop {
			if text, _ := lines[0]["error"].(string); !strings.Contains(text, "request "+request.ID) {
				t.Errorf("the line %v lacks the request id %s", lines[0], request.ID)
			}
		}
	}
}

func TestAClaimThatFailsIsLoggedAndSoIsAPanic(t *testing.T) {
	r := newRig(t)
	r.workflows.err = errors.New("StartExecution is down")
	lines := logged(t, func() { r.invoke(t, event(one)) })
	wantLines(t, lines, "request-1", "WARN the call failed")

	r.Runner.API = panics{}
	lines = logged(t, func() { r.invoke(t, map[string]any{"stop": due()}) })
	wantLines(t, lines, "request-7", "ERROR panic: the API is gone")
}

func TestAnEventLeavesOneLine(t *testing.T) {
	r := newRig(t)
	lines := logged(t, func() { r.invoke(t, event(one)) })
	wantLines(t, lines, "request-1", "INFO event")
}

// panics is a Zenlayer whose client panics.
type panics struct{ runs.API }

func (panics) Describe(context.Context, []string) (zenlayer.Page, error) { panic("the API is gone") }
