package zenlayer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

func page(response string) answer {
	return answer{status: 200, body: `{"requestId":"r","response":` + response + `}`}
}

func TestAPageMayLackOptionalFields(t *testing.T) {
	for response, want := range map[string]string{
		`{"totalCount":0}`:                        `{TotalCount:0 Instances:[] Nameless:0 Twins:0}`,
		`{"totalCount":3,"dataSet":[]}`:           `{TotalCount:3 Instances:[] Nameless:0 Twins:0}`,
		`{"totalCount":3,"dataSet":null,"new":0}`: `{TotalCount:3 Instances:[] Nameless:0 Twins:0}`,
		`{"totalCount":1,"dataSet":[{"instanceId":"a","instanceStatus":"MELTING","instanceName":null}],"new":{}}`: `{TotalCount:1 Instances:[{ID:a Name: Hostname: Status:MELTING ZoneID: ResourceGroupID: Tags:[] Unreadable:}] Nameless:0 Twins:0}`,
	} {
		got, err := client(t, &wire{answers: []answer{page(response)}}, pair()).Describe(t.Context(), []string{"a"})
		if shown := fmt.Sprintf("%+v", got); shown != want || err != nil {
			t.Errorf("%s\n got %s, error %v\nwant %s", response, shown, err, want)
		}
	}
}

func TestTagsAreReadWrappedOrPlain(t *testing.T) {
	for tags, want := range map[string][]Tag{
		`null`:          nil,
		`{}`:            nil,
		`{"tags":null}`: nil,
		`{"tags":[]}`:   nil,
		`[]`:            nil,
		`[{"key":"k"}]`: {{Key: "k"}},
		`{"tags":[{"key":"k","value":"v","new":1},{"key":"é","value":null}]}`: {{Key: "k", Value: "v"}, {Key: "é"}},
	} {
		got, err := client(t, &wire{answers: []answer{page(`{"totalCount":1,"dataSet":[{"instanceId":"a","instanceStatus":"RUNNING","tags":` + tags + `,"hostname":"h"}]}`)}}, pair()).Describe(t.Context(), []string{"a"})
		if err != nil || len(got.Instances) != 1 || !slices.Equal(got.Instances[0].Tags, want) || got.Instances[0].Unreadable != "" || got.Instances[0].Hostname != "h" {
			t.Errorf("%s: %+v, error %v", tags, got, err)
		}
	}
}

func TestAPageWhoseNumbersDoNotAddUpIsAskedForAgain(t *testing.T) {
	for _, response := range []string{
		`{"dataSet":[]}`, `{"totalCount":null}`, `{"totalCount":-1}`, `{"totalCount":1.5}`, `{"totalCount":"1"}`, `{"totalCount":1e99}`, `{"totalCount":1e0}`,
		`{"totalCount":10000001}`, `{"totalCount":9223372036854775807}`, `{"totalCount":9223372036854775808}`, `{"totalCount":{}}`,
		`{"totalCount":0,"dataSet":[{"instanceId":"a","instanceStatus":"RUNNING"}]}`, `{"totalCount":1,"dataSet":[{"instanceId":"a"},{"instanceId":"b"}]}`,
		`{"totalCount":0,"dataSet":["a"]}`, `{"totalCount":1,"dataSet":[{"instanceId":"a"},null]}`,
		`{"totalCount":1,"dataSet":{}}`, `{"totalCount":1,"dataSet":"a"}`, `{"totalCount":1,"dataSet":0}`,
		`{"totalCount":1,"totalCount":2}`, `{"totalCount":2,"dataSet":[],"dataSet":[{"instanceId":"a"}]}`, `[]`, `"x"`, `null`, `{`,
	} {
		synctest.Test(t, func(t *testing.T) {
			got, err := client(t, &wire{answers: []answer{page(response)}}, pair()).Describe(t.Context(), []string{"a"})
			if KindOf(err) != KindUnavailable || len(got.Instances) != 0 {
				t.Errorf("%s: %+v, error %v", response, got, err)
			}
		})
	}
}

func TestAFullPageIsWithinTheLimit(t *testing.T) {
	tag := `{"key":"` + strings.Repeat("k", 64) + `","value":"` + strings.Repeat("v", 128) + `"}`
	row := `{"instanceId":"` + strings.Repeat("i", 36) + `%04d","instanceName":"` + strings.Repeat("n", 64) + `","instanceStatus":"RUNNING","tags":{"tags":[` + strings.Repeat(tag+",", 19) + tag + `]}}`
	rows := make([]string, MaxPageSize)
	for i := range rows {
		rows[i] = fmt.Sprintf(row, i)
	}
	full := page(`{"totalCount":1000,"dataSet":[` + strings.Join(rows, ",") + `]}`)
	got, err := client(t, &wire{answers: []answer{full}}, pair()).List(t.Context(), Filter{ZoneID: "z"}, 1, MaxPageSize)
	if err != nil || len(got.Instances) != MaxPageSize || len(got.Instances[MaxPageSize-1].Tags) != 20 {
		t.Errorf("%d bytes: %d rows, error %v", len(full.body), len(got.Instances), err)
	}
}

func TestAPageOutsideTheLimitsIsNotAskedFor(t *testing.T) {
	w := &wire{answers: []answer{page(`{"totalCount":0}`)}}
	c := client(t, w, pair())
	for _, p := range [][2]int{{0, 10}, {-1, 10}, {1, 0}, {1, -1}, {1, MaxPageSize + 1}} {
		if _, err := c.List(t.Context(), Filter{ZoneID: "z"}, p[0], p[1]); KindOf(err) != KindRejected || IsParameterRejected(err) {
			t.Errorf("page %d of size %d: %v", p[0], p[1], err)
		}
	}
	for _, ids := range [][]string{{""}, {"a", ""}, {"a\xff"}} {
		if _, err := c.Describe(t.Context(), ids); KindOf(err) != KindRejected {
			t.Errorf("ids %q: %v", ids, err)
		}
	}
	if len(w.sent) != 0 {
		t.Errorf("%d requests were sent", len(w.sent))
	}
	for i, want := range []string{`{"zoneId":"z","pageNum":1,"pageSize":1000}`, `{"zoneId":"z","pageNum":1,"pageSize":1}`} {
		if _, err := c.List(t.Context(), Filter{ZoneID: "z"}, 1, []int{MaxPageSize, 1}[i]); err != nil || w.bodies[i] != want {
			t.Errorf("%s, error %v; want %s", w.bodies, err, want)
		}
	}
}

func TestAFilterIsEmptyOnlyWhereEachFieldIs(t *testing.T) {
	if !(Filter{TagKeys: []string{}, Tags: []Tag{}}).Empty() {
		t.Error("no field is set, yet it is not empty")
	}
	for _, f := range []Filter{{ZoneID: "x"}, {ResourceGroupID: "x"}, {InstanceName: "x"}, {Hostname: "x"}, {TagKeys: []string{"x"}}, {Tags: []Tag{{Key: "x"}}}} {
		if f.Empty() {
			t.Errorf("%+v is empty", f)
		}
	}
}

func TestAPageIsReadAsTheVendorWritesIt(t *testing.T) {
	body := `{"requestId":"r","response":{"requestId":"r","totalCount":7,"dataSet":[
		{"instanceId":"a","instanceName":"n","hostname":"h","instanceStatus":"RUNNING","zoneId":"z","resourceGroupId":"g","tags":{"tags":[{"key":"k","value":"v"}]},"new":1},
		{"instanceId":"b","instanceStatus":"STOPPED","tags":null},{"instanceName":"without an id"}]}}`
	w := &wire{answers: []answer{{status: 200, body: body}}}
	page, err := client(t, w, pair()).List(t.Context(), Filter{ZoneID: "z", Tags: []Tag{{Key: "k"}}}, 3, 1000)
	if err != nil || page.TotalCount != 7 || len(page.Instances) != 2 || page.Nameless != 1 || page.Instances[1].Unreadable != "" {
		t.Fatalf("%+v, error %v", page, err)
	}
	if a := page.Instances[0]; a.ID != "a" || a.Name != "n" || a.Hostname != "h" || a.Status != StatusRunning || a.ZoneID != "z" || a.ResourceGroupID != "g" || a.Tags[0] != (Tag{"k", "v"}) {
		t.Errorf("%+v", a)
	}
	if want := `{"zoneId":"z","tags":[{"key":"k","value":""}],"pageNum":3,"pageSize":1000}`; w.bodies[0] != want {
		t.Errorf("body %s, want %s", w.bodies[0], want)
	}
}
