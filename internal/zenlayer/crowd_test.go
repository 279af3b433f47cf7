package zenlayer

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/time/rate"
)

// throttle lets requests through to an API that answers after 200 ms, or rejects them.
type throttle struct {
	allow func() bool

	mu                  sync.Mutex
	answered, throttled int
}

func (w *throttle) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	ok := w.allow()
	if ok {
		w.answered++
	} else {
		w.throttled++
	}
	w.mu.Unlock()
	time.Sleep(200 * time.Millisecond) // virtual time
	if !ok {
		return (&wire{answers: []answer{failure(429, "REQUEST_LIMIT_EXCEEDED")}}).RoundTrip(r)
	}
	return (&wire{answers: []answer{{status: 200, body: nobody}}}).RoundTrip(r)
}

func (w *throttle) counts() (answered, throttled int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.answered, w.throttled
}

// limits are ways to allow so many requests a second; which one Zenlayer has is not known.
func limits(perSecond int) map[string]func() bool {
	var second time.Time
	used := 0
	bucket := rate.NewLimiter(rate.Limit(perSecond), perSecond)
	narrow := rate.NewLimiter(rate.Limit(perSecond), max(1, perSecond/5))
	return map[string]func() bool{
		"window": func() bool {
			if now := time.Now().Truncate(time.Second); now != second {
				second, used = now, 0
			}
			used++
			return used <= perSecond
		},
		"bucket":        bucket.Allow,
		"narrow bucket": narrow.Allow,
	}
}

// crowd has so many clients call for so long, five calls of each side by side, and counts
// what the second half of the time brings.
func crowd(t *testing.T, w *throttle, clients, share int, long time.Duration) (answered, throttled int) {
	chance, end := rand.New(rand.NewPCG(1, 0)), time.Now().Add(long)
	var all sync.WaitGroup
	for range clients {
		c, late := clientByChance(t, w, chance.Uint64()), time.Duration(chance.Float64()*float64(2*time.Second))
		for range 5 {
			all.Go(func() {
				time.Sleep(late) // virtual time
				for time.Now().Before(end) {
					_, _ = c.Describe(Share(t.Context(), share), []string{"a"})
				}
			})
		}
	}
	time.Sleep(long / 2) // virtual time
	answered, throttled = w.counts()
	time.Sleep(long / 2) // virtual time
	answeredInAll, throttledInAll := w.counts()
	all.Wait()
	return answeredInAll - answered, throttledInAll - throttled
}

// clientByChance is a client whose back-off is left to chance.
func clientByChance(t *testing.T, w http.RoundTripper, seed uint64) *Client {
	t.Helper()
	var mu sync.Mutex
	jitter := rand.New(rand.NewPCG(seed, 0))
	c := client(t, w, pair())
	c.cfg.Jitter = func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return jitter.Float64()
	}
	return c
}
