package zenlayer

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestThePaceRisesWithAnswersAndFallsWhereZenlayerThrottles(t *testing.T) {
	throttled, down, rejection := &APIError{Status: 429}, &APIError{Status: 503}, &APIError{Status: 404, Code: "INVALID_INSTANCE_NOT_FOUND"}
	second := time.Second
	for name, c := range map[string]struct {
		heard []error
		apart time.Duration
		want  float64
	}{
		"at first":                            {nil, 0, 10},
		"five answers":                        {[]error{nil, nil, nil, nil, nil}, second, 10.25},
		"rejections are answers":              {[]error{rejection, rejection, rejection, rejection, rejection}, second, 10.25},
		"an outage says nothing":              {[]error{down, down}, second, 10},
		"throttled":                           {[]error{throttled}, second, 7.5},
		"throttled again within a second":     {[]error{throttled, throttled}, second - 1, 7.5},
		"throttled again after a second":      {[]error{throttled, throttled}, second, 5.625},
		"throttled for long: never below two": {slices.Repeat([]error{throttled}, 9), second, 2},
		"an answer after a throttle":          {[]error{throttled, nil}, second, 7.875},
		"two answers after a throttle":        {[]error{throttled, nil, nil}, second, 8.19375},
		"after two hundred answers":           {make([]error, 200), second, 20},
		"after two thousand: never above 100": {make([]error, 2000), second, 100},
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
			if took := time.Since(begun); took > want || took < want*9/10 { // the pace rises by a two-hundredth with each answer
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
		if err := c.Ask(ctx, StopInstances, []string{"a"}); err != nil {
			t.Fatal(err)
		}
		err := c.Ask(ctx, StopInstances, []string{"b"})
		if KindOf(err) != KindUnavailable || MayHaveLanded(err) || len(w.sent) != 1 || !strings.Contains(err.Error(), "the pace of the calls leaves no time") {
			t.Errorf("sent %d times; %v", len(w.sent), err)
		}
	})
}

// Each of ten parts has twenty calls to make: 200 in all. How they fall upon one another is
// left to chance, so the mean of several runs counts.
func TestTenPartsComeToShareALimitThatTheyDoNotKnow(t *testing.T) {
	const runs, most, longest = 5, 115, 2.3
	for _, limit := range []int{2, 5, 10, 20, 1000} {
		t.Run(fmt.Sprint(limit), func(t *testing.T) {
			throttled, took := 0, time.Duration(0)
			for seed := range uint64(runs) {
				synctest.Test(t, func(t *testing.T) {
					w, begun := &throttle{allow: limits(limit)["window"]}, time.Now()
					tenParts(t, w, seed)
					throttled, took = throttled+w.throttled, took+time.Since(begun)
				})
			}
			best := time.Duration(200/min(limit, 10)) * time.Second
			if throttled > most*runs || took.Seconds() > best.Seconds()*longest*runs {
				t.Errorf("on average %d are throttled in %s; without a throttle it takes %s", throttled/runs, took/runs, best)
			}
		})
	}
}

func tenParts(t *testing.T, w *throttle, seed uint64) {
	chance := rand.New(rand.NewPCG(seed, 0))
	var all sync.WaitGroup
	for range 10 {
		c, late := clientByChance(t, w, chance.Uint64()), time.Duration(chance.Float64()*float64(500*time.Millisecond))
		all.Go(func() {
			time.Sleep(late) // virtual time
			for made := 0; made < 20; {
				if _, err := c.Describe(Share(t.Context(), 10), []string{"a"}); err == nil {
					made++
				}
			}
		})
	}
	all.Wait()
}

// A warm function may call for hours beside others that it does not know.
func TestClientsThatDoNotKnowOfEachOtherMakeFewCallsInVain(t *testing.T) {
	for _, c := range []struct {
		clients, share, limit int
		most                  map[string]float64 // the part of the calls that may be throttled
	}{
		{1, 1, 5, map[string]float64{"window": 0.10, "bucket": 0.10, "narrow bucket": 0.12}},
		{1, 1, 10, map[string]float64{"window": 0.10, "bucket": 0.08, "narrow bucket": 0.08}},
		{3, 1, 10, map[string]float64{"window": 0.12, "bucket": 0.14, "narrow bucket": 0.15}},
		{10, 10, 5, map[string]float64{"window": 0.13, "bucket": 0.10, "narrow bucket": 0.38}},
		{10, 10, 10, map[string]float64{"window": 0.08, "bucket": 0.07, "narrow bucket": 0.13}},
		{20, 10, 10, map[string]float64{"window": 0.12, "bucket": 0.10, "narrow bucket": 0.20}},
	} {
		for name, most := range c.most {
			synctest.Test(t, func(t *testing.T) {
				w := &throttle{allow: limits(c.limit)[name]}
				answered, throttled := crowd(t, w, c.clients, c.share, 2*time.Minute)
				if got := float64(throttled) / float64(answered+throttled); got > most {
					t.Errorf("%d clients, share %d, limit %d, %s: %.3f of the calls are throttled, want %.2f at most", c.clients, c.share, c.limit, name, got, most)
				}
			})
		}
	}
}

// A call that waits is not bound to a time that followed from a slower pace.
func TestACallThatWaitsGoesOutEarlierWhereThePaceRises(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, begun := newPace(), time.Now()
		p.perSecond = leastPace
		for range 2 {
			if err := p.wait(Share(t.Context(), 10), actionDescribe); err != nil { // the second one waits for 5 s
				t.Fatal(err)
			}
			time.AfterFunc(time.Second, func() {
				p.mu.Lock()
				p.perSecond = firstPace
				p.mu.Unlock()
				p.heed(nil, time.Now())
			})
		}
		if took := time.Since(begun); took > 1100*time.Millisecond {
			t.Errorf("the second call went out after %s", took)
		}
	})
}

// Of two things that are ready a select picks any one.
func TestACallWhoseTimeIsOverIsNotSentThoughItsTurnHasCome(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 200 {
		if err := newPace().wait(ctx, "StopInstances"); err == nil {
			t.Fatal("its turn has come")
		}
	}
}
