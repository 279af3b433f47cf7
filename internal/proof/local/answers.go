package main

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"zenstop/internal/power"
	"zenstop/internal/proof/local/stack"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// expected is what a sample must lead to.
type expected struct {
	function string
	outcome  runs.Outcome
	verdicts map[string]power.Verdict // of a run document; nil for an event, whose answer has none
	stopped  []string                 // instances that the call itself asks Zenlayer to stop
	reports  bool                     // the answer has the run document under run, and the call asks Zenlayer nothing
}

// answers says what each sample leads to. For an event StopFunction starts an
// execution and asks Zenlayer nothing; its answer tells what the event alone decides.
func answers() map[string]expected {
	const stop, status = "StopFunction", "StatusFunction"
	begins := expected{function: stop, outcome: runs.OutcomeWaiting}
	refused := expected{function: stop, outcome: runs.OutcomeRefused}
	return map[string]expected{
		"alarm-instance.json":       begins,
		"alarm-muted.json":          refused,
		"alarm-not-new.json":        refused,
		"alarm-suppressed.json":     refused,
		"alarm-target.json":         begins,
		"fixed-time-skip-date.json": {function: stop, outcome: runs.OutcomeSkipped},
		"fixed-time-stale.json":     refused,
		"request-check-only.json":   begins,
		"request-dry-run.json":      begins,
		"request-filter.json":       begins,
		"request-ids.json":          begins,
		"request-kept.json":         begins,
		"request-misspelt.json":     refused,
		"request-too-many.json":     begins,
		"request-warned.json":       begins,
		"schedule.json":             begins,
		"workflow-plan.json": {
			function: stop, outcome: runs.OutcomeWaiting,
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Open, "bmc-build-01": power.AlreadyStopped},
		},
		"workflow-stop.json": {
			function: stop, outcome: runs.OutcomeWaiting, stopped: []string{"bmc-web-01", "bmc-web-02"},
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Open, "bmc-web-02": power.Open, "bmc-build-01": power.AlreadyStopped},
		},
		"status-run.json": {
			function: status, outcome: runs.OutcomeWaiting,
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Open, "bmc-build-01": power.Stopped},
		},
		"status-report.json": {
			function: status, outcome: runs.OutcomeFailed, reports: true,
			verdicts: map[string]power.Verdict{"bmc-web-01": power.Unverified, "bmc-build-01": power.Stopped},
		},
	}
}

// answer has the fields of a claim and of a run document that are compared.
type answer struct {
	Started   bool             `json:"started"`
	Outcome   runs.Outcome     `json:"outcome"`
	Summary   string           `json:"summary"`
	Instances []power.Instance `json:"instances"`
}

func (want expected) check(got answer) error {
	if got.Outcome != want.outcome {
		return fmt.Errorf("outcome %q, want %q: %s", got.Outcome, want.outcome, got.Summary)
	}
	if want.verdicts == nil {
		if !got.Started {
			return fmt.Errorf("the event started no execution: %s", got.Summary)
		}
		return nil
	}
	verdicts := map[string]power.Verdict{}
	for _, in := range got.Instances {
		verdicts[in.ID] = in.Verdict
	}
	if !maps.Equal(verdicts, want.verdicts) {
		return fmt.Errorf("verdicts %v, want %v", verdicts, want.verdicts)
	}
	return nil
}

// checkSimulator compares what the call did at Zenlayer: its requests were let in,
// it looked at the instances unless it only reports, and it really stopped those that it
// had to.
func (want expected) checkSimulator(ctx context.Context, s *stack.Stack) error {
	var requests []sim.Request
	if err := s.Simulated(ctx, "/requests", &requests); err != nil {
		return err
	}
	looks := 0
	for _, r := range requests {
		if !r.Accepted {
			return fmt.Errorf("the simulator refused %s: %s", r.Action, r.Code)
		}
		if r.Action == sim.ActionDescribe {
			looks++
		}
	}
	if (looks == 0) != want.reports {
		return fmt.Errorf("%d of %d requests of the call ask for an instance's status, a report: %t", looks, len(requests), want.reports)
	}
	var state struct{ Instances []sim.Truth }
	if err := s.Simulated(ctx, "/state", &state); err != nil {
		return err
	}
	for _, truth := range state.Instances {
		if stopped := truth.AcceptedStops == 1 && truth.Status != sim.StatusRunning; stopped != slices.Contains(want.stopped, truth.ID) {
			return fmt.Errorf("%s is %s after %d accepted stops, want exactly %v to be stopped", truth.ID, truth.Status, truth.AcceptedStops, want.stopped)
		}
	}
	return nil
}
