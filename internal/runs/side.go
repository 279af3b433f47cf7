package runs

import (
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// sideBySide does work 0 to n-1, as many at once as the Runner may. After an error
// it begins nothing more, and returns that error once what it began has ended.
func (r Runner) sideBySide(n int, work func(i int) error) error {
	if r.Parallel <= 1 {
		for i := range n {
			if err := work(i); err != nil {
				return err
			}
		}
		return nil
	}
	var group errgroup.Group
	group.SetLimit(r.Parallel)
	var failed atomic.Bool
	for i := range n {
		group.Go(func() error {
			if failed.Load() {
				return nil
			}
			err := work(i)
			if err != nil {
				failed.Store(true)
			}
			return err
		})
	}
	return group.Wait()
}
