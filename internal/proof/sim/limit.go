package sim

import "time"

// rateLimit counts requests in fixed windows of one second. A fixed window is
// easier to foresee in a test than a token bucket; which of them the vendor uses
// is not known.
type rateLimit struct {
	perSecond int           // zero: no limit
	window    time.Duration // when the present window began, from the start of the scenario
	used      int           // requests that arrived in it
}

// exceeded counts one request and reports whether it is above the limit.
func (l *rateLimit) exceeded(now time.Duration) bool {
	if l.perSecond == 0 {
		return false
	}
	if window := now.Truncate(time.Second); window != l.window {
		l.window, l.used = window, 0
	}
	l.used++
	return l.used > l.perSecond
}
