package shutdown

import (
	"context"
	"time"

	"zenstop/internal/zenlayer"
)

// API is the part of the Zenlayer client that the domain needs.
type API interface {
	Describe(ctx context.Context, ids []string) (zenlayer.Page, error)
	List(ctx context.Context, f zenlayer.Filter, pageNum, pageSize int) (zenlayer.Page, error)
	StopInstances(ctx context.Context, ids []string) error
}

// SideBySide is how many calls of Zenlayer a function has under way at once. A part
// of ten, at the least pace of the client, has made so many looks and stops in 50 s.
const SideBySide = 5

// Runner carries a run forward. Each of its methods takes the run document as
// it stands and changes it in place; after an error the document is as good as
// before, so the caller may try again with it.
//
// Errors are those of the API: zenlayer.KindOf tells what may pass from what
// is final.
type Runner struct {
	API           API
	ProtectTagKey string           // instances with this tag are never touched; empty: none
	Now           func() time.Time // required
	Parallel      int              // calls of Zenlayer under way at once, [SideBySide] for the functions; 0 or 1: one after the other
}
