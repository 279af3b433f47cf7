package sim

import (
	"slices"
	"time"
)

// describe answers DescribeInstances: the rows of one page, and how many
// instances match in all.
func (s *Server) describe(c *call) (page []*instanceState, total int, bad *refusal) {
	p := c.parameters // a copy: the log keeps the ids as they came
	if bad := p.checkDescribe(); bad != nil {
		return nil, 0, bad
	}
	for _, name := range s.scenario.IgnoreFilters {
		filters[name](&p)
	}
	if bad := s.checkZone(p.ZoneID); bad != nil {
		return nil, 0, bad
	}
	candidates := s.fleet // an empty list of ids is no filter (vendor)
	if len(p.InstanceIDs) > 0 {
		candidates = c.named
		if bad := refusesDescribe(c.named, c.now); bad != nil {
			return nil, 0, bad
		}
	}
	page, total = s.page(candidates, &p, c.now)
	return page, total, nil
}

// refusesDescribe is the refusal by the first of the named instances that refuses
// to be described, or nil.
func refusesDescribe(named []*instanceState, now time.Duration) *refusal {
	for _, i := range named {
		if i.RefusesDescribe != "" && before(now, i.RefusesDescribeUntil) {
			return refuse(i.RefusesDescribe, "An instance may not be described.")
		}
	}
	return nil
}

// before reports whether this moment comes; zero: never.
func before(now, until time.Duration) bool { return until == 0 || now < until }

// page applies the filters, counts all instances that match and keeps those of
// the page that is asked for.
func (s *Server) page(candidates []*instanceState, p *parameters, now time.Duration) (page []*instanceState, total int) {
	size := *p.PageSize
	if most := s.scenario.PageSizeCap; most > 0 {
		size = min(size, most)
	}
	skip := (*p.PageNum - 1) * size
	page = make([]*instanceState, 0, min(size, len(candidates)))
	for _, i := range candidates {
		i.advance(now)
		if !i.listed || !p.match(i) {
			continue
		}
		if i.leftOut() {
			s.injected["absentAnswer"]++
			continue
		}
		if total++; total > skip && len(page) < size {
			page = append(page, i)
		}
	}
	if s.scenario.Shuffle {
		s.rand.Shuffle(len(page), func(a, b int) { page[a], page[b] = page[b], page[a] })
	}
	return page, total
}

// named are the instances of these ids, each once, in the order of the ids. Each
// call has a number, and every instance remembers the last number that picked
// it: that tells a second mention without a map.
func (s *Server) named(ids []string) []*instanceState {
	found := make([]*instanceState, 0, len(ids))
	s.picks++
	for _, id := range ids {
		if i, ok := s.byID[id]; ok && i.pickedBy != s.picks {
			i.pickedBy = s.picks
			found = append(found, i)
		}
	}
	return found
}

// shorten leaves out at least one row of a page that has some.
func (s *Server) shorten(page []*instanceState) []*instanceState {
	for range 1 + s.rand.IntN(len(page)) {
		at := s.rand.IntN(len(page))
		page = slices.Delete(page, at, at+1)
	}
	return page
}
