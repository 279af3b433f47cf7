package runs

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

const (
	listPasses = 8   // how often a listing is read until two passes agree
	listPages  = 600 // pages of one pass at most, in case Zenlayer caps the page size
	pageTries  = 2   // how often a page is read that does not follow from the first
)

// listing is what Zenlayer lists for a filter, by id.
type listing struct {
	rows     []candidate
	fleeting []string // ids that only one of the last two passes has
	nameless int      // rows whose instanceId cannot be read
}

// candidate is an instance that Zenlayer lists for a filter, and what the answers show of
// it.
type candidate struct {
	zenlayer.Instance
	matched, denied bool // an answer shows that the filter matches it, or that it does not
	changes         bool // two answers do not show the same
}

// isOther reports whether the filter does not match it.
func (c candidate) isOther() bool { return c.denied && !c.matched && c.Unreadable == "" }

// isDoubtful reports whether the answers do not show that the filter matches it.
func (c candidate) isDoubtful() bool { return !c.matched || c.denied }

// sighting is what the newest row says. It cannot be read where the answers differ.
func (c candidate) sighting() power.Sighting {
	if c.changes && c.Unreadable == "" {
		c.Unreadable = "it changes from one answer to the next"
	}
	return power.Sighting{Row: c.Instance}
}

// shown is the candidate after one more row.
func (c candidate) shown(row zenlayer.Instance, f zenlayer.Filter) candidate {
	c.changes = c.ID != "" && !alike(c.Instance, row, f)
	if row.Unreadable == "" {
		c.matched, c.denied = c.matched || matches(f, row), c.denied || !matches(f, row)
	}
	c.Instance = row
	return c
}

// pass is what one reading of all pages brought. Complete means that every page gave the
// same totalCount and that the rows add up to it.
type pass struct {
	byID     map[string]zenlayer.Instance
	nameless int
	complete bool
}

// list resolves a filter: every instance that Zenlayer lists for it, by id.
//
// One answer decides nothing, nor does a refusal of the filter: a listing is believed when
// two passes in a row agree. So a row that is left out once is there, and so is one that
// moves to another page between two calls. Where the passes never agree, because a row
// comes and goes, say, the run has what the last two show, so that this one keeps no other
// from being stopped. What only one of them has is fleeting: the plan asks for it by its id.
// A listing that stays short of its own totalCount is an error that may pass.
func (r Runner) list(ctx context.Context, f zenlayer.Filter) (listing, error) {
	var before, last *pass // in a row, and complete
	refused := false
	for range listPasses {
		p, err := r.listOnce(ctx, f)
		switch {
		case zenlayer.BlamesInstance(err) && !refused:
			last, refused = nil, true
			continue
		case err != nil:
			return listing{}, err
		}
		before, last, refused = last, nil, false
		if p.complete {
			last = &p
		}
		if before != nil && last != nil && before.agrees(p, f) {
			return both(p, p, f), nil
		}
	}
	if before == nil || last == nil {
		return listing{}, unsettled("does not add up, or keeps changing, in %d passes over its pages", listPasses)
	}
	return both(*before, *last, f), nil
}

// both puts two passes together, of which the newest row of each instance counts.
func both(before, last pass, f zenlayer.Filter) listing {
	l := listing{nameless: last.nameless}
	for id, row := range last.byID {
		if was, ok := before.byID[id]; ok {
			l.rows = append(l.rows, candidate{}.shown(was, f).shown(row, f))
		} else {
			l.fleeting = append(l.fleeting, id)
		}
	}
	for id := range before.byID {
		if _, ok := last.byID[id]; !ok {
			l.fleeting = append(l.fleeting, id)
		}
	}
	slices.SortFunc(l.rows, func(a, b candidate) int { return strings.Compare(a.ID, b.ID) })
	slices.Sort(l.fleeting)
	return l
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
	err = r.sideBySide(len(all)-1, func(i int) (err error) {
		for range pageTries {
			all[i+1], err = r.API.List(ctx, f, i+2, zenlayer.MaxPageSize)
			if err != nil || follows(all[i+1], first, i+2) {
				break
			}
		}
		return err
	})
	if err != nil {
		return pass{}, err
	}
	p := pass{byID: map[string]zenlayer.Instance{}, complete: true}
	named, rows := 0, 0
	for _, page := range all {
		for _, i := range page.Instances {
			p.byID[i.ID] = i
		}
		p.nameless += page.Nameless
		named += len(page.Instances)
		rows += page.Rows()
		p.complete = p.complete && page.TotalCount == first.TotalCount
	}
	sum := rows == first.TotalCount || len(p.byID)+p.nameless == first.TotalCount // twins count, or do not
	p.complete = p.complete && sum && named == len(p.byID)                        // none moved to another page
	return p, nil
}

// countPages is how many pages of the first page's size hold all rows. Zenlayer may
// cap the size.
func countPages(first zenlayer.Page) int {
	size := first.Rows()
	if size == 0 || first.TotalCount <= size {
		return 1
	}
	return min((first.TotalCount-1)/size+1, listPages)
}

// follows reports whether the page of this number has as many rows as the first one says.
// One that has not is read again: with many pages hardly any pass would be complete if some
// answers are short.
func follows(page, first zenlayer.Page, number int) bool {
	size := first.Rows()
	return page.TotalCount == first.TotalCount && page.Rows() == min(size, first.TotalCount-(number-1)*size)
}

// agrees reports whether two passes show the same instances, and the same of each that
// says whether it is to be stopped, but for its status.
func (p pass) agrees(q pass, f zenlayer.Filter) bool {
	if len(p.byID) != len(q.byID) || p.nameless != q.nameless {
		return false
	}
	for id, row := range p.byID {
		if other, ok := q.byID[id]; !ok || !alike(row, other, f) {
			return false
		}
	}
	return true
}

// alike reports whether two rows have the same tags, in any order, and both match the
// filter or neither does.
func alike(a, b zenlayer.Instance, f zenlayer.Filter) bool {
	return a.Unreadable == b.Unreadable && matches(f, a) == matches(f, b) &&
		(slices.Equal(a.Tags, b.Tags) || slices.Equal(sorted(a.Tags), sorted(b.Tags)))
}

func sorted(tags []zenlayer.Tag) []zenlayer.Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b zenlayer.Tag) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Value, b.Value))
	})
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
