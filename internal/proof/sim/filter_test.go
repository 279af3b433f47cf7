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
			ID: "a", Name: "web-1", Hostname: "h1", ZoneID: "HKG-A", ResourceGroupID: "rg-1", Tags: map[string]string{"env": "lab", "x": ""},
		},
		sim.Instance{
			ID: "b", Name: "web-2", Hostname: "h2", ZoneID: "SIN-A", ResourceGroupID: "rg-1", Tags: map[string]string{"env": "prod"},
		},
		sim.Instance{ID: "c", Name: "db", Hostname: "db", ZoneID: "SIN-A", ResourceGroupID: "rg-2", Status: sim.StatusStopped},
	)
	for body, want := range map[string]string{
		`{}`:                                     "a b c",
		`{"instanceIds":[]}`:                     "a b c",
		`{"instanceIds":["c","nobody","a","c"]}`: "a c",
		`{"zoneId":"SIN-A"}`:                     "b c",
		`{"resourceGroupId":"rg-1"}`:             "a b",
		`{"resourceGroupId":"rg-3"}`:             "",
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
	} {
		p := r.call(sim.ActionDescribe, body)
		wantAnswer(t, p, http.StatusOK, "")
		if got := strings.Join(slices.Sorted(slices.Values(p.ids())), " "); got != want || p.Response.TotalCount != len(p.ids()) {
			t.Errorf("%s: rows %q of %d, want %q", body, got, p.Response.TotalCount, want)
		}
	}
}

func TestAnUnknownZoneIsRefusedWith404(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", ZoneID: "SIN-A"}, sim.Instance{ID: "b", Missing: true, ZoneID: "TYO-A"})
	for body, code := range map[string]string{
		`{"zoneId":"SIN-A"}`:                                  "", // that of an instance
		`{"zoneId":"TYO-A"}`:                                  "", // that of an instance which is missing
		`{"zoneId":"` + sim.DefaultZoneID + `"}`:              "",
		`{"zoneId":"SIN-B"}`:                                  "INVALID_ZONE_NOT_FOUND",
		`{"zoneId":"SIN-B","instanceIds":["a"]}`:              "INVALID_ZONE_NOT_FOUND",
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
		Instances:     []sim.Instance{{ID: "a", ResourceGroupID: "rg"}, {ID: "b", ResourceGroupID: "rg"}, {ID: "c"}},
		IgnoreFilters: []string{"tags", "tagKeys", "instanceIds", "zoneId", "instanceName", "hostname"},
	})
	p := r.call(sim.ActionDescribe, `{"instanceIds":["c"],"tags":[{"key":"no"}],"tagKeys":["no"],"zoneId":"no","instanceName":"no","hostname":"no","resourceGroupId":"rg"}`)
	if got := p.ids(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("rows %v, want a and b: only resourceGroupId counts (%s)", got, p.Raw)
	}
	if got := r.Requests()[0].InstanceIDs; !slices.Equal(got, []string{"c"}) {
		t.Errorf("the log says that %v were asked for, want c", got)
	}
}
