package runs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/zenlayer"
)

// API is the part of the Zenlayer client that the domain needs.
type API interface {
	Describe(ctx context.Context, ids []string) (zenlayer.Page, error)
	List(ctx context.Context, f zenlayer.Filter, pageNum, pageSize int) (zenlayer.Page, error)
	Ask(ctx context.Context, action zenlayer.Action, ids []string) error
}

// SideBySide is how many calls of Zenlayer a function has under way at once. A part
// of ten, at the least pace of the client, has made so many looks and requests in 50 s.
const SideBySide = 5

// Runner carries a run forward. Each of its methods takes the run document as
// it stands and changes it in place; after an error the document is as good as
// before, so the caller may try again with it.
//
// Errors are those of the API: zenlayer.KindOf tells what may pass from what
// is final.
type Runner struct {
	API      API
	Rules    power.Rules
	Now      func() time.Time // required
	Mornings Mornings
	Stack    string // the name of the stack, a dimension of its metrics
	Parallel int    // calls of Zenlayer under way at once, [SideBySide] for the functions; 0 or 1: one after the other

	suspects []string // as in [Memory]
}

// carry is the one way into the three calls that ask Zenlayer. They work on a copy of the
// document, which first takes in what the call before has left: after an error it is as it was.
//
// Where Zenlayer asks to be left alone for some time (Retry-After), that holds for all
// further calls of the execution, and moves no deadline. Before the deadline the document
// then says how long to wait; a last look that falls into that time cannot be had.
func (r Runner) carry(ctx context.Context, run *Run, work func(Runner, context.Context, *Run) (move, error), takeIn func(*Run)) error {
	next, now := run.clone(), r.Now()
	takeIn(&next)
	if left := run.quietFor(now); left > 0 {
		if !now.Before(run.Deadline) {
			return notSent(left)
		}
		next.leave(goesTo(NextWait), now)
		*run = next
		return nil
	}
	heard := &listener{API: r.API, now: r.Now}
	heard.suspects.Store(&run.Memory.Suspects)
	r.API, r.suspects = heard, run.Memory.Suspects
	to, err := work(r, zenlayer.Share(ctx, run.sharers()), &next)
	now = r.Now()
	if until := heard.quietUntil(); until.After(now) && !final(err) {
		if err != nil {
			next, to = run.clone(), goesTo(NextWait)
			takeIn(&next)
		}
		to, err = next.hush(to, err, until, now), nil
	}
	if err != nil {
		return err
	}
	next.suspect(*heard.suspects.Load())
	next.leave(to, now)
	*run = next
	return nil
}

// notSent is the error of a call that comes too early, from the deadline on: then there is
// nothing left to wait for.
func notSent(left time.Duration) error {
	return &zenlayer.APIError{Action: "DescribeInstances", Status: http.StatusTooManyRequests, Message: fmt.Sprintf(
		"not sent: an answer before asked to wait %s longer (Retry-After)", left.Round(time.Second))}
}

// hush lets a run that does not end leave Zenlayer alone until then, whatever else is due.
// After the deadline there is no time to wait, so the run ends there: the workflow would
// repeat a call that failed.
func (r *Run) hush(to move, err error, until, now time.Time) move {
	if to.next == NextReport {
		return to
	}
	if !now.Before(r.Deadline) {
		return r.giveUp(cmp.Or(err, errPutOff).Error(), now)
	}
	r.Memory.QuietUntil = until.Unix()
	for i := range r.Memory.Parts {
		r.Memory.Parts[i].QuietUntil = until.Unix()
	}
	if to.next == NextPlan || to.next == NextStop {
		to.next = NextWait
	}
	return to
}

// errPutOff is why the look after the deadline that would confirm a first sighting is not
// made.
var errPutOff = errors.New("an answer asked to wait longer (Retry-After)")

// giveUp closes what is open where nothing can be asked any more, and says why: from the
// deadline on as it was last seen, before it as UNVERIFIED. What was kept until a later time
// than the run is for stays KEPT; the run fails then, as it could not read that again.
func (r *Run) giveUp(why string, now time.Time) move {
	was := r.Instances
	r.forget(now)
	if len(r.Instances) == 0 {
		r.unpack(now)
		r.Instances = append(r.Instances, r.rows(r.Memory.Named, "", now)...)
		r.recall(was)
	}
	for i := range r.Memory.Parts {
		r.Instances = append(r.Instances, r.instancesOf(&r.Memory.Parts[i], now)...)
	}
	unread := r.stayKept(now)
	if !now.Before(r.Deadline) {
		r.timeOut()
		r.say("The last look was not possible: " + why)
	} else {
		r.say("The run could not go on: " + why)
		for _, in := range r.open() {
			in.Close(power.Unverified, "")
		}
	}
	if unread > 0 {
		return endsAs(OutcomeFailed, "")
	}
	return ends()
}

// listener is the API during one call of a Runner. It notes until when Zenlayer asks to
// be left alone, and how far the search for a culprit has come.
type listener struct {
	API
	now      func() time.Time
	until    atomic.Int64             // Unix seconds
	suspects atomic.Pointer[[]string] // as in [Memory]
}

// Describe passes the call on.
func (l *listener) Describe(ctx context.Context, ids []string) (zenlayer.Page, error) {
	page, err := l.API.Describe(ctx, ids)
	last, refused := l.suspects.Load(), zenlayer.BlamesInstance(err)
	if refused && len(ids) > 1 {
		l.suspects.Store(&ids)
	} else if (err == nil || refused) && slices.Contains(*last, ids[0]) {
		l.suspects.CompareAndSwap(last, new([]string)) // it is in another half, or found
	}
	return page, l.hear(err)
}

// List passes the call on.
func (l *listener) List(ctx context.Context, f zenlayer.Filter, pageNum, pageSize int) (zenlayer.Page, error) {
	page, err := l.API.List(ctx, f, pageNum, pageSize)
	return page, l.hear(err)
}

// Ask passes the call on.
func (l *listener) Ask(ctx context.Context, action zenlayer.Action, ids []string) error {
	return l.hear(l.API.Ask(ctx, action, ids))
}

func (l *listener) hear(err error) error {
	if wait := zenlayer.RetryAfter(err); wait > 0 {
		at := l.now().Add(wait + time.Second - 1).Unix()
		for was := l.until.Load(); at > was && !l.until.CompareAndSwap(was, at); was = l.until.Load() {
		}
	}
	return err
}

func (l *listener) quietUntil() time.Time { return time.Unix(l.until.Load(), 0) }

// quietFor is how long Zenlayer is still to be left alone.
func (r *Run) quietFor(now time.Time) time.Duration {
	until := r.Memory.QuietUntil
	if p := r.Memory.Part; p != nil {
		until = max(until, p.QuietUntil)
	}
	return time.Unix(until, 0).Sub(now)
}
