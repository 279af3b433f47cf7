// Package virtual measures zenstop in virtual time, through what it exports: how
// often a run looks, how late it sees that an instance has stopped, and how many
// calls and transitions it takes. Nothing here sleeps, so every figure is the same
// on each machine.
package virtual

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

var _ runs.API = (*Account)(nil)

// nightOff is the tag of every instance.
const nightOff = "night-off"

// Account is a Zenlayer account of instances that are RUNNING, become STOPPING with
// an accepted stop request, and are STOPPED a known time later. Every instance
// matches every filter. It answers at once and is safe for concurrent use.
type Account struct {
	now   func() time.Time
	ids   []string // sorted
	takes map[string]time.Duration

	mu    sync.Mutex
	asked map[string]time.Time // the accepted stop request
	seen  map[string]time.Time // the first answer that showed the instance STOPPED
	calls int                  // so far
}

// newAccount has an instance for each of these times from the stop request to STOPPED.
// The ids have 20 characters.
func newAccount(stops []time.Duration, now func() time.Time) *Account {
	a := &Account{now: now, takes: map[string]time.Duration{}, asked: map[string]time.Time{}, seen: map[string]time.Time{}}
	for i, stop := range stops {
		id := fmt.Sprintf("instance-%011d", i)
		a.ids, a.takes[id] = append(a.ids, id), stop
	}
	return a
}

// Describe answers DescribeInstances with ids.
func (a *Account) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	return a.page(ids), nil
}

// List answers DescribeInstances with a filter.
func (a *Account) List(_ context.Context, _ zenlayer.Filter, pageNum, pageSize int) (zenlayer.Page, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	first := min((pageNum-1)*pageSize, len(a.ids))
	page := a.page(a.ids[first:min(first+pageSize, len(a.ids))])
	page.TotalCount = len(a.ids)
	return page, nil
}

// StopInstances accepts every stop request.
func (a *Account) StopInstances(_ context.Context, ids []string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls++
	for _, id := range ids {
		a.asked[id] = a.now()
	}
	return nil
}

func (a *Account) page(ids []string) zenlayer.Page {
	page := zenlayer.Page{TotalCount: len(ids)}
	tags := []zenlayer.Tag{{Key: nightOff}}
	for _, id := range ids {
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Name: "machine " + id, Status: a.status(id), Tags: tags})
	}
	return page
}

func (a *Account) status(id string) string {
	asked, ok := a.asked[id]
	if !ok {
		return zenlayer.StatusRunning
	}
	now := a.now()
	if now.Sub(asked) < a.takes[id] {
		return zenlayer.StatusStopping
	}
	if _, ok := a.seen[id]; !ok {
		a.seen[id] = now
	}
	return zenlayer.StatusStopped
}

// late is how long after an instance had stopped an answer showed it. It is an
// error where none did.
func (a *Account) late() ([]time.Duration, error) {
	late := make([]time.Duration, 0, len(a.ids))
	for _, id := range a.ids {
		seen, ok := a.seen[id]
		if !ok {
			return nil, fmt.Errorf("the run ended before it saw %s STOPPED", id)
		}
		late = append(late, seen.Sub(a.asked[id].Add(a.takes[id])))
	}
	return late, nil
}

// request asks to stop all instances of the account.
func (a *Account) request() runs.Request {
	return runs.Request{
		Run: "schedule-1", MaxInstances: len(a.ids), Timeout: 2 * time.Hour,
		Trigger: runs.Trigger{Kind: runs.KindSchedule, ID: "1", Name: "zenstop.schedule", Time: began.Format(time.RFC3339)},
		Target:  runs.Target{Filter: &zenlayer.Filter{TagKeys: []string{nightOff}}},
	}
}

// last is the longest of the times.
func last(stops []time.Duration) time.Duration { return slices.Max(stops) }
