package stack

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
)

// Follow waits until the run's execution has ended, and returns it. Four times a
// second it calls show with how far the run is; show may be nil. It gives up where
// no execution starts, or after the limit.
func (s *Stack) Follow(ctx context.Context, run string, limit time.Duration, show func(Progress)) (Execution, error) {
	var e Execution
	begun := time.Now()
	err := poll(ctx, limit, func() (bool, error) {
		is, err := s.describe(ctx, run)
		if _, none := errors.AsType[*types.ExecutionDoesNotExist](err); none {
			if show != nil {
				show(Progress{Elapsed: time.Since(begun)})
			}
			return false, s.unstarted(ctx, run, time.Since(begun))
		}
		ended := err == nil && is.Status != types.ExecutionStatusRunning
		if err != nil || !ended && show == nil {
			return false, err
		}
		e, err = s.Look(ctx, run)
		if err != nil || show == nil {
			return err == nil, err
		}
		progress, err := s.progress(ctx, e, time.Since(begun))
		show(progress)
		return e.Ended(), err
	})
	if err != nil {
		return e, fmt.Errorf("follow the run %s: %w", run, err)
	}
	return e, nil
}

// poll calls done four times a second until it reports true or an error, or until
// the limit.
func poll(ctx context.Context, limit time.Duration, done func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		if ok, err := done(); ok || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
