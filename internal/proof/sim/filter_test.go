package sim_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"zenstop/internal/proof/sim"
)

func TestFiltersChooseTheRightInstances(t *testing.T) {
	r := fleet(
		t,
		sim.Instance{
			ID: "a", Name: "web-1", Hostname: "h1", ZoneID: "HKG-A", ResourceGroupID: "rg-1", TypeID: "M6C", Tags: map[string]string{"env": "lab", "x": ""},
			ImageID: "debian", SubnetIDs: []string{"s1", "s2"}, PublicIPs: []string{"192.0.2.1", "192.0.2.2"}, PrivateIPs: []string{"10.0.0.1"},
		},
		sim.Instance{
			ID: "b", Name: "web-2", Hostname: "h2", ZoneID: "SIN-A", ResourceGroupID: "rg-1", TypeID: "M8C", Tags: map[string]string{"env": "prod"},
			ImageID: "debian", SubnetIDs: []string{"s2"}, PublicIPs: []string{"192.0.2.3"}, InternetChargeType: "ByTrafficPackage",
		},
		sim.Instance{ID: "c", Name: "db", Hostname: "db", ZoneID: "SIN-A", ResourceGroupID: "rg-2", TypeID: "M8C", Status: sim.StatusStopped},
	)
	for body, want := range map[string]string{
		`{}`:                                     "a b c",
		`{"instanceIds":[]}`:                     "a b c",
		`{"instanceIds":["c","nobody","a","c"]}`: "a c",
		`{"zoneId":"SIN-A"}`:                     "b c",
		`{"resourceGroupId":"rg-1"}`:             "a b",
		`{"resourceGroupId":"rg-3"}`:             "",
		`{"instanceTypeId":"M8C"}`:               "b c",
		`{"instanceStatus":"STOPPED"}`:           "c",
		`{"instanceName":"web-1"}`:               "a",
		`{"instanceName":"web"}`:                 "",
		`{"instanceName":"web*"}`:                "a b",
		`{"hostname":"h2"}`:                      "b",
		`{"hostname":"h*"}`:                      "a b",
		`{"tagKeys":["env"]}`:                    "a b",
		`{"tagKeys":["env","x"]}`:                "a",
		`{"tagKeys":["nobody's"]}`:               "",
		`{"tags":[{"key":"env","value":"lab"}]}`: "a",
		`{"tags":[{"key":"x","value":""}]}`:      "a",
		`{"tags":[{"key":"env"}]}`:               "a b",
		`{"tags":[{"key":"env","value":"lab"},{"key":"env","value":"prod"}]}`: "",
		`{"instanceIds":["a","b"],"zoneId":"SIN-A"}`:                          "b",
		`{"imageId":"debian"}`:                                                    "a b",
		`{"imageId":"sim-image"}`:                                                 "c",
		`{"subnetId":"s1"}`:                                                       "a",
		`{"subnetId":"s2"}`:                                                       "a b",
		`{"subnetId":"s3"}`:                                                       "",
		`{"internetChargeType":"ByBandwidth"}`:                                    "a c",
		`{"internetChargeType":"ByTrafficPackage"}`:                               "b",
		`{"internetChargeType":"ByClusterBandwidth95"}`:                           "",
		`{"publicIpAddresses":["192.0.2.2","192.0.2.3"]}`:                         "a b",
		`{"publicIpAddresses":["10.0.0.1"]}`:                                      "",
		`{"privateIpAddresses":["10.0.0.1"]}`:                                     "a",
		`{"publicIpAddresses":[],"privateIpAddresses":[]}`:                        "a b c",
		`{"imageId":"debian","publicIpAddresses":["x.x.x"]}`:                      "",
		`{"imageId":"debian","internetChargeType":"ByBandwidth","subnetId":"s2"}`: "a",
	} {
		p := r.call(sim.ActionDescribe, body)
		wantAnswer(t, p, http.StatusOK, "")
		if got := strings.Join(slices.Sorted(slices.Values(p.ids())), " "); got != want || p.Response.TotalCount != len(p.ids()) {
			t.Errorf("%s: rows %q of %d, want %q", body, got, p.Response.TotalCount, want)
		}
	}
}

func TestAnUnknownZoneTypeOrImageIsRefusedWith404(t *testing.T) {
	r := newRig(t, sim.Scenario{
		Instances: []sim.Instance{
			{ID: "a", ZoneID: "SIN-A", TypeID: "M6C", ImageID: "debian"},
			{ID: "b", Missing: true, ZoneID: "TYO-A"},
		},
		KnownZones: []string{"FRA-A"}, KnownTypes: []string{"S9I"}, KnownImages: []string{"ubuntu"},
	})
	for body, code := range map[string]string{
		`{"zoneId":"SIN-A"}`:                                  "", // that of an instance
		`{"zoneId":"TYO-A"}`:                                  "", // that of an instance which is missing
		`{"zoneId":"FRA-A"}`:                                  "", // listed by the scenario; no instance has it
		`{"zoneId":"` + sim.DefaultZoneID + `"}`:              "",
		`{"zoneId":"SIN-B"}`:                                  "INVALID_ZONE_NOT_FOUND",
		`{"zoneId":"SIN-B","instanceIds":["a"]}`:              "INVALID_ZONE_NOT_FOUND",
		`{"zoneId":"SIN-B","instanceTypeId":"no"}`:            "INVALID_ZONE_NOT_FOUND",
		`{"instanceTypeId":"M6C"}`:                            "",
		`{"instanceTypeId":"S9I"}`:                            "",
		`{"instanceTypeId":"` + sim.DefaultTypeID + `"}`:      "",
		`{"instanceTypeId":"M6"}`:                             "INVALID_INSTANCE_TYPE_NOT_FOUND",
		`{"imageId":"debian"}`:                                "",
		`{"imageId":"ubuntu"}`:                                "",
		`{"imageId":"` + sim.DefaultImageID + `"}`:            "",
		`{"imageId":"windows"}`:                               "INVALID_IMAGE_NOT_FOUND",
		`{"resourceGroupId":"no","instanceName":"no"}`:        "",
		`{"tags":[{"key":"no","value":"no"}],"hostname":"x"}`: "",
	} {
		status := http.StatusOK
		if code != "" {
			status = http.StatusNotFound
		}
		p := r.call(sim.ActionDescribe, body)
		wantAnswer(t, p, status, code)
		if code != "" && (p.Response != nil || p.Message == "") {
			t.Errorf("%s: the failure is not flat: %s", body, p.Raw)
		}
	}
}

func TestAnUnknownZoneNamesItselfInTheMessage(t *testing.T) {
	p := fleet(t).call(sim.ActionDescribe, `{"zoneId":"SEL--A"}`)
	if !strings.Contains(p.Message, "zoneId `SEL--A`") {
		t.Errorf("message %q does not name the zone", p.Message)
	}
}

func TestAFilterCanBeMadeToBeIgnored(t *testing.T) {
	r := newRig(t, sim.Scenario{
		Instances: []sim.Instance{{ID: "a", ResourceGroupID: "rg"}, {ID: "b", ResourceGroupID: "rg"}, {ID: "c"}},
		IgnoreFilters: []string{
			"tags", "tagKeys", "instanceIds", "zoneId", "instanceTypeId", "instanceStatus", "instanceName", "hostname",
			"imageId", "subnetId", "internetChargeType", "publicIpAddresses", "privateIpAddresses",
		},
	})
	p := r.call(sim.ActionDescribe, `{"instanceIds":["c"],"tags":[{"key":"no"}],"tagKeys":["no"],"zoneId":"no","instanceTypeId":"no",
		"instanceStatus":"no","instanceName":"no","hostname":"no","imageId":"no","subnetId":"no","internetChargeType":"no",
		"publicIpAddresses":["no"],"privateIpAddresses":["no"],"resourceGroupId":"rg"}`)
	if got := p.ids(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("rows %v, want a and b: only resourceGroupId counts (%s)", got, p.Raw)
	}
	if got := r.Requests()[0].InstanceIDs; !slices.Equal(got, []string{"c"}) {
		t.Errorf("the log says that %v were asked for, want c", got)
	}
}

func TestARowHasWhatTheFiltersMatch(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", ImageID: "debian", SubnetIDs: []string{"s1", "s\"2"}, PublicIPs: []string{"192.0.2.1"}, InternetChargeType: "ByTrafficPackage"})
	p := r.describe("a")
	for _, want := range []string{
		`"imageId":"debian"`, `"subnetIds":["s1","s\"2"]`, `"publicIpAddresses":["192.0.2.1"]`, `"privateIpAddresses":[]`, `"internetChargeType":"ByTrafficPackage"`,
	} {
		if !strings.Contains(p.Raw, want) {
			t.Errorf("the row lacks %s: %s", want, p.Raw)
		}
	}
}
