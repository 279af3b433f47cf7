package handler

import (
	"context"
	"encoding/json"
	"log/slog"

	"zenstop/internal/runlog"
	"zenstop/internal/runs"
)

// Status is StatusFunction.
type Status struct{ Runner runs.Runner }

// Handle takes a run document and returns it as it stands after a check; or it takes what
// the workflow has of a run that has ended, {"report": run document, …}, and returns the
// [runs.Report]. It changes nothing at Zenlayer, so it may be called again with the
// same payload.
func (s Status) Handle(ctx context.Context, payload json.RawMessage) (any, error) {
	var call struct{ Report json.RawMessage }
	if err := json.Unmarshal(payload, &call); err == nil && call.Report != nil {
		return s.report(ctx, payload)
	}
	return carryOut(ctx, "check", payload, s.Runner.Check)
}

func (s Status) report(ctx context.Context, payload []byte) (runs.Report, error) {
	ending, err := runs.DecodeEnding(payload)
	if err != nil {
		return runs.Report{}, err
	}
	report := s.Runner.Report(ending)
	for i := range report.Further {
		f := &report.Further[i]
		slog.InfoContext(runlog.With(ctx, f.Name), "holds", "action", f.Action, "outcome", f.Outcome, "summary", f.Summary)
	}
	slog.InfoContext(runlog.With(ctx, report.Run.Name), "report", "checks", report.Run.Checks, "outcome", report.Run.Outcome, "summary", report.Run.Summary)
	return report, nil
}
