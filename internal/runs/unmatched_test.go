package runs_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// A filter's instances are what the filter is seen to match. Nobody else is stopped, by
// whatever way it came into the run.

// listHook is an API whose listings somebody changes; n counts them.
type listHook struct {
	runs.API
	list func(n int, page zenlayer.Page) zenlayer.Page
	n    *int
}

func (l listHook) List(ctx context.Context, f zenlayer.Filter, n, size int) (zenlayer.Page, error) {
	page, err := l.API.List(ctx, f, n, size)
	if err == nil {
		*l.n++
		page = l.list(*l.n, page)
	}
	return page, err
}

// without is the page without one instance.
func without(page zenlayer.Page, id string) zenlayer.Page {
	var out []zenlayer.Instance
	for _, i := range page.Instances {
		if i.ID != id {
			out = append(out, i)
		}
	}
	page.TotalCount -= len(page.Instances) - len(out)
	page.Instances = out
	return page
}

var kv = map[string]string{"k": "v"}

func TestWhatOneListingOfManyShowsIsAskedForByItsID(t *testing.T) {
	sc := fleet(sim.Instance{ID: "a", Tags: kv, StopTakes: time.Minute}, sim.Instance{ID: "c", Tags: kv, StopTakes: time.Minute},
		sim.Instance{ID: "b", Tags: map[string]string{"k": "other"}, StopTakes: time.Minute})
	within(t, sc, byTag(), func(w *world) {
		w.runner.API = listHook{w.runner.API, func(n int, p zenlayer.Page) zenlayer.Page {
			if n%2 == 0 {
				p = without(p, "c")
			}
			if n == 7 {
				p.Instances = append(p.Instances, zenlayer.Instance{ID: "b", Name: "b", Status: "RUNNING", Tags: []zenlayer.Tag{{Key: "k", Value: "v"}}})
				p.TotalCount++
			}
			return p
		}, new(int)}
		w.finish()
		if w.server.Truth("b").StopCalls != 0 {
			t.Errorf("b, whose tags by its id are others, was stopped: %s", w.run.Summary)
		}
	})
}

func TestWhatLeftTheFilterAfterTheWarningIsNotStoppedWhereOneLookFails(t *testing.T) {
	for name, b := range map[string]sim.Instance{
		"refused once": {RefusesDescribe: "OPERATION_IN_PROGRESS", RefusesDescribeUntil: 10*time.Minute + 5*time.Second},
		"absent once":  {AbsentFrom: 3, AbsentAnswers: 1}, // two rows of the first plan, then the look by id
	} {
		t.Run(name, func(t *testing.T) {
			b.ID, b.Tags, b.StopTakes, b.LaterTags, b.LaterTagsAt = "b", kv, time.Minute, map[string]string{"k": "other"}, time.Minute
			req := byTag()
			req.Warn = 10 * time.Minute
			within(t, fleet(sim.Instance{ID: "a", Tags: kv, StopTakes: time.Minute}, b), req, func(w *world) {
				w.planOnce()
				w.hold()
				w.finish()
				if w.server.Truth("b").StopCalls != 0 {
					t.Error("b was stopped though the filter matches it no more")
				}
			})
		})
	}
}

func TestAWarnedMachineThatZenlayerDoesNotShowKeepsNoOtherFromBeingStopped(t *testing.T) {
	b := sim.Instance{ID: "b", Tags: kv, StopTakes: time.Minute, LaterTags: map[string]string{"k": "other"}, LaterTagsAt: time.Minute, RefusesDescribe: "INTERNAL_SERVER_ERROR"}
	req := byTag()
	req.Warn = 10 * time.Minute
	within(t, fleet(sim.Instance{ID: "a", Tags: kv, StopTakes: time.Minute}, b), req, func(w *world) {
		w.planOnce()
		w.hold()
		w.untilDeadline()
		if w.server.Truth("a").StopCalls == 0 {
			t.Error("a was never asked to stop")
		}
	})
}

func TestNoRunComesBackToWhatTheFilterPerhapsDoesNotMatch(t *testing.T) {
	prod := sim.Instance{ID: "prod", StopTakes: time.Minute, Tags: map[string]string{"k": "other", "zenstop-keep-until": "2000-01-01T0300Z"}, Unreadable: sim.TagsAsMap, UnreadableAnswers: 2}
	sc := fleet(sim.Instance{ID: "lab", Tags: kv, StopTakes: time.Minute}, prod)
	sc.IgnoreFilters = []string{"tags"}
	within(t, sc, byTag(), func(w *world) {
		w.finish()
		i := slices.IndexFunc(w.run.Instances, func(in power.Instance) bool { return in.ID == "prod" })
		if in := w.run.Instances[i]; in.Verdict != power.Refused || in.KeepUntil != nil || w.server.Truth("prod").StopCalls != 0 {
			t.Errorf("prod, which the filter never matched, is %s until %v", in.Verdict, in.KeepUntil)
		}
	})
}

func TestACheckOnlyDoesNotSayOfAMachineThatTheFilterPerhapsDoesNotMatchThatItShouldBeOff(t *testing.T) {
	prod := sim.Instance{ID: "prod", Tags: map[string]string{"k": "other"}, Unreadable: sim.TagsAsMap, UnreadableAnswers: 2}
	sc := fleet(sim.Instance{ID: "lab", Tags: kv, Status: "STOPPED"}, prod)
	sc.IgnoreFilters = []string{"tags"}
	req := byTag()
	req.CheckOnly = true
	within(t, sc, req, func(w *world) {
		w.finish()
		if w.verdict("prod") != power.Refused {
			t.Errorf("prod is %s, as if it should be off: %s", w.verdict("prod"), w.run.Summary)
		}
	})
}
