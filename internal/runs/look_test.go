package runs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// answers is an API that describes by a function.
type answers func(ids []string) (zenlayer.Page, error)

func (a answers) Describe(_ context.Context, ids []string) (zenlayer.Page, error) { return a(ids) }
func (answers) List(context.Context, zenlayer.Filter, int, int) (zenlayer.Page, error) {
	return zenlayer.Page{}, errors.New("nobody lists here")
}

func (answers) Ask(context.Context, zenlayer.Action, []string) error {
	return errors.New("nobody stops here")
}

// page shows each id as RUNNING.
func page(ids ...string) zenlayer.Page {
	p := zenlayer.Page{TotalCount: len(ids)}
	for _, id := range ids {
		p.Instances = append(p.Instances, zenlayer.Instance{ID: id, Status: "RUNNING"})
	}
	return p
}

func number(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("i-%03d", i)
	}
	return ids
}

var unavailable = &zenlayer.APIError{Status: 503, Code: "SERVICE_TEMPORARY_UNAVAILABLE"}

func TestALookAsksForAHundredIdsACall(t *testing.T) {
	var calls []int
	r := Runner{Now: time.Now, API: answers(func(ids []string) (zenlayer.Page, error) { calls = append(calls, len(ids)); return page(ids...), nil })}
	seen, err := r.look(t.Context(), number(201), nil)
	if err != nil || len(seen) != 201 || !slices.Equal(calls, []int{100, 100, 1}) {
		t.Errorf("%d sightings by calls of %v, %v", len(seen), calls, err)
	}
}

func TestACallThatFailsLeavesItsInstancesUnseenAndTheOthersNot(t *testing.T) {
	n := 0
	r := Runner{Now: time.Now, API: answers(func(ids []string) (zenlayer.Page, error) {
		if n++; n == 2 {
			return zenlayer.Page{}, unavailable
		}
		return page(ids...), nil
	})}
	seen, err := r.look(t.Context(), number(300), nil)
	if _, missing := seen["i-150"]; err != nil || len(seen) != 200 || missing {
		t.Errorf("%d sightings, %v", len(seen), err)
	}
}

func TestALookWithoutAnyAnswerIsAnError(t *testing.T) {
	r := Runner{Now: time.Now, API: answers(func([]string) (zenlayer.Page, error) { return zenlayer.Page{}, unavailable })}
	if _, err := r.look(t.Context(), number(3), nil); zenlayer.KindOf(err) != zenlayer.KindUnavailable {
		t.Errorf("error %v", err)
	}
	if seen, err := r.look(t.Context(), nil, nil); err != nil || len(seen) != 0 {
		t.Errorf("a look at nobody: %v, %v", seen, err)
	}
}

func TestAFinalErrorEndsALookWhateverWasSeen(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		final bool
	}{
		"throttled":           {&zenlayer.APIError{Status: 429}, false},
		"unavailable":         {unavailable, false},
		"credentials refused": {&zenlayer.CredentialsError{Message: "x"}, true},
		"rejected":            {&zenlayer.APIError{Status: 401, Code: "AUTHFAILURE_UNAUTHORIZED_OPERATION"}, true},
		"our own fault":       {errors.New("x"), true},
	} {
		t.Run(name, func(t *testing.T) {
			n := 0
			r := Runner{Now: time.Now, API: answers(func(ids []string) (zenlayer.Page, error) {
				if n++; n == 2 {
					return zenlayer.Page{}, c.err
				}
				return page(ids...), nil
			})}
			if _, err := r.look(t.Context(), number(200), nil); (err != nil) != c.final {
				t.Errorf("error %v, want one: %v", err, c.final)
			}
		})
	}
}

func TestTheCulpritOfARefusedLookIsFoundByHalving(t *testing.T) {
	calls := 0
	r := Runner{Now: time.Now, API: answers(func(ids []string) (zenlayer.Page, error) {
		calls++
		if slices.Contains(ids, "i-037") {
			return zenlayer.Page{}, apiError("UNSUPPORTED_OPERATION_X")
		}
		return page(ids...), nil
	})}
	seen, err := r.look(t.Context(), number(100), nil)
	if err != nil || len(seen) != 100 || seen["i-037"].Rejected != "UNSUPPORTED_OPERATION_X" || seen["i-038"].Row.Status != "RUNNING" {
		t.Errorf("%d sightings, the culprit %+v, %v", len(seen), seen["i-037"], err)
	}
	if calls > 15 {
		t.Errorf("%d calls, want at most 15", calls)
	}
}

func TestAHalfThatFailsEndsTheSearchInItsBatch(t *testing.T) {
	calls := 0
	r := Runner{Now: time.Now, API: answers(func([]string) (zenlayer.Page, error) {
		if calls++; calls == 1 {
			return zenlayer.Page{}, apiError("UNSUPPORTED_OPERATION_X")
		}
		return zenlayer.Page{}, unavailable
	})}
	if _, err := r.look(t.Context(), number(100), nil); zenlayer.KindOf(err) != zenlayer.KindUnavailable || calls != 2 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

// A finding of the campaign: behind a cap of the page size, most instances of a
// hundred were never seen.
func TestALookSeesEverybodyAlsoWhereZenlayerCapsThePage(t *testing.T) {
	calls := 0
	r := Runner{Now: time.Now, API: answers(func(ids []string) (zenlayer.Page, error) {
		calls++
		there := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "i-013" })
		p := page(there[:min(20, len(there))]...)
		p.TotalCount = len(there)
		return p, nil
	})}
	seen, err := r.look(t.Context(), number(100), nil)
	if err != nil || len(seen) != 100 || !seen["i-013"].Absent || calls != 5 {
		t.Errorf("%d sightings by %d calls, the missing one %+v, %v", len(seen), calls, seen["i-013"], err)
	}
}

func TestALookEndsWhereAnswersBringNothingNew(t *testing.T) {
	calls := 0
	r := Runner{Now: time.Now, API: answers(func([]string) (zenlayer.Page, error) {
		calls++
		p := page("i-000")
		p.TotalCount = 3
		return p, nil
	})}
	seen, err := r.look(t.Context(), number(3), nil)
	if err != nil || len(seen) != 1 || calls != 2 {
		t.Errorf("%d sightings by %d calls, %v", len(seen), calls, err)
	}
}

func TestWhoeverACompleteAnswerLeavesOutIsAbsent(t *testing.T) {
	short := page("i-000")
	short.TotalCount = 2
	for name, c := range map[string]struct {
		page zenlayer.Page
		want map[string]bool // absent
	}{
		"complete":                    {page("i-000"), map[string]bool{"i-000": false, "i-001": true}},
		"short of its own total":      {short, map[string]bool{"i-000": false}},
		"one row twice is not enough": {zenlayer.Page{TotalCount: 2, Instances: slices.Concat(page("i-000").Instances, page("i-000").Instances)}, map[string]bool{"i-000": false}},
	} {
		t.Run(name, func(t *testing.T) {
			seen := map[string]power.Sighting{}
			open := sight(number(2), c.page, seen, at(0))
			if len(seen) != len(c.want) || len(open) != 2-len(c.want) {
				t.Errorf("%d sightings, %d left open, want %d sightings", len(seen), len(open), len(c.want))
			}
			for id, absent := range c.want {
				if seen[id].Absent != absent {
					t.Errorf("%s absent: %v", id, seen[id].Absent)
				}
			}
		})
	}
}

func TestAnInstanceMatchesAFilterWhenItHasEveryFieldThatTheFilterGives(t *testing.T) {
	is := zenlayer.Instance{
		ID: "a", Name: "web-1", Hostname: "web-1.example", ZoneID: "HKG-A", ResourceGroupID: "rg",
		Tags: []zenlayer.Tag{{Key: "env", Value: "lab"}, {Key: "empty"}},
	}
	for name, c := range map[string]struct {
		filter zenlayer.Filter
		want   bool
	}{
		"its zone":                {zenlayer.Filter{ZoneID: "HKG-A"}, true},
		"another zone":            {zenlayer.Filter{ZoneID: "HKG-B"}, false},
		"its group":               {zenlayer.Filter{ResourceGroupID: "rg"}, true},
		"another group":           {zenlayer.Filter{ResourceGroupID: "r"}, false},
		"its name":                {zenlayer.Filter{InstanceName: "web-1"}, true},
		"the beginning alone":     {zenlayer.Filter{InstanceName: "web"}, false},
		"the beginning with star": {zenlayer.Filter{InstanceName: "web*"}, true},
		"another beginning":       {zenlayer.Filter{InstanceName: "db*"}, false},
		"its host name":           {zenlayer.Filter{Hostname: "web-1.*"}, true},
		"another host name":       {zenlayer.Filter{Hostname: "web-1"}, false},
		"a tag key":               {zenlayer.Filter{TagKeys: []string{"empty", "env"}}, true},
		"a key that it lacks":     {zenlayer.Filter{TagKeys: []string{"env", "power"}}, false},
		"a tag":                   {zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "env", Value: "lab"}}}, true},
		"another value":           {zenlayer.Filter{Tags: []zenlayer.Tag{{Key: "env", Value: "prod"}}}, false},
		"all fields together":     {zenlayer.Filter{ZoneID: "HKG-A", InstanceName: "web*", TagKeys: []string{"env"}}, true},
		"all but one":             {zenlayer.Filter{ZoneID: "HKG-A", InstanceName: "web*", TagKeys: []string{"x"}}, false},
	} {
		if got := matches(c.filter, is); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A row without a name says nothing of anybody, but that it is missing among the others.
func TestARowThatNamesNobodyKeepsNoOtherInstanceFromItsSighting(t *testing.T) {
	for _, n := range []int{1, 2, 3, 100} {
		for nobody := range min(n, 3) {
			ids, calls := number(n), 0
			gone := ids[(nobody+1)%n]
			api := answers(func(asked []string) (zenlayer.Page, error) {
				calls++
				if len(asked) == 0 {
					t.Fatal("an empty list of ids is no filter")
				}
				p := zenlayer.Page{}
				for _, id := range asked {
					switch {
					case id == ids[nobody]:
						p.Nameless, p.TotalCount = p.Nameless+1, p.TotalCount+1
					case id != gone:
						p.TotalCount++
						p.Instances = append(p.Instances, zenlayer.Instance{ID: id, Status: zenlayer.StatusRunning})
					}
				}
				return p, nil
			})
			seen, err := (Runner{API: api, Now: time.Now}).look(t.Context(), ids, nil)
			if err != nil || len(seen) != n || seen[ids[nobody]].Row.Unreadable == "" || n > 1 && !seen[gone].Absent || calls > 4 {
				t.Errorf("%d ids, the row of number %d: %d seen in %d calls, %v", n, nobody, len(seen), calls, err)
			}
		}
	}
}
