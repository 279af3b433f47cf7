package sim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"zenstop/internal/sim"
)

func TestFiltersPickWhatTheySay(t *testing.T) {
	r := fleet(
		t,
		sim.Instance{ID: "a", Name: "web-1", Hostname: "h1", ZoneID: "HKG-A", ResourceGroupID: "rg-1", TypeID: "M6C", Tags: map[string]string{"env": "lab", "x": ""}},
		sim.Instance{ID: "b", Name: "web-2", Hostname: "h2", ZoneID: "SIN-A", ResourceGroupID: "rg-1", TypeID: "M8C", Tags: map[string]string{"env": "prod"}},
		sim.Instance{ID: "c", Name: "db", Hostname: "db", ZoneID: "SIN-A", ResourceGroupID: "rg-2", TypeID: "M8C", Status: sim.StatusStopped},
	)
	for body, want := range map[string]string{
		`{}`:                                     "a b c",
		`{"instanceIds":[]}`:                     "a b c",
		`{"instanceIds":["c","nobody","a","c"]}`: "a c",
		`{"zoneId":"SIN-A"}`:                     "b c",
		`{"resourceGroupId":"rg-1"}`:             "a b",
		`{"instanceTypeId":"M8C"}`:               "b c",
		`{"instanceStatus":"STOPPED"}`:           "c",
		`{"instanceName":"web-1"}`:               "a",
		`{"instanceName":"web"}`:                 "",
		`{"instanceName":"web*"}`:                "a b",
		`{"hostname":"h2"}`:                      "b",
		`{"hostname":"h*"}`:                      "a b",
		`{"tagKeys":["env"]}`:                    "a b",
		`{"tagKeys":["env","x"]}`:                "a",
		`{"tags":[{"key":"env","value":"lab"}]}`: "a",
		`{"tags":[{"key":"x","value":""}]}`:      "a",
		`{"tags":[{"key":"env"}]}`:               "a b",
		`{"tags":[{"key":"env","value":"lab"},{"key":"env","value":"prod"}]}`: "",
		`{"instanceIds":["a","b"],"zoneId":"SIN-A"}`:                          "b",
	} {
		p := r.call(sim.ActionDescribe, body)
		got := p.ids()
		slices.Sort(got)
		if strings.Join(got, " ") != want || p.Response.TotalCount != len(got) {
			t.Errorf("%s: rows %v of %d, want %s", body, got, p.Response.TotalCount, want)
		}
	}
}

func TestAFilterCanBeMadeToBeIgnored(t *testing.T) {
	r := newRig(t, sim.Scenario{
		Instances:     []sim.Instance{{ID: "a", ZoneID: "Z"}, {ID: "b", ZoneID: "Z"}, {ID: "c"}},
		IgnoreFilters: []string{"tags", "tagKeys", "instanceIds", "resourceGroupId", "instanceTypeId", "instanceStatus", "instanceName", "hostname"},
	})
	p := r.call(sim.ActionDescribe, `{"instanceIds":["c"],"tags":[{"key":"no"}],"tagKeys":["no"],"resourceGroupId":"no",
		"instanceTypeId":"no","instanceStatus":"no","instanceName":"no","hostname":"no","zoneId":"Z"}`)
	if got := p.ids(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("rows %v, want a and b: only zoneId counts", got)
	}
}

func TestAPageHoldsTwentyRowsUnlessAskedOtherwise(t *testing.T) {
	r := newRig(t, sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: 1100}}})
	for body, want := range map[string]int{
		`{}`: 20, `{"pageSize":1000}`: 1000, `{"pageSize":1000,"pageNum":2}`: 100, `{"pageNum":55}`: 20, `{"pageNum":56}`: 0,
		`{"pageSize":1000,"pageNum":2147483647}`: 0,
	} {
		p := r.call(sim.ActionDescribe, body)
		if len(p.ids()) != want || p.Response.TotalCount != 1100 {
			t.Errorf("%s: %d rows of %d, want %d of 1100", body, len(p.ids()), p.Response.TotalCount, want)
		}
	}
}

func TestShuffledPagesFitTogetherAndRepeatBySeed(t *testing.T) {
	sc := sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: 95}}, Shuffle: true}
	list := func() []string {
		r := newRig(t, sc)
		var all []string
		for n := range 10 {
			all = append(all, r.call(sim.ActionDescribe, fmt.Sprintf(`{"pageSize":10,"pageNum":%d}`, n+1)).ids()...)
		}
		return all
	}
	all := list()
	if !slices.Equal(all, list()) {
		t.Error("the same seed gives another order")
	}
	if slices.IsSorted(all) {
		t.Error("the order is not shuffled")
	}
	slices.Sort(all)
	if got := slices.Compact(all); len(all) != 95 || len(got) != 95 {
		t.Errorf("%d rows, %d of them different, want 95", len(all), len(got))
	}
}

func TestARowSurvivesAnyText(t *testing.T) {
	text := "a \"quoted\" \\ <b>\u00e9\u2028\n\t\x01 end"
	r := fleet(t, sim.Instance{ID: text, Name: text, Tags: map[string]string{"b": text, "a": "1"}, OddStatus: text})
	p := r.describe(text)
	if len(p.ids()) != 1 {
		t.Fatalf("rows: %s", p.Raw)
	}
	i := p.Response.DataSet[0]
	if i.ID != text || i.Name != text || i.Status != text || fmt.Sprint(i.Tags.Tags) != fmt.Sprint([]struct{ Key, Value string }{{"a", "1"}, {"b", text}}) {
		t.Errorf("row %+v, want %q everywhere", i, text)
	}
}

func TestAnAbsenceIsAGlitchOfRowsAndCount(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", AbsentFrom: 2, AbsentAnswers: 2}, sim.Instance{ID: "b"})
	var totals []int
	for range 5 {
		p := r.describe("a", "b")
		if len(p.ids()) != p.Response.TotalCount {
			t.Errorf("%d rows of %d", len(p.ids()), p.Response.TotalCount)
		}
		totals = append(totals, p.Response.TotalCount)
	}
	if !slices.Equal(totals, []int{2, 1, 1, 2, 2}) {
		t.Errorf("totals %v, want absent from the second and third", totals)
	}
	if got := r.Injected()["absentAnswer"]; got != 2 {
		t.Errorf("%d absences counted, want 2", got)
	}
}

func TestTagsCanChangeInTheMiddle(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Tags: map[string]string{"x": "1"}, LaterTags: map[string]string{"y": "2"}, LaterTagsAt: 10})
	before, after := r.describe("a").Response.DataSet[0].Tags.Tags, r.at(10).describe("a").Response.DataSet[0].Tags.Tags
	if fmt.Sprint(before, after) != "[{x 1}] [{y 2}]" {
		t.Errorf("tags %v, then %v", before, after)
	}
	if got := r.call(sim.ActionDescribe, `{"tagKeys":["x"]}`); got.Status != http.StatusOK || len(got.ids()) != 0 {
		t.Errorf("the old tag still matches: %s", got.Raw)
	}
}
