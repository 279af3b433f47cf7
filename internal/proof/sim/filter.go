package sim

import (
	"fmt"
	"slices"
	"strings"
)

// filters are the fields of DescribeInstances that choose instances, as far as zenstop
// has them, each with what
// drops it from a request.
var filters = map[string]func(*parameters){
	"instanceIds":     func(p *parameters) { p.InstanceIDs = nil },
	"zoneId":          func(p *parameters) { p.ZoneID = "" },
	"resourceGroupId": func(p *parameters) { p.ResourceGroupID = "" },
	"instanceName":    func(p *parameters) { p.Name = "" },
	"hostname":        func(p *parameters) { p.Hostname = "" },
	"tagKeys":         func(p *parameters) { p.TagKeys = nil },
	"tags":            func(p *parameters) { p.Tags = nil },
}

// match reports whether an instance has everything that the filters ask for.
// That several filters must all match is a choice of this simulator.
func (p *parameters) match(i *instanceState) bool {
	return same(p.ZoneID, i.ZoneID) && same(p.ResourceGroupID, i.ResourceGroupID) &&
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

// checkZone refuses a zone that does not exist (vendor): it is not the default, and no
// instance of the scenario has it, not even a missing one. Other filters have no such
// failure in any source: a value that no instance has is answered with no rows.
func (s *Server) checkZone(zone string) *refusal {
	if same(zone, DefaultZoneID) || slices.ContainsFunc(s.fleet, func(i *instanceState) bool { return i.ZoneID == zone }) {
		return nil
	}
	return refuse(CodeZoneNotFound, fmt.Sprintf("The specified zoneId `%s` is not found", zone))
}
