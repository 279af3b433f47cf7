package campaign

import (
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/proof/sim"
)

// trouble is one thing that goes wrong.
type trouble struct {
	kind        fault
	from, until time.Duration // from the start of the story; until 0: for ever
	chance      float64       // that it hits a call in that time; 0: always
	times       int           // how often at most; 0: no limit
	action      string        // which calls; empty: any
	call        int           // of a crash: at which call of this action; of partDied: which part
	after       bool          // the call takes effect before it goes wrong
	retryAfter  time.Duration
	form        string        // of notTheAPI; empty: by chance
	takes       time.Duration // of slowNotice
}

// longestRetryAfter is how long a Retry-After is kept to at most.
const longestRetryAfter = 15 * time.Minute

// echo is how long an answer of this trouble keeps the run from asking again.
func (t *trouble) echo() time.Duration { return min(t.retryAfter, longestRetryAfter) }

func (t *trouble) active(now time.Duration) bool {
	return now >= t.from && (t.until == 0 || now < t.until)
}

// bearable is a Retry-After that may come at any time, and does no harm.
const bearable = 10 * time.Second

// outlasts reports whether the trouble keeps a run with this deadline from its end: it
// is there for long, and not over well before the deadline.
func (s *story) outlasts(t *trouble, deadline time.Duration) bool {
	switch t.kind {
	case revoked, noPermission, partDied:
		return true
	case crash, lostResult, noticeFails, slowNotice, nobodySubscribed, secretRotated:
		return false
	case oddRefusal:
		return t.echo() > bearable
	default:
		return t.until > 0 && t.until+t.echo() > deadline-s.timeout/10 || t.until == 0 && t.times == 0 && (t.chance == 0 || t.echo() > bearable)
	}
}

// hopeless reports whether some trouble outlasts the execution.
func (w *world) hopeless(x *execution) bool {
	deadline := x.document.Deadline.Sub(w.start)
	return slices.ContainsFunc(w.troubles, func(t trouble) bool { return w.outlasts(&t, deadline) })
}

// uncallable is how long from then on no function can be called, as far as a report waits for
// it; the attempt after that may come a minute later.
func (w *world) uncallable(from time.Time) time.Duration {
	longest := time.Duration(0)
	for i := range w.troubles {
		if t := &w.troubles[i]; t.kind == lambdaThrottled && t.until > from.Sub(w.start) {
			longest = max(longest, min(t.until-from.Sub(w.start)+time.Minute, longestTry))
		}
	}
	return longest
}

// lastTrouble is when the last trouble of a bounded time is over.
func (s *story) lastTrouble() time.Duration {
	calm := time.Duration(0)
	for i := range s.troubles {
		t := &s.troubles[i]
		if t.until > 0 {
			calm = max(calm, t.until+t.echo())
		}
		if t.kind == secretRotated {
			calm = max(calm, t.from)
		}
	}
	return calm
}

// drawAnswers draws what Zenlayer answers wrongly: now and then all the time, or
// always for a while.
func (s *story) drawAnswers(c *rand.Rand) {
	if c.IntN(4) == 0 {
		return
	}
	for _, kind := range []fault{throttle, unavailable, challenge, timeOut, lostAnswer, noResponse, cutBody, shortPage, notTheAPI, wrongCount} {
		if c.IntN(5) != 0 {
			continue
		}
		t := trouble{kind: kind, action: pick(c, "", sim.ActionStop, sim.ActionDescribe)}
		if kind == unavailable || kind == timeOut || kind == noResponse {
			t.after = c.IntN(2) == 0
		}
		if kind == throttle || kind == unavailable || kind == wrongCount {
			t.retryAfter = pick(c, 0, 0, upTo(c, 10*time.Second), upTo(c, 2*time.Minute), upTo(c, 4*time.Minute))
		}
		if kind == notTheAPI {
			t.form = pick(c, "", pick(c, sim.Forms()...))
		}
		if c.IntN(2) == 0 {
			t.chance = 0.01 + 0.1*c.Float64()
		} else {
			t.from, t.until = s.outage(c)
			t.chance = pick(c, 0, 0.5)
		}
		s.troubles = append(s.troubles, t)
	}
	if c.IntN(8) == 0 {
		t := trouble{kind: oddRefusal, action: pick(c, sim.ActionStop, sim.ActionDescribe), from: pick(c, 0, upTo(c, s.timeout)), times: 1}
		t.retryAfter = pick(c, 0, upTo(c, 4*time.Minute))
		s.troubles = append(s.troubles, t)
	}
}

// outage is a time of failure. Most end before the deadline, most of these well
// before it; the others begin or end within a minute of it, or last for hours.
func (s *story) outage(c *rand.Rand) (from, until time.Duration) {
	from = pick(c, 0, 0, time.Duration(c.Int64N(int64(s.timeout/2))))
	near := s.timeout + time.Duration(c.Int64N(int64(2*time.Minute))) - time.Minute
	switch c.IntN(12) {
	case 0:
		return from, near
	case 1:
		return near, near + upTo(c, time.Hour)
	case 2:
		return from, s.timeout + upTo(c, 8*time.Hour)
	default:
		return from, from + upTo(c, pick(c, time.Minute, s.timeout/4, s.timeout*9/10-from))
	}
}

// drawOutages draws what cannot be reached at all, and what ends a run early.
func (s *story) drawOutages(c *rand.Rand) {
	for _, kind := range []fault{unreachable, lambdaThrottled, secretsDown, startThrottled} {
		if c.IntN(8) == 0 {
			t := trouble{kind: kind}
			t.from, t.until = s.outage(c)
			s.troubles = append(s.troubles, t)
		}
	}
	switch c.IntN(30) {
	case 0:
		s.troubles = append(s.troubles, trouble{kind: noPermission, from: s.endOfAccess(c)})
	case 1:
		s.troubles = append(s.troubles, trouble{kind: revoked, from: s.endOfAccess(c)})
	}
	if c.IntN(10) == 0 {
		s.troubles = append(s.troubles, trouble{kind: secretRotated, from: upTo(c, pick(c, s.timeout, 20*time.Second, 3*time.Second))})
	}
	if c.IntN(12) == 0 {
		s.troubles = append(s.troubles, trouble{kind: slowNotice, chance: pick(c, 0, 0.5), takes: pick(c, upTo(c, 25*time.Second), 45*time.Second)})
	}
	if chance := pick(c, 0, 0, 0.5, 1); chance > 0 {
		s.troubles = append(s.troubles, trouble{kind: noticeFails, chance: chance})
	}
}

// endOfAccess is when Zenlayer begins to refuse all: at any time, or just before the
// deadline, so that the last look is the first that is refused.
func (s *story) endOfAccess(c *rand.Rand) time.Duration {
	before := upTo(c, s.timeout)
	if c.IntN(3) == 0 {
		before = min(before, upTo(c, 20*time.Second))
	}
	return max(0, s.timeout-before)
}

// drawLosses draws where processes end, what the services lose, and which parts die.
func (s *story) drawLosses(c *rand.Rand) {
	for range pick(c, 0, 0, 1, 3) {
		s.troubles = append(s.troubles, trouble{kind: crash, after: c.IntN(2) == 0, call: 1 + c.IntN(12), action: pick(c, sim.ActionStop, sim.ActionDescribe)})
	}
	if c.IntN(5) == 0 {
		s.troubles = append(s.troubles, trouble{kind: crash, after: c.IntN(2) == 0, call: 1 + c.IntN(2), action: pick(c, actionStart, actionSecret)})
	}
	if n := pick(c, 0, 0, 0, 1, 3); n > 0 {
		s.troubles = append(s.troubles, trouble{kind: lostResult, chance: 0.25, times: n})
	}
	if n := pick(c, 0, 0, 0, 0, 1, 2); n > 0 {
		s.troubles = append(s.troubles, trouble{kind: startThrottled, times: n})
	}
	if len(s.fleet) > 1000 && c.IntN(3) == 0 {
		s.troubles = append(s.troubles, trouble{kind: partDied, call: 1 + c.IntN(2), from: upTo(c, s.timeout)})
	}
}
