package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"zenstop/internal/shutdown"
)

// reserve is kept of the function's time for what follows the calls of Zenlayer.
const reserve = 8 * time.Second

type function struct{ runner shutdown.Runner }

// Handle takes a run document and returns it as it stands after a look at every
// open instance. It changes nothing at Zenlayer, so it may be asked again.
func (f *function) Handle(ctx context.Context, doc json.RawMessage) (shutdown.Run, error) {
	run, err := shutdown.Decode(doc)
	if err != nil {
		return run, err
	}
	if run.Outcome != shutdown.OutcomeWaiting {
		return run, fmt.Errorf("run %s has the outcome %s: nothing to check", run.Run, run.Outcome)
	}
	if deadline, ok := ctx.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-reserve))
		defer cancel()
	}
	if err := f.runner.Check(ctx, &run); err != nil {
		return run, err
	}
	slog.InfoContext(ctx, "check", "run", run.Run, "checks", run.Checks, "outcome", run.Outcome, "summary", run.Summary)
	return run, nil
}
