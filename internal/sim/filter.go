package sim

import (
	"slices"
	"strings"
	"time"
)

// filters are the fields of DescribeInstances that choose instances. A scenario
// may name them in IgnoreFilters.
var filters = []string{
	"instanceIds", "zoneId", "resourceGroupId", "instanceTypeId", "instanceStatus",
	"instanceName", "hostname", "tagKeys", "tags",
}

// disregard drops the filters that the scenario makes the server ignore.
func (s *Server) disregard(p *parameters) {
	for _, name := range s.scenario.IgnoreFilters {
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
// That several filters must all match is a choice of this simulator.
func (p *parameters) match(i *instanceState, now time.Duration) bool {
	return same(p.ZoneID, i.ZoneID) && same(p.ResourceGroupID, i.ResourceGroupID) && same(p.TypeID, i.TypeID) &&
		(p.Status == "" || p.Status == i.shown(now)) &&
		matchText(p.Name, i.Name) && matchText(p.Hostname, i.Hostname) &&
		!slices.ContainsFunc(p.TagKeys, func(key string) bool { _, ok := i.tags[key]; return !ok }) &&
		!slices.ContainsFunc(p.Tags, func(t tag) bool { return !t.on(i) })
}

// same compares exactly; an empty filter matches everything.
func same(filter, value string) bool { return filter == "" || filter == value }

// matchText compares exactly, or only the beginning where the filter ends in `*`
// (vendor). An empty filter matches everything.
func matchText(filter, text string) bool {
	if head, fuzzy := strings.CutSuffix(filter, "*"); fuzzy {
		return strings.HasPrefix(text, head)
	}
	return same(filter, text)
}

// on reports whether the instance carries the tag. A tag without a value matches
// any value.
func (t tag) on(i *instanceState) bool {
	value, ok := i.tags[t.Key]
	return ok && (t.Value == nil || *t.Value == value)
}
