package runlog_test

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"zenstop/internal/runlog"
)

func TestEachLineHasTheRunOnceItIsKnown(t *testing.T) {
	var log bytes.Buffer
	logger := slog.New(runlog.Handler(slog.NewTextHandler(&log, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey || a.Key == slog.LevelKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	outer := runlog.Begin(t.Context())
	logger.InfoContext(outer, "before")
	inner, cancel := context.WithCancel(runlog.With(outer, "request-1"))
	defer cancel()
	logger.InfoContext(inner, "in the call", "checks", 2)
	logger.With("part", 1).InfoContext(outer, "around the call")
	logger.InfoContext(runlog.With(t.Context(), "request-2"), "without Begin")
	logger.InfoContext(t.Context(), "no call")
	want := `msg=before
msg="in the call" checks=2 run=request-1
msg="around the call" part=1 run=request-1
msg="without Begin" run=request-2
msg="no call"
`
	if log.String() != want {
		t.Errorf("lines\n%s\nwant\n%s", log.String(), want)
	}
}
