// Package handler holds what the two Lambda functions do: decode a payload, keep
// to the time that the function has, call the domain, and answer. The main
// packages only wire it, so that the tests and the campaign run what ships.
package handler

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"zenstop/internal/runlog"
	"zenstop/internal/runs"
)

// timeToAnswer is kept of the function's time for what follows the calls of Zenlayer.
const timeToAnswer = 8 * time.Second

// carryOut decodes a run document, does one call of the domain with it in the time
// that the function has, and returns the document as it stands then.
func carryOut(ctx context.Context, name string, doc []byte, call func(context.Context, *runs.Run) error) (runs.Run, error) {
	run, err := runs.Decode(doc)
	if err != nil {
		return run, err
	}
	ctx = runlog.With(ctx, run.Name)
	if run.Outcome != runs.OutcomeWaiting {
		return run, fmt.Errorf("run %s has the outcome %s: nothing is left to do", run.Name, run.Outcome)
	}
	limited := ctx
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadline(ctx, deadline.Add(-timeToAnswer))
		defer cancel()
	}
	if err := call(limited, &run); err != nil {
		return run, err
	}
	slog.InfoContext(ctx, name, "action", run.Action, "checks", run.Checks, "outcome", run.Outcome, "summary", run.Summary)
	return run, nil
}
