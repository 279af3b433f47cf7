package zenlayer

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestThePaceRisesWithAnswersAndFallsWhereZenlayerThrottles(t *testing.T) {
	throttled, down, refused := &APIError{Status: 429}, &APIError{Status: 503}, &APIError{Status: 404, Code: "INVALID_INSTANCE_NOT_FOUND"}
	second := time.Second
	for name, c := range map[string]struct {
		heard []error
		apart time.Duration
		want  float64
	}{
		"at first":                            {nil, 0, 10},
		"five answers":                        {[]error{nil, nil, nil, nil, nil}, second, 10.5},
		"refusals are answers":                {[]error{refused, refused, refused, refused, refused}, second, 10.5},
		"an outage says nothing":              {[]error{down, down}, second, 10},
		"throttled":                           {[]error{throttled}, second, 5},
		"throttled again within a second":     {[]error{throttled, throttled}, second - 1, 5},
		"throttled again after a second":      {[]error{throttled, throttled}, second, 2.5},
		"throttled for long: never below two": {[]error{throttled, throttled, throttled, throttled}, second, 2},
		"an answer after a throttle":          {[]error{throttled, nil}, second, 6.25},
		"two answers after a throttle":        {[]error{throttled, nil, nil}, second, 7.1875},
		"after two hundred answers":           {make([]error, 200), second, 30},
		"after a thousand: never above 100":   {make([]error, 1000), second, 100},
	} {
		t.Run(name, func(t *testing.T) {
			p, now := newPace(), time.Unix(1_700_000_000, 0)
			for _, err := range c.heard {
				p.heed(err, now)
				now = now.Add(c.apart)
			}
			if math.Abs(p.perSecond-c.want) > 1e-9 {
				t.Errorf("%v calls a second, want %v", p.perSecond, c.want)
			}
		})
	}
}

func TestCallsAreSpreadOverTimeAndThoseOfAPartTakeItsShare(t *testing.T) {
	for parts, want := range map[int]time.Duration{0: 300 * time.Millisecond, 1: 300 * time.Millisecond, 10: 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			c, ctx := client(t, &wire{answers: []answer{{status: 200, body: nobody}}}, pair()), Share(t.Context(), parts)
			begun := time.Now()
			for range 4 {
				if _, err := c.Describe(ctx, []string{"a"}); err != nil {
					t.Fatal(err)
				}
			}
			if took := time.Since(begun); took > want || took < want*9/10 { // the pace rises by a hundredth with each answer
				t.Errorf("%d parts: four calls began within %s, want about %s", parts, took, want)
			}
		})
	}
}

func TestACallForWhichThePaceLeavesNoTimeIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []answer{{status: 200, body: accepted}}}
		c := client(t, w, pair())
		ctx, cancel := context.WithTimeout(Share(t.Context(), 100), 5*time.Second)
		defer cancel()
		if err := c.StopInstances(ctx, []string{"a"}); err != nil {
			t.Fatal(err)
		}
		err := c.StopInstances(ctx, []string{"b"})
		if KindOf(err) != KindUnavailable || MayHaveLanded(err) || len(w.sent) != 1 || !strings.Contains(err.Error(), "the pace of the calls leaves no time") {
			t.Errorf("sent %d times; %v", len(w.sent), err)
		}
	})
}

// window answers so many requests in each second, after a time, and throttles the rest.
type window struct {
	mu                        sync.Mutex
	limit                     int
	second                    time.Time
	used, answered, throttled int
}

func (w *window) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(200 * time.Millisecond) // virtual time
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now().Truncate(time.Second); now != w.second {
		w.second, w.used = now, 0
	}
	if w.used++; w.used > w.limit {
		w.throttled++
		return (&wire{answers: []answer{failure(429, "REQUEST_LIMIT_EXCEEDED")}}).RoundTrip(r)
	}
	w.answered++
	return (&wire{answers: []answer{{status: 200, body: nobody}}}).RoundTrip(r)
}

// Each of ten parts has twenty calls to make: 200 in all.
func TestTenPartsComeToShareALimitThatTheyDoNotKnow(t *testing.T) {
	for _, limit := range []int{2, 5, 10, 20, 1000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, begun := &window{limit: limit}, time.Now()
				var all sync.WaitGroup
				for n := range 10 {
					c := client(t, w, pair())
					all.Go(func() {
						time.Sleep(time.Duration(n) * 37 * time.Millisecond) // virtual time
						for made := 0; made < 20; {
							if _, err := c.Describe(Share(t.Context(), 10), []string{"a"}); err == nil {
								made++
							}
						}
					})
				}
				all.Wait()
				took := time.Since(begun)
				best := time.Duration(200/min(limit, 10)) * time.Second
				if w.answered != 200 || w.throttled > 100 || took > best*2 {
					t.Errorf("%d answered and %d throttled in %s; without a throttle it takes %s", w.answered, w.throttled, took, best)
				}
			})
		})
	}
}
