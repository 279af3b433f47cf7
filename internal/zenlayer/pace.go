package zenlayer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What is known of the pace of calls. Zenlayer has rate limits, but no source says
// which, and the other parts of a large run, or other programs, may use them up too.
const (
	firstPace = 10.0        // attempts a second
	leastPace = 2.0         // a part of ten still gets through its round within the time of a function
	mostPace  = 100.0       // more would need more calls side by side
	paceRise  = 0.1         // after each answer, or a quarter of what a throttle took
	paceRest  = time.Second // throttled attempts within this time have one cause
)

// pace spreads the attempts of a client over time. It rises a little with each
// answer, and falls to half where Zenlayer says that there are too many; from there it
// soon comes near the former pace again. So clients that do not know of each other come
// to share what there is, as TCP connections do.
type pace struct {
	mu        sync.Mutex
	perSecond float64 // of the whole run: see [Share]
	former    float64 // before it fell
	fell      time.Time
	limiter   *rate.Limiter
}

func newPace() *pace {
	return &pace{perSecond: firstPace, limiter: rate.NewLimiter(firstPace, 1)}
}

type shareKey struct{}

// Share returns a context whose calls keep to one of n equal shares of the pace,
// because so many executions are at work at the same time. Below 2 it changes nothing.
func Share(ctx context.Context, n int) context.Context {
	if n < 2 {
		return ctx
	}
	return context.WithValue(ctx, shareKey{}, n)
}

// wait returns when the next attempt may begin. The error is set where the context
// ends before.
func (p *pace) wait(ctx context.Context, action string) error {
	share, _ := ctx.Value(shareKey{}).(int)
	p.mu.Lock()
	p.limiter.SetLimit(rate.Limit(p.perSecond / float64(max(1, share))))
	p.mu.Unlock()
	if err := p.limiter.Wait(ctx); err != nil {
		return &callError{kind: KindUnavailable, held: true, text: fmt.Sprintf("zenlayer %s: not sent: the pace of the calls leaves no time for it", action), err: err}
	}
	return nil
}

// heed takes in what came of an attempt. One without an answer tells nothing.
func (p *pace) heed(err error, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch KindOf(err) {
	case KindThrottled:
		if now.Sub(p.fell) >= paceRest {
			p.former, p.perSecond, p.fell = p.perSecond, max(leastPace, p.perSecond/2), now
		}
	case KindUnavailable:
	default:
		p.perSecond = min(mostPace, p.perSecond+max(paceRise, (p.former-p.perSecond)/4))
	}
}
