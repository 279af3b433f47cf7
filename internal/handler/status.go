package handler

import (
	"context"
	"encoding/json"

	"zenstop/internal/shutdown"
)

// Status is StatusFunction.
type Status struct{ Runner shutdown.Runner }

// Handle takes a run document and returns it as it stands after a check. It
// changes nothing at Zenlayer, so it may be called again with the same document.
func (s Status) Handle(ctx context.Context, doc json.RawMessage) (shutdown.Run, error) {
	return carryOut(ctx, "check", doc, s.Runner.Check)
}
