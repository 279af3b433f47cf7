package zenlayer

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheBackOffDoublesUpToItsLimitAndJitterTakesAtMostHalf(t *testing.T) {
	p := RetryPolicy{Attempts: 99, Min: 300 * time.Millisecond, Max: 5 * time.Second}
	for n, want := range map[int]time.Duration{1: 300 * time.Millisecond, 2: 600 * time.Millisecond, 5: 4800 * time.Millisecond, 6: p.Max, 7: p.Max, 10_000: p.Max} {
		if got := p.delay(n, 0); got != want {
			t.Errorf("after attempt %d without jitter %s, want %s", n, got, want)
		}
		if got := p.delay(n, 0.5); got != want*3/4 {
			t.Errorf("after attempt %d with half of the jitter %s, want %s", n, got, want*3/4)
		}
	}
}

func TestMinOrMaxAloneMovesTheDefaultOfTheOther(t *testing.T) {
	for _, c := range []struct{ in, want RetryPolicy }{
		{RetryPolicy{}, DefaultRetry},
		{RetryPolicy{Attempts: 1}, RetryPolicy{1, DefaultRetry.Min, DefaultRetry.Max}},
		{RetryPolicy{Min: time.Minute}, RetryPolicy{4, time.Minute, time.Minute}},
		{RetryPolicy{Max: time.Millisecond}, RetryPolicy{4, time.Millisecond, time.Millisecond}},
	} {
		if got, err := c.in.withDefaults(); got != c.want || err != nil {
			t.Errorf("%+v became %+v, error %v; want %+v", c.in, got, err, c.want)
		}
	}
}

func TestRetryAfterIsReadInBothForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "-5": 0, "soon": 0, "1.5": 0, "120": 2 * time.Minute,
		"900": 15 * time.Minute, "901": longestAsked, "99999999": longestAsked, "99999999999999999999999999": longestAsked,
		"Mon, 23 Nov 2026 12:00:30 GMT": 30 * time.Second, "Mon, 23 Nov 2026 11:59:00 GMT": 0, "Fri, 31 Dec 9999 23:59:59 GMT": longestAsked,
	} {
		if got := askedWait(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After: %s is %s, want %s", value, got, want)
		}
	}
}

func TestNoWaitBeginsThatLeavesNoTimeForAnAttempt(t *testing.T) {
	for name, c := range map[string]struct {
		limit time.Duration // 0: none
		asked string
		sent  int
		took  time.Duration
	}{
		"just enough":                      {7*time.Second + attemptTime, "7", 2, 7 * time.Second},
		"not quite":                        {7*time.Second + attemptTime - 1, "7", 1, 0},
		"far beyond the deadline":          {time.Minute, "99999999999999999999", 1, 0},
		"no deadline, a minute asked":      {0, "60", 2, time.Minute},
		"no deadline, a longer wait asked": {0, "61", 1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				first := failure(429, "REQUEST_LIMIT_EXCEEDED")
				first.header = http.Header{"Retry-After": {c.asked}}
				w := &wire{answers: []answer{first, {status: 200, body: nobody}}}
				ctx := t.Context()
				if c.limit > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, c.limit)
					defer cancel()
				}
				begun := time.Now()
				_, err := client(t, w, pair()).Describe(ctx, []string{"a"})
				if took := time.Since(begun); len(w.sent) != c.sent || took != c.took || (err == nil) != (c.sent == 2) {
					t.Errorf("sent %d times in %s, error %v; want %d in %s", len(w.sent), took, err, c.sent, c.took)
				}
				if c.sent == 1 && KindOf(err) != KindThrottled {
					t.Errorf("%v is of kind %d, want the last answer's", err, KindOf(err))
				}
			})
		})
	}
}

func TestAWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		w, begun := &wire{answers: []answer{failure(429, "X")}}, time.Now()
		_, err := client(t, w, pair()).Describe(ctx, []string{"a"})
		if took := time.Since(begun); took != 100*time.Millisecond || !errors.Is(err, context.Canceled) || KindOf(err) != KindThrottled {
			t.Errorf("after %s: %v of kind %d", took, err, KindOf(err))
		}
	})
}

func TestRetryAfterIsHonouredInsideTheDeadline(t *testing.T) {
	for name, c := range map[string]struct {
		header func() string
		limit  time.Duration
		sent   int
		took   time.Duration
	}{
		"seconds":           {func() string { return "7" }, time.Minute, 2, 7 * time.Second},
		"a date":            {func() string { return time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat) }, time.Minute, 2, 9 * time.Second},
		"past the deadline": {func() string { return "90" }, time.Minute, 1, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			first := failure(429, "X")
			first.header = http.Header{"Retry-After": {c.header()}}
			w := &wire{answers: []answer{first, {status: 200, body: nobody}}}
			ctx, cancel := context.WithTimeout(t.Context(), c.limit)
			defer cancel()
			begun := time.Now()
			_, _ = client(t, w, pair()).Describe(ctx, []string{"a"})
			if took := time.Since(begun); len(w.sent) != c.sent || took != c.took {
				t.Errorf("%s: sent %d times in %s, want %d in %s", name, len(w.sent), took, c.sent, c.took)
			}
		})
	}
}
