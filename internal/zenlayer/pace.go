package zenlayer

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// What is known of the pace of calls. Zenlayer has rate limits, but no source says
// which, and the other parts of a large run, or other programs, may use them up too.
const (
	firstPace  = 10.0        // attempts a second
	leastPace  = 2.0         // a part of ten still gets through its round within the time of a function
	mostPace   = 100.0       // more would need more calls side by side
	paceRise   = 0.05        // after each answer, or what follows
	paceFall   = 0.75        // of the pace is left by a throttle: half would be too little, as it may meet one client of many
	paceRegain = 0.15        // of what a throttle took comes back with each answer
	paceRest   = time.Second // throttled attempts within this time have one cause
)

// pace spreads the attempts of a client over time. It rises a little with each
// answer, and falls where Zenlayer says that there are too many; from there it
// soon comes near the former pace again. So clients that do not know of each other come
// to share what there is, as TCP connections do.
type pace struct {
	turn chan struct{} // has room for one: it is full while somebody waits for the next attempt

	mu        sync.Mutex
	perSecond float64 // of the whole run: see [Share]
	former    float64 // before it fell
	fell      time.Time
	last      time.Time     // when the last attempt began
	waiting   int           // how many wait
	changed   chan struct{} // is closed when perSecond changes
}

func newPace() *pace {
	return &pace{turn: make(chan struct{}, 1), perSecond: firstPace, changed: make(chan struct{})}
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
// ends before, or is going to. Attempts begin in the order in which they came, each at a
// time that follows from the pace of then: none has its time fixed beforehand by a pace
// that does not hold any more.
func (p *pace) wait(ctx context.Context, action string) error {
	share, _ := ctx.Value(shareKey{}).(int)
	share = max(1, share)
	defer p.leave()
	if deadline, ok := ctx.Deadline(); ok && p.enter(share).After(deadline) {
		return tooLate(action, context.DeadlineExceeded)
	} else if !ok {
		p.enter(share)
	}
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return tooLate(action, ctx.Err())
	}
	for ctx.Err() == nil { // select picks any one of those that are ready
		left, changed := p.next(share)
		if left <= 0 {
			return nil
		}
		select {
		case <-time.After(left):
		case <-changed:
		case <-ctx.Done():
		}
	}
	return tooLate(action, ctx.Err())
}

func tooLate(action string, err error) error {
	return &callError{kind: KindUnavailable, held: true, text: fmt.Sprintf("zenlayer %s: not sent: the pace of the calls leaves no time for it", action), err: err}
}

// enter counts one who waits, and foretells when it is done.
func (p *pace) enter(share int) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
	gap := p.gap(share)
	return latest(time.Now(), p.last.Add(gap)).Add(time.Duration(p.waiting-1) * gap)
}

func (p *pace) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting--
}

// next begins the next attempt, or says how long it is until then at the pace of now.
func (p *pace) next(share int) (left time.Duration, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if left = p.last.Add(p.gap(share)).Sub(now); left <= 0 {
		p.last = now
	}
	return left, p.changed
}

// gap is the time from one attempt to the next.
func (p *pace) gap(share int) time.Duration {
	return time.Duration(float64(share) / p.perSecond * float64(time.Second))
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// heed takes in what came of an attempt. One without an answer tells nothing.
func (p *pace) heed(err error, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	defer p.wake()
	switch KindOf(err) {
	case KindThrottled:
		if now.Sub(p.fell) >= paceRest {
			p.former, p.perSecond, p.fell = p.perSecond, max(leastPace, p.perSecond*paceFall), now
		}
	case KindUnavailable:
	default:
		p.perSecond = min(mostPace, p.perSecond+max(paceRise, (p.former-p.perSecond)*paceRegain))
	}
}

// wake lets the one who waits for the next attempt reckon again.
func (p *pace) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}
