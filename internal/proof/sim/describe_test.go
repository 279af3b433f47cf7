package sim_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

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

func TestAScenarioCanCapThePageSize(t *testing.T) {
	r := newRig(t, sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: 25}}, PageSizeCap: 10})
	for body, want := range map[string]int{
		`{}`: 10, `{"pageSize":1000}`: 10, `{"pageSize":1000,"pageNum":3}`: 5, `{"pageSize":1000,"pageNum":4}`: 0,
		`{"pageSize":10,"pageNum":2}`: 10, `{"pageSize":4,"pageNum":7}`: 1,
	} {
		p := r.call(sim.ActionDescribe, body)
		if len(p.ids()) != want || p.Response.TotalCount != 25 {
			t.Errorf("%s: %d rows of %d, want %d of 25", body, len(p.ids()), p.Response.TotalCount, want)
		}
	}
	var all []string
	for page := range 3 {
		all = append(all, r.call(sim.ActionDescribe, fmt.Sprintf(`{"pageSize":1000,"pageNum":%d}`, page+1)).ids()...)
	}
	if slices.Sort(all); len(slices.Compact(all)) != 25 {
		t.Errorf("three capped pages hold %v, want each of 25 instances once", all)
	}
	wantAnswer(t, r.call(sim.ActionDescribe, `{"pageSize":1001}`), http.StatusBadRequest, sim.CodeParameterMaximum)
}

func TestOneInstanceCanRefuseEveryDescribeThatNamesIt(t *testing.T) {
	const code = "UNSUPPORTED_OPERATION_INSTANCE_LOCKED"
	r := fleet(
		t, sim.Instance{ID: "a", AbsentAnswers: 1}, sim.Instance{ID: "b", RefusesDescribe: code},
		sim.Instance{ID: "c", RefusesDescribe: sim.CodeInternalError}, sim.Instance{ID: "gone", Missing: true, RefusesDescribe: code},
	)
	for ids, want := range map[string]struct {
		status int
		code   string
	}{
		"a b":   {http.StatusBadRequest, code},
		"c b a": {http.StatusInternalServerError, sim.CodeInternalError}, // the first id decides
		"gone":  {http.StatusBadRequest, code},
	} {
		wantAnswer(t, r.describe(strings.Fields(ids)...), want.status, want.code)
	}
	if got := r.Injected()["absentAnswer"]; got != 0 {
		t.Errorf("%d absences counted, want none: a refused call has no rows", got)
	}
	wantAnswer(t, r.describe("a"), http.StatusOK, "")
	if got := r.describe().ids(); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("a listing without ids has %v, want a, b and c", got)
	}
	wantAnswer(t, r.stop("a", "b"), http.StatusOK, "")
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

func TestAnAbsentInstanceIsMissingFromRowsAndCount(t *testing.T) {
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

func TestTagsCanChangeSeveralTimes(t *testing.T) {
	for at, want := range map[time.Duration]string{0: "[{x 1}]", 5: "[{x 2}]", 10: "[{y 2}]", 20: "[{z 3}]"} {
		r := fleet(t, sim.Instance{ID: "a", Tags: map[string]string{"x": "1"}, LaterTags: map[string]string{"y": "2"}, LaterTagsAt: 10, Retags: []sim.Retag{
			{At: 20, Tags: map[string]string{"z": "3"}}, {At: 5, Tags: map[string]string{"x": "2"}},
		}})
		r.describe("a")
		if got := fmt.Sprint(r.at(at).describe("a").Response.DataSet[0].Tags.Tags); got != want {
			t.Errorf("at %d the tags are %s, want %s", at, got, want)
		}
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

func TestATagMayHaveATimeAfterTheStart(t *testing.T) {
	tags := map[string]string{"until": "start+1m", "x": "1"}
	r := fleet(t, sim.Instance{ID: "a", Tags: tags})
	if got := r.describe("a").Response.DataSet[0].Tags.Tags; fmt.Sprint(got) != "[{until 2026-11-23T190100Z} {x 1}]" {
		t.Errorf("tags %v", got)
	}
	if tags["until"] != "start+1m" {
		t.Error("the scenario's own tags were changed")
	}
}

func TestATimeAfterTheStartCountsFromTheFirstRequest(t *testing.T) {
	now := start.Add(time.Hour)
	s, err := sim.New(sim.Options{Now: func() time.Time { return now }, Scenario: sim.Scenario{Instances: []sim.Instance{{ID: "a", Tags: map[string]string{"until": "start+1m"}}}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Server: s, t: t, now: now}
	if got := r.describe("a").Response.DataSet[0].Tags.Tags; fmt.Sprint(got) != "[{until 2026-11-23T200100Z}]" {
		t.Errorf("tags %v", got)
	}
}

func TestTagsCanBeSetFromOutside(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Tags: map[string]string{"x": "1"}})
	r.describe("a")
	if !r.SetTags("a", map[string]string{"y": "2"}) || r.SetTags("b", nil) {
		t.Error("SetTags knows other instances than those of the scenario")
	}
	if got := r.describe("a").Response.DataSet[0].Tags.Tags; fmt.Sprint(got) != "[{y 2}]" {
		t.Errorf("tags %v", got)
	}
}
