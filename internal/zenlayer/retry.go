package zenlayer

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"
)

// RetryPolicy bounds the retries of one call.
type RetryPolicy struct {
	Attempts int           // in all, the first one included
	Min, Max time.Duration // the back-off doubles from Min to Max; half of it is jitter
}

// DefaultRetry is what zero fields of a RetryPolicy take.
var DefaultRetry = RetryPolicy{Attempts: 4, Min: 300 * time.Millisecond, Max: 5 * time.Second}

func (p RetryPolicy) withDefaults() RetryPolicy {
	if p.Attempts == 0 {
		p.Attempts = DefaultRetry.Attempts
	}
	if p.Min == 0 {
		p.Min = DefaultRetry.Min
	}
	if p.Max == 0 {
		p.Max = DefaultRetry.Max
	}
	return p
}

// delay is the wait after attempt n, counted from 1: what Zenlayer asked for,
// else the back-off with a jitter in [0,1) that takes away up to half.
func (p RetryPolicy) delay(n int, jitter float64, err error) time.Duration {
	if e, ok := errors.AsType[*APIError](err); ok && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	d := p.Max
	if n < 20 {
		d = min(p.Min<<(n-1), p.Max)
	}
	return d - time.Duration(jitter*float64(d/2))
}

// sleep waits for d. It does not start a wait that the context would cut off.
func sleep(ctx context.Context, d time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return ctx.Err() == nil
	}
}

// retryAfter reads the header as seconds or as a date; 0 means none, or one that
// has passed. Source: RFC 9110, section 10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 && seconds < 1<<20 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
