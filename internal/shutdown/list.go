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

// list resolves a filter: every instance that Zenlayer lists for it, by id.
//
// Pages are cut by row number, so an instance that appears or vanishes between
// two pages moves another one out of sight. A listing of one page is believed at
// once, as it shows one moment; a longer one when two passes in a row hold the
// same ids. A listing that keeps changing, or stays short of its own totalCount,
// is an error that may pass.
func (r Runner) list(ctx context.Context, f zenlayer.Filter) ([]zenlayer.Instance, error) {
	var before map[string]zenlayer.Instance
	for range listPasses {
		pass, pages, complete, err := r.listOnce(ctx, f)
		if err != nil {
			return nil, err
		}
		if complete && (pages == 1 || sameIDs(before, pass)) {
			byID := func(a, b zenlayer.Instance) int { return strings.Compare(a.ID, b.ID) }
			return slices.SortedFunc(maps.Values(pass), byID), nil
		}
		if before = pass; !complete {
			before = nil
		}
	}
	return nil, unsettled("does not add up, or keeps changing, in %d passes over its pages", listPasses)
}

// unsettled is the error of answers that leave open what there is. It may pass.
func unsettled(format string, args ...any) error {
	return &zenlayer.APIError{Action: "DescribeInstances", Status: http.StatusOK, Message: "the answer " + fmt.Sprintf(format, args...)}
}

// listOnce reads all pages once: the first, which tells how many there are, and then
// the others side by side. Complete means that every page gave the same totalCount
// and that the rows add up to it.
func (r Runner) listOnce(ctx context.Context, f zenlayer.Filter) (rows map[string]zenlayer.Instance, pages int, complete bool, err error) {
	first, err := r.API.List(ctx, f, 1, zenlayer.MaxPageSize)
	if err != nil {
		return nil, 0, false, err
	}
	pages = countPages(first)
	all := make([]zenlayer.Page, pages)
	all[0] = first
	err = r.sideBySide(pages-1, func(i int) error {
		page, err := r.API.List(ctx, f, i+2, zenlayer.MaxPageSize)
		all[i+1] = page
		return err
	})
	if err != nil {
		return nil, pages, false, err
	}
	rows, complete = map[string]zenlayer.Instance{}, true
	for _, page := range all {
		for _, i := range page.Instances {
			rows[i.ID] = i
		}
		complete = complete && page.TotalCount == first.TotalCount
	}
	return rows, pages, complete && len(rows) == first.TotalCount, nil
}

// countPages is how many pages of the first page's size hold all rows. Zenlayer may
// cap the size.
func countPages(first zenlayer.Page) int {
	size := len(first.Instances)
	if size == 0 {
		return 1
	}
	return min((first.TotalCount+size-1)/size, listPages)
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
