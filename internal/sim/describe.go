package sim

import "slices"

// describe answers DescribeInstances: the rows of one page, and how many
// instances match in all.
func (s *Server) describe(c *call) (page []*instanceState, total int, bad *refusal) {
	p := c.parameters // a copy: the log keeps the ids as they came
	if bad := p.checkDescribe(); bad != nil {
		return nil, 0, bad
	}
	s.disregard(&p)
	skip, rest := (*p.PageNum-1)*(*p.PageSize), *p.PageSize
	for _, i := range s.candidates(c, p.InstanceIDs) {
		i.advance(c.now)
		if !i.listed || !p.match(i, c.now) {
			continue
		}
		if i.leftOut() {
			s.injected["absentAnswer"]++
			continue
		}
		if total++; total > skip && rest > 0 {
			page, rest = append(page, i), rest-1
		}
	}
	if s.scenario.Shuffle {
		s.rand.Shuffle(len(page), func(a, b int) { page[a], page[b] = page[b], page[a] })
	}
	return page, total, nil
}

// candidates are the instances that the filters are applied to: the named ones,
// or all. An empty list of ids is no filter (vendor).
func (s *Server) candidates(c *call, ids []string) []*instanceState {
	if len(ids) == 0 {
		return s.fleet
	}
	return c.named
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
