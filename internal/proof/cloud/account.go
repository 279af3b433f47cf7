package cloud

import (
	"context"
	"time"

	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

var _ runs.API = (*Account)(nil)

// Account is a Zenlayer account that answers at once, and in which nothing goes wrong: a RUNNING
// instance is STOPPING with an accepted stop request, and STOPPED after the time that it takes.
// Every filter matches every instance. What more there is to Zenlayer, the simulator has.
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
	StopTakes  time.Duration

	Asked time.Time // when a stop request was accepted; zero: none was
	Seen  time.Time // when an answer first showed it STOPPED after that
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

// Ask accepts every stop request.
func (a *Account) Ask(_ context.Context, _ zenlayer.Action, ids []string) error {
	a.Stops++
	for _, id := range ids {
		a.Instances[id].Asked = a.now()
	}
	return nil
}

func (in *Instance) status(now time.Time) string {
	switch {
	case in.Asked.IsZero():
		return in.Status
	case now.Sub(in.Asked) < in.StopTakes:
		return zenlayer.StatusStopping
	case in.Seen.IsZero():
		in.Seen = now
	}
	return zenlayer.StatusStopped
}
