package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// filters are the fields of DescribeInstances that choose instances, each with what
// drops it from a request.
var filters = map[string]func(*parameters){
	"instanceIds":        func(p *parameters) { p.InstanceIDs = nil },
	"zoneId":             func(p *parameters) { p.ZoneID = "" },
	"resourceGroupId":    func(p *parameters) { p.ResourceGroupID = "" },
	"instanceTypeId":     func(p *parameters) { p.TypeID = "" },
	"imageId":            func(p *parameters) { p.ImageID = "" },
	"subnetId":           func(p *parameters) { p.SubnetID = "" },
	"internetChargeType": func(p *parameters) { p.InternetChargeType = "" },
	"instanceStatus":     func(p *parameters) { p.Status = "" },
	"instanceName":       func(p *parameters) { p.Name = "" },
	"hostname":           func(p *parameters) { p.Hostname = "" },
	"publicIpAddresses":  func(p *parameters) { p.PublicIPs = nil },
	"privateIpAddresses": func(p *parameters) { p.PrivateIPs = nil },
	"tagKeys":            func(p *parameters) { p.TagKeys = nil },
	"tags":               func(p *parameters) { p.Tags = nil },
}

// match reports whether an instance has everything that the filters ask for.
// That several filters must all match, and that one address of a list is enough,
// are choices of this simulator.
func (p *parameters) match(i *instanceState, now time.Duration) bool {
	return same(p.ZoneID, i.ZoneID) && same(p.ResourceGroupID, i.ResourceGroupID) && same(p.TypeID, i.TypeID) &&
		same(p.ImageID, i.ImageID) && same(p.InternetChargeType, i.InternetChargeType) &&
		(p.Status == "" || p.Status == i.shown(now)) &&
		matchText(p.Name, i.Name) && matchText(p.Hostname, i.Hostname) &&
		(p.SubnetID == "" || slices.Contains(i.SubnetIDs, p.SubnetID)) &&
		overlap(p.PublicIPs, i.PublicIPs) && overlap(p.PrivateIPs, i.PrivateIPs) &&
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

// overlap reports whether one of the values is in the filter. An empty filter
// matches everything.
func overlap(filter, values []string) bool {
	return len(filter) == 0 || slices.ContainsFunc(values, func(v string) bool { return slices.Contains(filter, v) })
}

// on reports whether the instance carries the tag. A tag without a value matches
// any value.
func (t tag) on(i *instanceState) bool {
	value, ok := i.tags[t.Key]
	return ok && (t.Value == nil || *t.Value == value)
}

// checkKnown refuses a zone, an instance type or an image that does not exist
// (vendor). Other filters have no such failure in any source: a value that no
// instance has is answered with no rows.
func (s *Server) checkKnown(p *parameters) *refusal {
	zone := func(i *instanceState) string { return i.ZoneID }
	kind := func(i *instanceState) string { return i.TypeID }
	image := func(i *instanceState) string { return i.ImageID }
	switch {
	case !s.known(p.ZoneID, DefaultZoneID, s.scenario.KnownZones, zone):
		return unknown(CodeZoneNotFound, "zoneId", p.ZoneID)
	case !s.known(p.TypeID, DefaultTypeID, s.scenario.KnownTypes, kind):
		return unknown(CodeTypeNotFound, "instanceTypeId", p.TypeID)
	case !s.known(p.ImageID, DefaultImageID, s.scenario.KnownImages, image):
		return unknown(CodeImageNotFound, "imageId", p.ImageID)
	default:
		return nil
	}
}

// known reports whether a value exists: it is the default, the scenario lists it,
// or an instance of the scenario has it, also a missing one. An empty value is no
// filter and needs none of that.
func (s *Server) known(value, byDefault string, listed []string, of func(*instanceState) string) bool {
	return value == "" || value == byDefault || slices.Contains(listed, value) ||
		slices.ContainsFunc(s.fleet, func(i *instanceState) bool { return of(i) == value })
}

// unknown is the refusal of a value that does not exist, in the vendor's words.
func unknown(code, field, value string) *refusal {
	return refuse(code, fmt.Sprintf("The specified %s `%s` is not found", field, value))
}
