package cloud

import (
	"context"
	"time"

	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

var _ runs.API = (*Account)(nil)

// Account is a Zenlayer account that answers at once, and in which nothing goes wrong: an instance
// is STOPPING with a stop request, and STOPPED after the time that it takes, and in the same way
// BOOTING and RUNNING. Every filter matches every instance. What more there is to Zenlayer, the simulator has.
type Account struct {
	now     func() time.Time
	listing []string

	Instances        map[string]*Instance // by id
	Describes, Stops int                  // calls so far
}

// Instance is one of the account.
type Instance struct {
	ID, Status string // at first
	Tags       []zenlayer.Tag
	StopTakes  time.Duration // or its start

	Asked  time.Time // when the last request was accepted; zero: none was
	Seen   time.Time // when an answer first showed it where it should be after that
	starts bool      // it was asked to start
}

// NewAccount has these instances.
func NewAccount(now func() time.Time, fleet ...Instance) *Account {
	a := &Account{now: now, Instances: make(map[string]*Instance, len(fleet))}
	for i := range fleet {
		a.listing = append(a.listing, fleet[i].ID)
		a.Instances[fleet[i].ID] = &fleet[i]
	}
	return a
}

// Describe answers DescribeInstances with ids.
func (a *Account) Describe(_ context.Context, ids []string) (zenlayer.Page, error) {
	a.Describes++
	page := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		in := a.Instances[id]
		page.Instances = append(page.Instances, zenlayer.Instance{ID: id, Name: "machine " + id, Status: in.status(a.now()), Tags: in.Tags})
	}
	return page, nil
}

// List answers DescribeInstances with a filter.
func (a *Account) List(ctx context.Context, _ zenlayer.Filter, pageNum, pageSize int) (zenlayer.Page, error) {
	first := min((pageNum-1)*pageSize, len(a.listing))
	page, err := a.Describe(ctx, a.listing[first:min(first+pageSize, len(a.listing))])
	page.TotalCount = len(a.listing)
	return page, err
}

// Ask accepts every request.
func (a *Account) Ask(_ context.Context, action zenlayer.Action, ids []string) error {
	a.Stops++
	for _, id := range ids {
		in := a.Instances[id]
		in.Asked, in.Seen, in.starts = a.now(), time.Time{}, action == zenlayer.StartInstances
	}
	return nil
}

func (in *Instance) status(now time.Time) string {
	through, to := zenlayer.StatusStopping, zenlayer.StatusStopped
	if in.starts {
		through, to = zenlayer.StatusBooting, zenlayer.StatusRunning
	}
	switch {
	case in.Asked.IsZero():
		return in.Status
	case now.Sub(in.Asked) < in.StopTakes:
		return through
	case in.Seen.IsZero():
		in.Seen = now
	}
	return to
}
