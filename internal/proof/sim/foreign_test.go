package sim_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"zenstop/internal/proof/sim"
)

func TestAnAnswerThatIsNotTheAPIsHasNoCodeAndChangesNothing(t *testing.T) {
	for _, form := range sim.Forms() {
		r := faulty(t, sim.Fault{Kind: sim.NotTheAPI, Form: form})
		p, err := r.send(request(t, sim.ActionStop, `{"instanceIds":["a"]}`))
		if _, isTLS := errors.AsType[tls.RecordHeaderError](err); (err != nil) != (form == "notTLS") || err != nil && !isTLS {
			t.Errorf("%s: error %v", form, err)
		}
		if p.Response != nil || p.Code != strings.ToLower(p.Code) || r.stopped() {
			t.Errorf("%s: it was carried out, or has a code: %s", form, p.Raw)
		}
		if last := r.Requests()[0]; last.Fault != sim.NotTheAPI || last.Accepted || last.Code != "" || last.Status != p.Status {
			t.Errorf("%s: the log says %+v", form, last)
		}
	}
}

func TestAnAnswerThatIsNotTheAPIsComesInEachOfItsForms(t *testing.T) {
	r := faulty(t, sim.Fault{Kind: sim.NotTheAPI})
	statuses, redirected := map[int]bool{}, false
	for range 200 {
		p, err := r.send(request(t, sim.ActionDescribe, `{}`))
		if err == nil {
			statuses[p.Status] = true
		}
		redirected = redirected || p.Header.Get("Location") != ""
	}
	for _, status := range []int{200, 302, 400, 401, 403, 404, http.StatusMisdirectedRequest} {
		if !statuses[status] {
			t.Errorf("no answer with the status %d", status)
		}
	}
	if !redirected {
		t.Error("no redirect says where to")
	}
}

func TestAFormThatIsNoneIsAMistake(t *testing.T) {
	_, err := sim.New(sim.Options{Scenario: sim.Scenario{Faults: []sim.Fault{{Kind: sim.NotTheAPI, Form: "page999"}}}})
	if err == nil || !strings.Contains(err.Error(), "page404") {
		t.Errorf("error %v, want one that lists the forms", err)
	}
}

func TestAWrongCountIsZeroBesideRowsOrTheLargestNumber(t *testing.T) {
	r := faulty(t, sim.Fault{Kind: sim.WrongCount})
	seen := map[int]bool{}
	for range 50 {
		p := r.describe("a")
		if len(p.ids()) != 1 {
			t.Fatalf("rows %v, want that of a", p.ids())
		}
		seen[p.Response.TotalCount] = true
	}
	if len(seen) != 2 || !seen[0] || !seen[1<<63-1] {
		t.Errorf("counts %v, want 0 and the largest number", seen)
	}
	if got := r.describe("nobody").Response.TotalCount; got != 1<<63-1 {
		t.Errorf("a count of %d without rows, want the largest number", got)
	}
	wantAnswer(t, r.stop("a"), http.StatusOK, "")
}

// row is the only row of an answer, as it came.
func (r *rig) row() map[string]any {
	r.t.Helper()
	var raw struct {
		Response struct{ DataSet []map[string]any }
	}
	if err := json.Unmarshal([]byte(r.describe("a").Raw), &raw); err != nil {
		r.t.Fatal(err)
	}
	return raw.Response.DataSet[0]
}

func TestARowThatCannotBeReadDiffersInWhatItsFormSays(t *testing.T) {
	tags := map[string]string{"zenstop-protect": "yes"}
	want := map[string]string{ // the member that differs, and what it holds
		sim.TagsAsMap:         `tags {"zenstop-protect":"yes"}`,
		sim.TagsOtherwise:     `tags {"tags":[{"tagKey":"zenstop-protect","tagValue":"yes"}]}`,
		sim.TagsWithoutKeys:   `tags {"tags":[{"name":"zenstop-protect","value":"yes"}]}`,
		sim.TagsAsText:        `tags "map[zenstop-protect:yes]"`,
		sim.NameIsNumber:      `instanceName 17`,
		sim.ZoneIsNumber:      `zoneId 17`,
		sim.StatusIsNumber:    `instanceStatus 3`,
		sim.WithoutInstanceID: `instanceId null`,
		sim.IDIsNumber:        `instanceId 17`,
	}
	usual := fleet(t, sim.Instance{ID: "a", Tags: tags}).row()
	for _, form := range sim.UnreadableForms() {
		row := fleet(t, sim.Instance{ID: "a", Tags: tags, Unreadable: form}).row()
		var differs []string
		for member, value := range usual {
			if got, was := jsonOf(t, row[member]), jsonOf(t, value); got != was {
				differs = append(differs, member+" "+got)
			}
		}
		if got := strings.Join(differs, ", "); got != want[form] {
			t.Errorf("%s differs in %s, want %s", form, got, want[form])
		}
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestSomeRowsOfAnInstanceCannotBeReadOrSayAFalseStatus(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Unreadable: sim.NameIsNumber, UnreadableFrom: 2, UnreadableAnswers: 2, FalseStatus: sim.StatusStopped, FalseFrom: 4})
	for n, want := range []struct{ name, status string }{
		{`"a"`, sim.StatusRunning}, {"17", sim.StatusRunning}, {"17", sim.StatusRunning}, {`"a"`, sim.StatusStopped}, {`"a"`, sim.StatusRunning},
	} {
		row := r.row()
		if name := jsonOf(t, row["instanceName"]); name != want.name || row["instanceStatus"] != want.status {
			t.Errorf("row %d: %s %v, want %s %s", n+1, name, row["instanceStatus"], want.name, want.status)
		}
	}
	wantAnswer(t, r.stop("a"), http.StatusOK, "")
}

func TestOneRowOfAnInstanceShowsNoTags(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", Tags: map[string]string{"k": "v"}, UntaggedRow: 2})
	for n, want := range []string{`{"tags":[{"key":"k","value":"v"}]}`, "null", `{"tags":[{"key":"k","value":"v"}]}`} {
		if tags := jsonOf(t, r.row()["tags"]); tags != want {
			t.Errorf("row %d: tags %s, want %s", n+1, tags, want)
		}
	}
}

func TestEachRequestIsToldInTheOrderOfItsNumber(t *testing.T) {
	var told []string
	s, err := sim.New(sim.Options{Received: func(r *http.Request) { told = append(told, r.Header.Get("X-ZC-Action")) }})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Server: s, t: t}
	r.describe()
	r.stop("nobody")
	r.describe()
	all := s.Requests()
	if len(all) != 3 || len(told) != 3 {
		t.Fatalf("%d requests, %d told", len(all), len(told))
	}
	for i, q := range all {
		if q.Number != i+1 || q.Action != told[i] {
			t.Errorf("request %d has the number %d and is a %s; told was %s", i+1, q.Number, q.Action, told[i])
		}
	}
}

func TestRowsAreKeptWhereTheyAreWanted(t *testing.T) {
	s, err := sim.New(sim.Options{KeepRows: true, Scenario: sim.Scenario{Instances: []sim.Instance{
		{ID: "a", FalseStatus: sim.StatusStopped, FalseFrom: 2, Unreadable: sim.TagsAsText, UnreadableFrom: 3},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{Server: s, t: t}
	r.describe("a")
	r.stop("nobody")
	r.describe("a")
	r.describe()
	want := []sim.Row{{Request: 1, Status: sim.StatusRunning}, {Request: 3, Status: sim.StatusStopped}, {Request: 4, Status: sim.StatusRunning, Unreadable: sim.TagsAsText}}
	if got := s.Truth("a").Rows; jsonOf(t, got) != jsonOf(t, want) {
		t.Errorf("rows %+v, want %+v", got, want)
	}
}

func TestARefusalOfAnInstanceCanPass(t *testing.T) {
	r := fleet(t, sim.Instance{ID: "a", RefusesStop: "OPERATION_DENIED_X", RefusesStopUntil: time.Minute, RefusesDescribe: "UNHEARD_OF", RefusesDescribeUntil: 2 * time.Minute})
	wantAnswer(t, r.stop("a"), http.StatusForbidden, "OPERATION_DENIED_X")
	wantAnswer(t, r.at(time.Minute).describe("a"), http.StatusBadRequest, "UNHEARD_OF")
	wantAnswer(t, r.stop("a"), http.StatusOK, "")
	wantAnswer(t, r.at(2*time.Minute).describe("a"), http.StatusOK, "")
}
