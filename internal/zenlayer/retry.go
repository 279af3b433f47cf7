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
	longestAsked = 7 * 24 * time.Hour     // what is kept of a Retry-After
	unbounded    = time.Minute            // the longest wait where the context has no deadline
	reserve      = 100 * time.Millisecond // what a wait leaves for the attempt after it
)

// RetryPolicy bounds the retries of one call.
type RetryPolicy struct {
	Attempts int           // in all, the first one included
	Min, Max time.Duration // the back-off doubles from Min to Max; half of it is jitter
}

// DefaultRetry is what zero fields of a RetryPolicy take.
var DefaultRetry = RetryPolicy{Attempts: 4, Min: 300 * time.Millisecond, Max: 5 * time.Second}

// withDefaults fills zero fields. A bound that is given moves the default of the other.
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

// delay is the wait after attempt n, counted from 1: what Zenlayer asked for,
// else the back-off with a jitter in [0,1) that takes away up to half.
func (p RetryPolicy) delay(n int, jitter float64, err error) time.Duration {
	if e, ok := errors.AsType[*APIError](err); ok && e.RetryAfter > 0 {
		return e.RetryAfter
	}
	d := p.Min
	for ; n > 1 && d < p.Max; n-- {
		d = min(2*d, p.Max)
	}
	return d - time.Duration(jitter*float64(d/2))
}

// sleep waits for d. It does not start a wait that leaves no time for another attempt.
func sleep(ctx context.Context, d time.Duration) bool {
	left := unbounded
	if deadline, ok := ctx.Deadline(); ok {
		left = time.Until(deadline) - reserve
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
		return ctx.Err() == nil // select picks either when both are ready
	}
}

// retryAfter reads the header as seconds or as a date; 0 means none, or one that
// has passed. Source: RFC 9110, section 10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
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
