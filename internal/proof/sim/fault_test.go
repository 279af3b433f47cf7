package sim_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"zenstop/internal/proof/sim"
)

// faulty is a rig of one running instance "a" and these faults.
func faulty(t *testing.T, faults ...sim.Fault) *rig {
	t.Helper()
	return newRig(t, sim.Scenario{Instances: []sim.Instance{{ID: "a"}}, Faults: faults})
}

// stopped reports whether the one instance was really stopped.
func (r *rig) stopped() bool { return r.Truth("a").AcceptedStops > 0 }

func TestAFaultWithoutEffectAnswersAndChangesNothing(t *testing.T) {
	cases := map[string]struct {
		fault  sim.Fault
		status int
		code   string
	}{
		"throttle":    {sim.Fault{Kind: sim.Throttle}, http.StatusTooManyRequests, sim.CodeRequestLimit},
		"unavailable": {sim.Fault{Kind: sim.Unavailable, Code: sim.CodeUnavailable}, http.StatusServiceUnavailable, sim.CodeUnavailable},
		"internal":    {sim.Fault{Kind: sim.Unavailable, Code: sim.CodeInternalError}, http.StatusInternalServerError, sim.CodeInternalError},
		"timed out":   {sim.Fault{Kind: sim.Unavailable, Code: sim.CodeTimedOut}, http.StatusServiceUnavailable, sim.CodeTimedOut},
		"refuse":      {sim.Fault{Kind: sim.Refuse, Code: sim.CodeUnauthorizedOperation}, http.StatusUnauthorized, sim.CodeUnauthorizedOperation},
		"challenge":   {sim.Fault{Kind: sim.Challenge}, http.StatusForbidden, ""},
		"no response": {sim.Fault{Kind: sim.NoResponse}, http.StatusOK, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := faulty(t, c.fault)
			p := r.stop("a")
			wantAnswer(t, p, c.status, c.code)
			if p.Response != nil || r.stopped() {
				t.Errorf("it was carried out: %s", p.Raw)
			}
			if got := r.Injected()[string(c.fault.Kind)]; got != 1 {
				t.Errorf("%d faults counted, want 1", got)
			}
			if last := r.Requests()[0]; last.Fault != c.fault.Kind || last.Accepted || last.Code != c.code || last.Status != c.status {
				t.Errorf("the log says %+v", last)
			}
		})
	}
}

func TestAChallengeIsAnHTMLPage(t *testing.T) {
	p := faulty(t, sim.Fault{Kind: sim.Challenge}).describe()
	if p.Header.Get("cf-mitigated") != "challenge" || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") ||
		!strings.HasPrefix(p.Raw, "<!DOCTYPE html>") {
		t.Errorf("headers %v, body %s", p.Header, p.Raw)
	}
}

func TestAnOutageAnswersWithEachOfItsCodes(t *testing.T) {
	r := faulty(t, sim.Fault{Kind: sim.Unavailable})
	seen := map[string]int{} // status by code
	for range 100 {
		p := r.describe()
		seen[p.Code] = p.Status
	}
	want := map[string]int{sim.CodeInternalError: 500, "": 502, sim.CodeUnavailable: 503, sim.CodeTimedOut: 503}
	if !maps.Equal(seen, want) {
		t.Errorf("seen %v, want %v", seen, want)
	}
}

func TestRetryAfterIsInWholeSeconds(t *testing.T) {
	for after, want := range map[time.Duration]string{0: "", sec: "1", 1500 * time.Millisecond: "2"} {
		for _, kind := range []sim.FaultKind{sim.Throttle, sim.Unavailable, sim.Refuse, sim.WrongCount} {
			p := faulty(t, sim.Fault{Kind: kind, Code: sim.CodeInternalError, RetryAfter: after}).describe()
			if got := p.Header.Get("Retry-After"); got != want {
				t.Errorf("%s, %s: Retry-After %q, want %q", kind, after, got, want)
			}
		}
	}
}

func TestAFaultWithTakesEffectCarriesTheRequestOut(t *testing.T) {
	for _, kind := range []sim.FaultKind{sim.Throttle, sim.Unavailable, sim.Challenge, sim.NoResponse} {
		r := faulty(t, sim.Fault{Kind: kind, TakesEffect: true})
		if p := r.stop("a"); p.Response != nil {
			t.Errorf("%s answers %s", kind, p.Raw)
		}
		if !r.stopped() || !r.Requests()[0].Accepted {
			t.Errorf("%s took no effect", kind)
		}
	}
}

func TestATimeOutCanTakeEffectAndCallsHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		r, began := faulty(t, sim.Fault{Kind: sim.TimeOut, TakesEffect: true}), time.Now()
		_, err := r.send(requestIn(ctx, t, sim.ActionStop, `{"instanceIds":["a"]}`))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute || !r.stopped() {
			t.Errorf("error %v after %s, stopped %t; want the deadline after 1m0s, true", err, time.Since(began), r.stopped())
		}
	})
}

func TestALostAnswerTakesEffect(t *testing.T) {
	r := faulty(t, sim.Fault{Kind: sim.LostAnswer})
	_, err := r.send(request(t, sim.ActionStop, `{"instanceIds":["a"]}`))
	if !errors.Is(err, io.ErrUnexpectedEOF) || !r.stopped() {
		t.Errorf("error %v, stopped %t, want a broken connection and a stop", err, r.stopped())
	}
	if last := r.Requests()[0]; last.Status != 0 || !last.Accepted {
		t.Errorf("the log says %+v", last)
	}
}

func TestACutBodyTakesEffect(t *testing.T) {
	r := faulty(t, sim.Fault{Kind: sim.CutBody})
	p := r.stop("a")
	if p.Status != http.StatusOK || !strings.HasPrefix(p.Raw, "{") || strings.HasSuffix(p.Raw, "}") || !r.stopped() {
		t.Errorf("answer %d %s, stopped %t", p.Status, p.Raw, r.stopped())
	}
}

func TestAShortPageKeepsTheRightCount(t *testing.T) {
	all := make([]sim.Instance, 40)
	for i := range all {
		all[i].ID = string(rune('A' + i))
	}
	r := newRig(t, sim.Scenario{Instances: all, Faults: []sim.Fault{{Kind: sim.ShortPage}}})
	lengths := map[int]bool{}
	for range 200 {
		p := r.call(sim.ActionDescribe, `{"pageSize":10}`)
		if p.Response.TotalCount != 40 || len(p.ids()) > 9 {
			t.Fatalf("%d rows of %d, want fewer than 10 of 40", len(p.ids()), p.Response.TotalCount)
		}
		lengths[len(p.ids())] = true
	}
	if len(lengths) != 10 {
		t.Errorf("lengths seen %v, want all from 0 to 9", lengths)
	}
	if r.call(sim.ActionDescribe, `{"resourceGroupId":"nobody's"}`); r.Injected()["shortPage"] != 200 {
		t.Errorf("%d counted, want 200: an empty page cannot be short", r.Injected()["shortPage"])
	}
	wantAnswer(t, r.stop("A"), http.StatusOK, "")
}

func TestAFaultHappensOnlyUnderAllItsConditions(t *testing.T) {
	cases := map[string]struct {
		fault sim.Fault
		want  string // what happens in five rounds of Describe (d) and Stop (s), a second apart
	}{
		"always":          {sim.Fault{}, "ds ds ds ds ds"},
		"one action":      {sim.Fault{Action: sim.ActionStop}, "s s s s s"},
		"a window":        {sim.Fault{From: sec, Until: 3 * sec}, " ds ds  "},
		"from on":         {sim.Fault{From: 3 * sec}, "   ds ds"},
		"first calls":     {sim.Fault{LastCall: 3}, "ds d   "},
		"later calls":     {sim.Fault{FirstCall: 8}, "   s ds"},
		"calls of a kind": {sim.Fault{Action: sim.ActionStop, FirstCall: 2, LastCall: 3}, " s s  "},
		"so many times":   {sim.Fault{Times: 3}, "ds d   "},
		"all of them":     {sim.Fault{From: sec, Action: sim.ActionDescribe, LastCall: 4, Times: 2}, " d d  "},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.fault.Kind = sim.Throttle
			r := faulty(t, c.fault)
			var got []string
			for n := range 5 {
				round := ""
				if r.at(time.Duration(n)*sec).describe().Status == http.StatusTooManyRequests {
					round += "d"
				}
				if r.stop("a").Status == http.StatusTooManyRequests {
					round += "s"
				}
				got = append(got, round)
			}
			if text := strings.Join(got, " "); text != c.want {
				t.Errorf("faults %q, want %q", text, c.want)
			}
		})
	}
}

func TestTheSameSeedGivesTheSameFaults(t *testing.T) {
	draw := func() []int {
		r := faulty(t, sim.Fault{Kind: sim.Throttle, Probability: 0.3})
		all := make([]int, 1000)
		for i := range all {
			all[i] = r.describe().Status
		}
		return all
	}
	first := draw()
	if !slices.Equal(first, draw()) {
		t.Error("the same seed gives other faults")
	}
	hits := 0
	for _, status := range first {
		if status == http.StatusTooManyRequests {
			hits++
		}
	}
	if hits < 230 || hits > 370 {
		t.Errorf("%d of 1000 calls met a fault of probability 0.3", hits)
	}
}

func TestOverASocketARequestHangsOrBreaks(t *testing.T) {
	ctx, giveUp := context.WithCancel(t.Context())
	received := 0
	s, err := sim.New(sim.Options{
		Scenario: sim.Scenario{Faults: []sim.Fault{{Kind: sim.LostAnswer, LastCall: 1}, {Kind: sim.TimeOut, LastCall: 2}}},
		Received: func(*http.Request) {
			if received++; received == 2 {
				giveUp()
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(s)
	defer web.Close()
	send := func(ctx context.Context) error {
		q := requestIn(ctx, t, sim.ActionDescribe, `{}`)
		q.URL.Host = strings.TrimPrefix(web.URL, "http://")
		resp, err := web.Client().Do(q)
		if err == nil {
			resp.Body.Close()
		}
		return err
	}
	if err := send(t.Context()); !errors.Is(err, io.EOF) {
		t.Errorf("lost answer: %v, want EOF", err)
	}
	if err := send(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("time-out: %v, want that of the context", err)
	}
	if err := send(t.Context()); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestWithoutASocketATimeOutEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		_, err := faulty(t, sim.Fault{Kind: sim.TimeOut}).send(requestIn(ctx, t, sim.ActionDescribe, `{}`))
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
			t.Errorf("error %v after %s, want the deadline after 1m0s", err, time.Since(began))
		}
	})
}
