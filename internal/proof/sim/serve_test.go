package sim_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

func TestHeadersAreChecked(t *testing.T) {
	cases := map[string]struct {
		change func(*http.Request)
		status int
		code   string
	}{
		"GET":                {func(r *http.Request) { r.Method = http.MethodGet }, 401, sim.CodeUnauthorizedOperation},
		"other path":         {func(r *http.Request) { r.URL.Path = "/api/v2/zec" }, 401, sim.CodeUnauthorizedOperation},
		"other content type": {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 400, sim.CodeParameterValue},
		"no content type":    {func(r *http.Request) { r.Header.Del("Content-Type") }, 400, sim.CodeParameterValue},
		"no action":          {func(r *http.Request) { r.Header.Del("X-ZC-Action") }, 400, sim.CodeMissingParameter},
		"no version":         {func(r *http.Request) { r.Header.Del("X-ZC-Version") }, 400, sim.CodeMissingParameter},
		"unknown version":    {func(r *http.Request) { r.Header.Set("X-ZC-Version", "2020-01-01") }, 400, sim.CodeParameterValue},
		"deprecated version": {func(r *http.Request) { r.Header.Set("X-ZC-Version", "2022-11-20") }, 200, ""},
		"unknown action":     {func(r *http.Request) { r.Header.Set("X-ZC-Action", "RebootInstances") }, 401, sim.CodeUnauthorizedOperation},
		"content type with charset": {
			func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") }, 200, "",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			q := request(t, sim.ActionDescribe, `{}`)
			c.change(q)
			p, err := fleet(t).send(q)
			if err != nil {
				t.Fatal(err)
			}
			wantAnswer(t, p, c.status, c.code)
		})
	}
}

func TestBodiesAreChecked(t *testing.T) {
	many := func(n int, one string) string { return "[" + strings.TrimSuffix(strings.Repeat(one+",", n), ",") + "]" }
	cases := map[string]struct{ action, body, code string }{
		"not JSON":              {sim.ActionDescribe, `{"pageSize":`, sim.CodeParameterType},
		"not an object":         {sim.ActionDescribe, `[]`, sim.CodeParameterPattern},
		"no body":               {sim.ActionDescribe, ``, sim.CodeParameterPattern},
		"a number for an id":    {sim.ActionStop, `{"instanceIds":[1]}`, sim.CodeParameterType},
		"a string for a number": {sim.ActionDescribe, `{"pageSize":"10"}`, sim.CodeParameterType},
		"page size 0":           {sim.ActionDescribe, `{"pageSize":0}`, sim.CodeParameterMinimum},
		"page size 1001":        {sim.ActionDescribe, `{"pageSize":1001}`, sim.CodeParameterMaximum},
		"page 0":                {sim.ActionDescribe, `{"pageNum":0}`, sim.CodeParameterMinimum},
		"101 ids to describe":   {sim.ActionDescribe, `{"instanceIds":` + many(101, `"a"`) + `}`, sim.CodeParameterLength},
		"101 ids to stop":       {sim.ActionStop, `{"instanceIds":` + many(101, `"a"`) + `}`, sim.CodeParameterLength},
		"21 tags":               {sim.ActionDescribe, `{"tags":` + many(21, `{"key":"a","value":"b"}`) + `}`, sim.CodeParameterLength},
		"21 tag keys":           {sim.ActionDescribe, `{"tagKeys":` + many(21, `"a"`) + `}`, sim.CodeParameterLength},
		"a tag without a key":   {sim.ActionDescribe, `{"tags":[{"value":"b"}]}`, sim.CodeMissingParameter},
		"nothing to stop":       {sim.ActionStop, `{}`, sim.CodeMissingParameter},
		"null to stop":          {sim.ActionStop, `{"instanceIds":null}`, sim.CodeMissingParameter},
		"an empty list to stop": {sim.ActionStop, `{"instanceIds":[]}`, sim.CodeMissingParameter},
		"more than 1 MiB":       {sim.ActionDescribe, `{"zoneId":"` + strings.Repeat("z", 1<<20) + `"}`, sim.CodeParameterLength},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			wantAnswer(t, fleet(t).call(c.action, c.body), http.StatusBadRequest, c.code)
		})
	}
}

func TestNullAndUnknownFieldsAreTakenForAbsent(t *testing.T) {
	p := fleet(t, sim.Instance{ID: "a"}).call(sim.ActionDescribe, `{"zoneId":null,"pageSize":null,"tags":null,"keyName":"x"}`)
	if got := p.ids(); len(got) != 1 {
		t.Errorf("rows %v, want a: %s", got, p.Raw)
	}
}

func TestAFailureIsFlatAndASuccessNested(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a"})
	bad, good := r.stop("b"), r.stop("a")
	if bad.Response != nil || bad.Message == "" || strings.Contains(bad.Raw, `"response"`) {
		t.Errorf("failure is not flat: %s", bad.Raw)
	}
	if good.Response == nil || good.Response.ID != good.ID || good.Code != "" {
		t.Errorf("success is not nested: %s", good.Raw)
	}
	shape := regexp.MustCompile(`^T[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-[0-9A-F]{4}-[0-9A-F]{12}$`)
	if bad.ID == good.ID || !shape.MatchString(bad.ID) || !shape.MatchString(good.ID) {
		t.Errorf("request ids %q and %q, want two fresh ones", bad.ID, good.ID)
	}
}

func TestOtherPathsMethodsAndActionsAnswerAFlatFailure(t *testing.T) {
	for name, change := range map[string]func(*http.Request){
		"the path of another product": func(r *http.Request) { r.URL.Path = "/api/v2/zec" },
		"the root":                    func(r *http.Request) { r.URL.Path = "/" },
		"another method":              func(r *http.Request) { r.Method = http.MethodPut },
		"another action":              func(r *http.Request) { r.Header.Set("X-ZC-Action", "StartInstances") },
	} {
		t.Run(name, func(t *testing.T) {
			q := request(t, sim.ActionDescribe, `{}`)
			change(q)
			p, err := fleet(t).send(q)
			if err != nil {
				t.Fatal(err)
			}
			var members map[string]string // it fails to decode where a member is nested
			if err := json.Unmarshal([]byte(p.Raw), &members); err != nil {
				t.Fatalf("answer %s: %v", p.Raw, err)
			}
			if got := slices.Sorted(maps.Keys(members)); !slices.Equal(got, []string{"code", "message", "requestId"}) || slices.Contains(slices.Collect(maps.Values(members)), "") {
				t.Errorf("answer %s, want a requestId, a code and a message", p.Raw)
			}
			if kind := p.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
				t.Errorf("Content-Type %q, want JSON", kind)
			}
		})
	}
}

func TestTheServerKeepsALogOfRequests(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a"})
	r.describe("a")
	r.stop("a", "b")
	q := request(t, sim.ActionStop, `{"instanceIds":["a"]}`)
	q.Header.Set("Authorization", "Bearer wrong-secret")
	if _, err := r.send(q); err != nil {
		t.Fatal(err)
	}
	all := r.Requests()
	got := make([]string, 0, len(all))
	for _, q := range all {
		got = append(got, fmt.Sprintf("%s %v %d %q %t %t", q.Action, q.InstanceIDs, q.Status, q.Code, q.Accepted, q.At.Equal(start)))
	}
	want := []string{
		`DescribeInstances [a] 200 "" true true`,
		`StopInstances [a b] 404 "INVALID_INSTANCE_NOT_FOUND" false true`,
		`StopInstances [a] 401 "AUTHFAILURE_INVALID_AUTHORIZATION" false true`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("requests\n got %q\nwant %q", got, want)
	}
	if text := fmt.Sprintf("%+v", all); strings.Contains(text, "wrong-secret") {
		t.Errorf("the log holds a credential: %s", text)
	}
	if r.Calls(sim.ActionStop) != 2 || r.Calls(sim.ActionDescribe) != 1 {
		t.Errorf("calls %d and %d, want 2 and 1", r.Calls(sim.ActionStop), r.Calls(sim.ActionDescribe))
	}
	if truth := r.Truth("a"); truth.StopCalls != 2 || truth.DescribeCalls != 1 || truth.AcceptedStops != 0 {
		t.Errorf("truth %+v, want 2 stop calls, none accepted, 1 describe call", truth)
	}
}

func TestTheScenarioStartsAtTheFirstRequest(t *testing.T) {
	now := start
	s, err := sim.New(sim.Options{
		Scenario: sim.Scenario{Instances: []sim.Instance{{ID: "a", VanishesAt: 10}}},
		Now:      func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Server: s, t: t}
	now = start.Add(time.Hour)
	if r.Truth("a").Gone {
		t.Error("gone before the first request")
	}
	r.describe("a")
	now = now.Add(10)
	if !r.Truth("a").Gone {
		t.Error("there 10 ns after the first request")
	}
}

func TestManyClientsCanCallAtOnce(t *testing.T) {
	r := newRig(t, sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: 50}}, Shuffle: true})
	var wg sync.WaitGroup
	for n := range 50 {
		wg.Go(func() {
			id := fmt.Sprintf("i-%04d", n+1)
			for _, action := range []string{sim.ActionStop, sim.ActionDescribe, sim.ActionStop} {
				resp, err := r.RoundTrip(request(t, action, `{"instanceIds":["`+id+`"]}`))
				if err != nil {
					t.Error(err)
					return
				}
				resp.Body.Close()
			}
			if got := r.Truth(id).AcceptedStops; got != 1 {
				t.Errorf("%s: %d stops accepted, want 1", id, got)
			}
		})
	}
	wg.Wait()
	if got := len(r.Requests()); got != 150 {
		t.Errorf("%d requests, want 150", got)
	}
}
