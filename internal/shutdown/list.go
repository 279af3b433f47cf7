package shutdown

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"zenstop/internal/zenlayer"
)

const (
	listPasses = 5   // how often a listing is read until two passes agree
	listPages  = 600 // pages of one pass at most, in case Zenlayer caps the page size
)

// listing is what Zenlayer lists for a filter, by id.
type listing struct {
	rows     []zenlayer.Instance
	nameless int // rows whose instanceId cannot be read
}

// holdsAny reports whether a row of the listing is one of the filter's.
func (l listing) holdsAny(f zenlayer.Filter) bool {
	return l.nameless > 0 || slices.ContainsFunc(l.rows, func(row zenlayer.Instance) bool { return row.Unreadable != "" || matches(f, row) })
}

// pass is what one reading of all pages brought. Complete means that every page gave the
// same totalCount and that the rows add up to it.
type pass struct {
	byID     map[string]zenlayer.Instance
	nameless int
	pages    int
	complete bool
}

// list resolves a filter: every instance that Zenlayer lists for it, by id.
//
// Pages are cut by row number, so an instance that appears or vanishes between
// two pages moves another one out of sight. A listing of one page is believed at
// once, as it shows one moment; a longer one when two passes in a row hold the
// same ids. A listing that keeps changing, or stays short of its own totalCount,
// is an error that may pass.
func (r Runner) list(ctx context.Context, f zenlayer.Filter) (listing, error) {
	var before map[string]zenlayer.Instance
	for range listPasses {
		pass, err := r.listOnce(ctx, f)
		if err != nil {
			return listing{}, err
		}
		if pass.complete && (pass.pages == 1 || sameIDs(before, pass.byID)) {
			byID := func(a, b zenlayer.Instance) int { return strings.Compare(a.ID, b.ID) }
			return listing{slices.SortedFunc(maps.Values(pass.byID), byID), pass.nameless}, nil
		}
		if before = pass.byID; !pass.complete {
			before = nil
		}
	}
	return listing{}, unsettled("does not add up, or keeps changing, in %d passes over its pages", listPasses)
}

// unsettled is the error of answers that leave open what there is. It may pass.
func unsettled(format string, args ...any) error {
	return &zenlayer.APIError{Action: "DescribeInstances", Status: http.StatusOK, Message: "the answer " + fmt.Sprintf(format, args...)}
}

// listOnce reads all pages once: the first, which tells how many there are, and then
// the others side by side.
func (r Runner) listOnce(ctx context.Context, f zenlayer.Filter) (pass, error) {
	first, err := r.API.List(ctx, f, 1, zenlayer.MaxPageSize)
	if err != nil {
		return pass{}, err
	}
	all := make([]zenlayer.Page, countPages(first))
	all[0] = first
	err = r.sideBySide(len(all)-1, func(i int) error {
		page, err := r.API.List(ctx, f, i+2, zenlayer.MaxPageSize)
		all[i+1] = page
		return err
	})
	if err != nil {
		return pass{}, err
	}
	p := pass{byID: map[string]zenlayer.Instance{}, pages: len(all), complete: true}
	for _, page := range all {
		for _, i := range page.Instances {
			p.byID[i.ID] = i
		}
		p.nameless += page.Nameless
		p.complete = p.complete && page.TotalCount == first.TotalCount
	}
	p.complete = p.complete && len(p.byID)+p.nameless == first.TotalCount
	return p, nil
}

// countPages is how many pages of the first page's size hold all rows. Zenlayer may
// cap the size.
func countPages(first zenlayer.Page) int {
	size := len(first.Instances) + first.Nameless
	if size == 0 || first.TotalCount <= size {
		return 1
	}
	return min((first.TotalCount-1)/size+1, listPages)
}

func sameIDs(a, b map[string]zenlayer.Instance) bool {
	if len(a) != len(b) {
		return false
	}
	for id := range a {
		if _, ok := b[id]; !ok {
			return false
		}
	}
	return true
}

// matches reports whether the instance has everything that the filter gives.
// Zenlayer filters too, but how it joins several fields is not documented, and
// a field that it ignored would select the whole account.
func matches(f zenlayer.Filter, i zenlayer.Instance) bool {
	if f.ZoneID != "" && f.ZoneID != i.ZoneID ||
		f.ResourceGroupID != "" && f.ResourceGroupID != i.ResourceGroupID ||
		!matchesName(f.InstanceName, i.Name) || !matchesName(f.Hostname, i.Hostname) {
		return false
	}
	for _, key := range f.TagKeys {
		if !slices.ContainsFunc(i.Tags, func(t zenlayer.Tag) bool { return t.Key == key }) {
			return false
		}
	}
	for _, tag := range f.Tags {
		if !slices.Contains(i.Tags, tag) {
			return false
		}
	}
	return true
}

// matchesName compares exactly, or by prefix where the pattern ends in `*`.
func matchesName(pattern, name string) bool {
	prefix, fuzzy := strings.CutSuffix(pattern, "*")
	if fuzzy {
		return strings.HasPrefix(name, prefix)
	}
	return pattern == "" || pattern == name
}
