package zenlayer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// pause keeps every call of a client back for as long as an answer asked with
// Retry-After: it speaks for all, also for calls of other instances.
type pause struct {
	now func() time.Time

	mu sync.Mutex
	to moment
	by *APIError // the answer that asked
}

// moment is one at which calls may be made again. The zero moment is over.
type moment struct {
	at  time.Time
	now func() time.Time
}

// left is how long it is until then, at least 0.
func (m moment) left() time.Duration {
	if m.now == nil {
		return 0
	}
	return max(0, m.at.Sub(m.now()))
}

// RetryAfter is how long err asks from now to make no call: what is left of the
// Retry-After of an answer, at most 15 minutes, also where a call was not sent because of
// it. It is 0 where nothing is asked, or where it is over.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*APIError](err); ok {
		if e.until.now == nil {
			return e.RetryAfter // not an error of a Client
		}
		return e.until.left()
	}
	if e, ok := errors.AsType[*callError](err); ok {
		return e.until.left()
	}
	return 0
}

// heed takes in what an answer asks for. The longest wait counts.
func (p *pause) heed(err error) {
	e, ok := errors.AsType[*APIError](err)
	if !ok || e.RetryAfter <= 0 {
		return
	}
	e.until = moment{p.now().Add(e.RetryAfter), p.now}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.until.at.After(p.to.at) {
		p.to, p.by = e.until, e
	}
}

func (p *pause) get() (moment, *APIError) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.to, p.by
}

func (p *pause) holds() bool {
	to, _ := p.get()
	return to.left() > 0
}

// longestPause is how long a call that changes something waits for the end of a pause. After a
// longer one whoever asks for it must look at the instances again: they may be protected by then.
const longestPause = 5 * time.Second

// wait returns when the pause is over, or at once with an error where the deadline of
// the context does not leave time for a call after it, or where a call that changes something would wait
// for too long.
func (p *pause) wait(ctx context.Context, action string) error {
	for {
		to, by := p.get()
		left := to.left()
		if left == 0 {
			return nil
		}
		if action != actionDescribe && left > longestPause || !sleep(ctx, left) {
			return ended(ctx, held(action, to, by))
		}
		p.end(to)
	}
}

// end ends a pause that was waited for, whatever the clock says.
func (p *pause) end(to moment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.to.at.Equal(to.at) {
		p.to = moment{}
	}
}

// held is the error of a call that is not sent within a pause. It tells what the answer
// was, since no other may come for a long time. That it rejects another call, or its
// credentials, says nothing of this one.
func held(action string, to moment, by *APIError) error {
	left := (to.left() + time.Second - 1).Truncate(time.Second)
	text := fmt.Sprintf("zenlayer %s: not sent: an answer asked for no call within the next %s: %v", action, left, by)
	kind := KindUnavailable
	if by.kind() == KindThrottled {
		kind = KindThrottled
	}
	return &callError{kind: kind, text: text, held: true, until: to}
}
