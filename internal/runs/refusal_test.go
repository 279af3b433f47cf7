package runs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
	"zenstop/internal/zenlayer"
)

// A finding: a code that no list had ended the whole run, and nothing was stopped.
func TestARefusalOfAnyCodeIsAboutOneInstanceAndTheOthersAreStopped(t *testing.T) {
	for _, refusal := range []string{
		"OPERATION_FAILED_FOR_RECYCLE_RESOURCE", "FAILED_OPERATION_FOR_RECYCLE_RESOURCE", "OPERATION_DENIED_INSTANCE_LOCKED",
		"UNSUPPORTED_OPERATION_INSTANCE_LOCKED", "INVALID_INSTANCE_NOT_FOUND", "INVALID_PARAMETER_VALUE",
	} {
		t.Run(refusal, func(t *testing.T) {
			var all []sim.Instance
			var ids []string
			for n := range 20 {
				all = append(all, sim.Instance{ID: fmt.Sprintf("i-%02d", n), StopTakes: 20 * time.Second})
				ids = append(ids, all[n].ID)
			}
			all[7].RefusesStop = refusal
			within(t, fleet(all...), request(ids...), func(w *world) {
				w.finish()
				if w.verdict("i-07") != power.Refused || w.run.Counts[power.Stopped] != 19 {
					w.Errorf("the culprit is %s, verdicts %v", w.verdict("i-07"), w.run.Counts)
				}
				if note := w.run.Instances[7].Note; !strings.Contains(note, refusal) {
					w.Errorf("note %q does not say why", note)
				}
			})
		})
	}
}

// refusing is an API that answers each call which names the id with an error.
type refusing struct {
	runs.API
	id    string
	err   *zenlayer.APIError
	calls *int
}

func (r refusing) Describe(ctx context.Context, ids []string) (zenlayer.Page, error) {
	if slices.Contains(ids, r.id) {
		*r.calls++
		return zenlayer.Page{}, r.err
	}
	return r.API.Describe(ctx, ids)
}

func TestALookThatIsRefusedForOneInstanceStillShowsTheOthers(t *testing.T) {
	for name, c := range map[string]struct {
		err  zenlayer.APIError
		want power.Verdict
		soon bool
	}{
		"unknown code":   {zenlayer.APIError{Status: 400, Code: "UNSUPPORTED_OPERATION_X"}, power.Refused, false},
		"malformed id":   {zenlayer.APIError{Status: 400, Code: "INVALID_PARAMETER_PATTERN_ERROR"}, power.Refused, true},
		"does not exist": {zenlayer.APIError{Status: 404, Code: "INVALID_INSTANCE_NOT_FOUND"}, power.Missing, false},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, fleet(sim.Instance{ID: "a", StopTakes: time.Minute}, sim.Instance{ID: "b", StopTakes: time.Minute}, sim.Instance{ID: "c"}), request("a", "b", "c"), func(w *world) {
				calls := 0
				w.runner.API = refusing{w.runner.API, "c", &c.err, &calls}
				w.plan()
				if soon := w.verdict("c") != power.Open; soon != c.soon {
					w.Errorf("verdict %q after one look", w.verdict("c"))
				}
				w.finish()
				if w.verdict("c") != c.want || w.verdict("a") != power.Stopped || w.verdict("b") != power.Stopped {
					w.Errorf("verdicts %s, %s, %s", w.verdict("a"), w.verdict("b"), w.verdict("c"))
				}
			})
		})
	}
}

// lister answers List with an error as often as it has one.
type lister struct {
	runs.API
	errs *[]error
}

func (l lister) List(ctx context.Context, f zenlayer.Filter, n, size int) (zenlayer.Page, error) {
	if len(*l.errs) > 0 {
		err := (*l.errs)[0]
		*l.errs = (*l.errs)[1:]
		return zenlayer.Page{}, err
	}
	return l.API.List(ctx, f, n, size)
}

func filterRequest(f zenlayer.Filter) runs.Request {
	req := request()
	req.Target = runs.Target{Filter: &f}
	return req
}

// A finding: an unknown zone ended as "0 of 0 instances UNVERIFIED".
func TestAFilterValueThatZenlayerDoesNotKnowIsARefusalThatNamesIt(t *testing.T) {
	unknown := func(code string) error {
		return &zenlayer.APIError{Action: "DescribeInstances", Status: 404, Code: code}
	}
	f := zenlayer.Filter{ZoneID: "HKG-X", ResourceGroupID: "rg", Hostname: "web*", Tags: []zenlayer.Tag{{Key: "k", Value: "v"}}}
	for code, want := range map[string]string{
		"INVALID_ZONE_NOT_FOUND":              `Zenlayer does not know target.filter.zoneId "HKG-X" (INVALID_ZONE_NOT_FOUND).`,
		"ZONE_NOT_FOUND":                      `Zenlayer does not know target.filter.zoneId "HKG-X" (ZONE_NOT_FOUND).`,
		"INVALID_RESOURCE_GROUP_NOT_FOUND":    `Zenlayer does not know target.filter.resourceGroupId "rg" (INVALID_RESOURCE_GROUP_NOT_FOUND).`,
		"OPERATION_FAILED_RESOURCE_NOT_FOUND": `target.filter.zoneId "HKG-X", target.filter.resourceGroupId "rg", target.filter.hostname "web*", target.filter.tags "k=v" (OPERATION_FAILED_RESOURCE_NOT_FOUND).`,
	} {
		within(t, fleet(), filterRequest(f), func(w *world) {
			w.runner.API = lister{w.runner.API, &[]error{unknown(code), unknown(code)}}
			w.plan()
			if w.run.Outcome != runs.OutcomeRefused || !strings.HasSuffix(w.run.Summary, want) {
				w.Errorf("%s: %s\nwant …%s", w.run.Outcome, w.run.Summary, want)
			}
		})
	}
	within(t, fleet(), filterRequest(f), func(w *world) { // a finding of the campaign
		w.runner.API = lister{w.runner.API, &[]error{unknown("UNSUPPORTED_OPERATION_X"), unknown("INVALID_ZONE_NOT_FOUND")}}
		w.plan()
		if w.run.Outcome != runs.OutcomeRefused || !strings.Contains(w.run.Summary, `zoneId "HKG-X"`) {
			w.Errorf("refused twice with two codes: %s, %s", w.run.Outcome, w.run.Summary)
		}
	})
	within(t, fleet(sim.Instance{ID: "a"}), filterRequest(zenlayer.Filter{ZoneID: "HKG-A"}), func(w *world) {
		w.runner.API = lister{w.runner.API, &[]error{unknown("INVALID_ZONE_NOT_FOUND")}}
		w.plan()
		if w.run.Outcome != runs.OutcomeWaiting || len(w.run.Instances) != 1 {
			w.Errorf("one answer was believed: %s", w.run.Summary)
		}
	})
}

// pages is an API whose listing is what the passes say, one id a page.
type pages struct {
	runs.API
	passes *[]string
}

func (p pages) List(_ context.Context, _ zenlayer.Filter, n, _ int) (zenlayer.Page, error) {
	ids := strings.Fields((*p.passes)[0])
	page := zenlayer.Page{TotalCount: len(ids), Instances: []zenlayer.Instance{{ID: strings.TrimSuffix(ids[n-1], "+"), Status: sim.StatusRunning, ZoneID: "z"}}}
	if strings.HasSuffix(ids[n-1], "+") { // it counts what it does not show
		page.TotalCount++
	}
	if n == len(ids) && len(*p.passes) > 1 {
		*p.passes = (*p.passes)[1:]
	}
	return page, nil
}

// hasty is an API whose answer to each page but the first is short every other time.
type hasty struct {
	runs.API
	calls map[int]int
}

func (h hasty) List(ctx context.Context, f zenlayer.Filter, n, size int) (zenlayer.Page, error) {
	page, err := h.API.List(ctx, f, n, size)
	if h.calls[n]++; n > 1 && h.calls[n]%2 == 1 {
		page.Instances = page.Instances[1:]
	}
	return page, err
}

// A finding of the campaign: of a listing of eight pages hardly a pass was complete, and a
// filter was not resolved within ten minutes.
func TestAPageThatIsShortIsReadAgainWithinItsPass(t *testing.T) {
	sc, req := large(38, sim.Instance{Status: sim.StatusStopped})
	sc.PageSizeCap = 5
	within(t, sc, req, func(w *world) {
		calls := map[int]int{}
		w.runner.API, w.runner.Parallel = hasty{w.runner.API, calls}, 1
		if w.plan(); len(w.run.Instances) != 38 || calls[1] != 2 || calls[8] != 4 {
			w.Errorf("%d instances, calls by page %v", len(w.run.Instances), calls)
		}
	})
}

func TestAListingIsBelievedOnlyWhenTwoPassesAgree(t *testing.T) {
	for name, c := range map[string]struct {
		passes []string
		want   string // ids of the run, or empty where the plan must fail
	}{
		"an instance moves out of sight once": {[]string{"a b d", "a b c", "a b c"}, "a b c"},
		"twice the same":                      {[]string{"a b", "a b", "a c"}, "a b"},
		"one page, too":                       {[]string{"a", "b", "b"}, "b"},
		"one keeps the others from nothing":   {[]string{"a b", "a c", "a b", "a c", "a b", "a c", "a b", "a c"}, "a b c"},
		"it never adds up":                    {[]string{"a b+"}, ""},
		"it adds up once":                     {[]string{"a b+", "a b+", "a b", "a b+"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, fleet(), filterRequest(zenlayer.Filter{ZoneID: "z"}), func(w *world) {
				w.runner.API, w.runner.Parallel = pages{w.runner.API, &c.passes}, 1 // the passes are told apart by their last page
				err := w.runner.Plan(w.Context(), &w.run)
				if c.want == "" {
					if zenlayer.KindOf(err) != zenlayer.KindUnavailable || w.run.Planned {
						w.Errorf("planned %v, error %v; want one that may pass", w.run.Planned, err)
					}
					return
				}
				var got []string
				for _, in := range w.run.Instances {
					got = append(got, in.ID)
				}
				if err != nil || strings.Join(got, " ") != c.want {
					w.Errorf("%v, %v; want %s", got, err, c.want)
				}
			})
		})
	}
}

// A finding of a review: the error of the last batch dropped what the batches before had done.
func TestWhatZenlayerHasAcceptedIsReportedWhateverComesOfTheRestOfTheRound(t *testing.T) {
	for name, fault := range map[string]sim.Fault{
		"the permission to stop is gone": {Kind: sim.Refuse, Code: "AUTHFAILURE_UNAUTHORIZED_OPERATION", Action: sim.ActionStop, FirstCall: 3},
		"the credentials are revoked":    {Kind: sim.Refuse, Code: "AUTHFAILURE_UNAUTHORIZED_OPERATION", Action: sim.ActionDescribe, FirstCall: 17},
	} {
		t.Run(name, func(t *testing.T) {
			sc := sim.Scenario{Generate: []sim.Generate{{Prefix: "i-", Count: 1000, Like: sim.Instance{StopTakes: 40 * time.Second}}}, Faults: []sim.Fault{fault}}
			var ids []string
			for i := range 1000 {
				ids = append(ids, fmt.Sprintf("i-%04d", i+1))
			}
			req := request(ids...)
			req.MaxInstances = 1000
			within(t, sc, req, func(w *world) {
				var err error
				for err == nil && w.run.Outcome == runs.OutcomeWaiting {
					err = w.step()
				}
				report := w.runner.Report(runs.Ending{Run: w.run, Failure: runs.Failure{Error: "Zenlayer.Rejected"}})
				all := 0
				for _, in := range report.Run.Instances {
					accepted := w.server.Truth(in.ID).AcceptedStops
					if all += accepted; in.Requests != accepted {
						w.Errorf("%s: %d accepted requests, the report says %d", in.ID, accepted, in.Requests)
						break
					}
				}
				if all == 0 || all == 1000 {
					w.Errorf("%d requests were accepted: the test proves nothing", all)
				}
			})
		})
	}
}
