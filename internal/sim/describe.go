package sim

import (
	"slices"
	"strings"
	"time"
)

// describe answers DescribeInstances: the rows of one page, and how many match.
func (s *Server) describe(p parameters, now time.Duration) (page []*machine, total int, bad *refusal) {
	if bad := p.checkDescribe(); bad != nil {
		return nil, 0, bad
	}
	s.disregard(&p)
	skip, rest := (*p.PageNum-1)*(*p.PageSize), *p.PageSize
	for _, m := range s.candidates(p.InstanceIDs) {
		m.advance(now)
		if !m.listed || !p.match(m, now) {
			continue
		}
		if m.leftOut() {
			s.injected["absentAnswer"]++
			continue
		}
		if total++; total > skip && rest > 0 {
			page, rest = append(page, m), rest-1
		}
	}
	if s.shuffle {
		s.rand.Shuffle(len(page), func(i, j int) { page[i], page[j] = page[j], page[i] })
	}
	return page, total, nil
}

// candidates are the instances to look at: the given ones, each once, or all.
// An empty list of ids is no filter (vendor).
func (s *Server) candidates(ids []string) []*machine {
	if len(ids) == 0 {
		return s.fleet
	}
	return s.named(ids)
}

// named are the instances of these ids, each once.
func (s *Server) named(ids []string) []*machine {
	found := make([]*machine, 0, len(ids))
	s.look++
	for _, id := range ids {
		if m, ok := s.byID[id]; ok && m.lookedAt != s.look {
			m.lookedAt = s.look
			found = append(found, m)
		}
	}
	return found
}

// disregard drops the filters that the scenario makes the server ignore.
func (s *Server) disregard(p *parameters) {
	for _, name := range s.ignoreFilters {
		switch name {
		case "instanceIds":
			p.InstanceIDs = nil
		case "zoneId":
			p.ZoneID = ""
		case "resourceGroupId":
			p.ResourceGroupID = ""
		case "instanceTypeId":
			p.TypeID = ""
		case "instanceStatus":
			p.Status = ""
		case "instanceName":
			p.Name = ""
		case "hostname":
			p.Hostname = ""
		case "tagKeys":
			p.TagKeys = nil
		case "tags":
			p.Tags = nil
		}
	}
}

// match reports whether an instance has everything that the filters ask for.
// That they are joined by "and" is a choice of this simulator.
func (p *parameters) match(m *machine, now time.Duration) bool {
	same := func(want, got string) bool { return want == "" || want == got }
	return same(p.ZoneID, m.ZoneID) && same(p.ResourceGroupID, m.ResourceGroupID) && same(p.TypeID, m.TypeID) &&
		(p.Status == "" || p.Status == m.shown(now)) &&
		matchText(p.Name, m.Name) && matchText(p.Hostname, m.Hostname) &&
		!slices.ContainsFunc(p.TagKeys, func(key string) bool { _, ok := m.tags[key]; return !ok }) &&
		!slices.ContainsFunc(p.Tags, func(t tag) bool { return !t.on(m) })
}

// on reports whether the instance carries the tag; without a value, any will do.
func (t tag) on(m *machine) bool {
	value, ok := m.tags[t.Key]
	return ok && (t.Value == nil || *t.Value == value)
}

// matchText compares exactly, or the beginning where the pattern ends in `*` (vendor).
func matchText(pattern, text string) bool {
	if head, fuzzy := strings.CutSuffix(pattern, "*"); fuzzy {
		return strings.HasPrefix(text, head)
	}
	return pattern == "" || pattern == text
}
