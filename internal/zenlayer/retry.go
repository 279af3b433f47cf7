package zenlayer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	longestAsked = 15 * time.Minute       // a longer Retry-After counts as this: it may be a mistake, and a run has a deadline
	longestWait  = time.Minute            // of one wait where the context has no deadline
	attemptTime  = 100 * time.Millisecond // what a wait must leave of the deadline for the next attempt
)

// RetryPolicy limits the attempts of one call.
type RetryPolicy struct {
	Attempts int           // in all, including the first
	Min, Max time.Duration // the wait doubles from Min up to Max; up to half of it is taken off at random
}

// DefaultRetry has the values for zero fields of a RetryPolicy.
var DefaultRetry = RetryPolicy{Attempts: 4, Min: 300 * time.Millisecond, Max: 5 * time.Second}

// withDefaults fills zero fields. Where only Min or Max is given, the default of the
// other one is moved so that Min is not above Max.
func (p RetryPolicy) withDefaults() (RetryPolicy, error) {
	if p.Attempts == 0 {
		p.Attempts = DefaultRetry.Attempts
	}
	if p.Max == 0 {
		p.Max = max(p.Min, DefaultRetry.Max)
	}
	if p.Min == 0 {
		p.Min = min(p.Max, DefaultRetry.Min)
	}
	if p.Attempts < 0 || p.Min < 0 || p.Max < p.Min {
		return p, fmt.Errorf("a retry policy of %d attempts, %s to %s", p.Attempts, p.Min, p.Max)
	}
	return p, nil
}

// delay is the wait after attempt n, counted from 1. Jitter is in [0,1).
func (p RetryPolicy) delay(n int, jitter float64) time.Duration {
	d := p.Min
	for ; n > 1 && d < p.Max; n-- {
		d = min(2*d, p.Max)
	}
	return d - time.Duration(jitter*float64(d/2))
}

// sleep waits for d and reports whether another attempt may begin. It returns false
// at once where the wait would leave no time for one before the deadline.
func sleep(ctx context.Context, d time.Duration) bool {
	left := longestWait
	if deadline, ok := ctx.Deadline(); ok {
		left = time.Until(deadline) - attemptTime
	}
	if d > left {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil // select picks either one when both are ready
	}
}

// askedWait reads the header Retry-After, which holds seconds or a date. It returns
// 0 where there is none or its time has passed. Source: RFC 9110, section 10.2.3.
func askedWait(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	seconds, err := strconv.ParseUint(value, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longestAsked/time.Second))) * time.Second
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), longestAsked)
}
