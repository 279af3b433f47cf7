package campaign

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"zenstop/internal/shutdown"
	"zenstop/internal/sim"
)

// story is all that one run will meet, drawn from its seed. It is plain data, so a
// shorter story is a copy with something left out.
type story struct {
	seed        uint64
	source      string // of the event
	filter      bool   // the target is a filter, else ids
	twist       twist
	timeout     time.Duration // from the claim to the deadline
	limit       int           // the stack's MaxInstances
	fleet       []member      // asked for
	others      int           // instances that nobody asks for
	direct      int           // instances of a run document that somebody sends to StopFunction; 0: nobody does
	deliveries  []time.Duration
	latency     time.Duration // of a call of Zenlayer, at most
	pageSizeCap int           // of the simulator; 0: none
	shuffle     bool
	token       bool // the secret holds a token, else an access key
	troubles    []trouble
}

// twist is what is special about the event.
type twist string

const (
	plain    twist = ""
	dryRun   twist = "a dry run"
	tooMany  twist = "more instances than the stack's MaxInstances"
	misspelt twist = "a misspelt field"
	skipped  twist = "its date is one of SkipDates"
	badZone  twist = "a zone that Zenlayer does not know"
	nobody   twist = "a filter that matches nobody"
)

// expects is the outcome that the event itself decides; empty where the run does.
func (t twist) expects() shutdown.Outcome {
	switch t {
	case plain:
		return ""
	case dryRun:
		return shutdown.OutcomePlanned
	case skipped:
		return shutdown.OutcomeSkipped
	default:
		return shutdown.OutcomeRefused
	}
}

// member is an instance of the fleet, and by which names its quirks go.
type member struct {
	sim.Instance
	quirks []string
}

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
}

func (t *trouble) active(now time.Duration) bool {
	return now >= t.from && (t.until == 0 || now < t.until)
}

// bounded reports whether the trouble is a time of constant failure with an end.
func (t *trouble) bounded() bool { return t.until > 0 }

// outlasts reports whether the trouble keeps a run from its end: it is there for
// long, and not over well before the deadline.
func (s *story) outlasts(t *trouble) bool {
	switch t.kind {
	case revoked, noPermission, partDied:
		return true
	case crash, lostResult, noticeFails, secretRotated, oddRefusal:
		return false
	}
	return t.bounded() && t.until > s.timeout*9/10 || !t.bounded() && t.chance == 0 && t.times == 0
}

// outlasted reports whether some trouble outlasts the run.
func (s *story) outlasted() bool {
	return slices.ContainsFunc(s.troubles, func(t trouble) bool { return s.outlasts(&t) })
}

// lastTrouble is when the last trouble of a bounded time is over.
func (s *story) lastTrouble() time.Duration {
	calm := time.Duration(0)
	for i := range s.troubles {
		if t := &s.troubles[i]; t.bounded() {
			calm = max(calm, t.until)
		} else if t.kind == secretRotated {
			calm = max(calm, t.from)
		}
	}
	return calm
}

// clone copies the story as far as a shorter one changes it.
func (s *story) clone() *story {
	c := *s
	c.fleet, c.deliveries, c.troubles = slices.Clone(s.fleet), slices.Clone(s.deliveries), slices.Clone(s.troubles)
	return &c
}

// lines tells the story, for a finding.
func (s *story) lines() []string {
	target := "by ids"
	if s.filter {
		target = "by a filter"
	}
	first := fmt.Sprintf("An event of %s asks for %d instances %s; the deadline is after %s, MaxInstances is %d.", s.source, len(s.fleet), target, s.timeout, s.limit)
	lines := []string{first, fmt.Sprintf("It is delivered at %v.", s.deliveries)}
	say := func(that bool, format string, args ...any) {
		if that {
			lines = append(lines, fmt.Sprintf(format, args...))
		}
	}
	say(s.twist != plain, "Special about it: %s.", s.twist)
	say(s.others > 0, "The account has %d other instances.", s.others)
	say(s.direct > 0, "Somebody sends a document with %d instances to StopFunction.", s.direct)
	say(s.latency > 0, "Calls of Zenlayer take up to %s.", s.latency)
	say(s.pageSizeCap > 0, "A page has at most %d rows.", s.pageSizeCap)
	say(s.shuffle, "Instances are listed in any order.")
	for i := range s.troubles {
		say(true, "%s.", s.troubles[i].String())
	}
	for i := range s.fleet {
		m := &s.fleet[i]
		say(len(m.quirks) > 0, "%s: %s (%s).", m.ID, strings.Join(m.quirks, ", "), m.behaviour())
	}
	return lines
}

// String says what goes wrong, and when.
func (t *trouble) String() string {
	s := string(t.kind)
	say := func(that bool, format string, args ...any) {
		if that {
			s += fmt.Sprintf(format, args...)
		}
	}
	say(t.action != "", " of %s", t.action)
	say(t.call > 0, " number %d", t.call)
	say(t.after, ", after it took effect")
	say(t.from > 0, ", from %s", t.from)
	say(t.until > 0, ", until %s", t.until)
	say(t.chance > 0, ", by chance %.2f", t.chance)
	say(t.times > 0, ", %d times", t.times)
	say(t.retryAfter > 0, ", Retry-After %s", t.retryAfter)
	return s
}

// behaviour shows the fields of an odd instance that are not zero.
func (m *member) behaviour() string {
	text := fmt.Sprintf("%+v", m.Instance)
	return strings.Join(slices.DeleteFunc(strings.Fields(strings.Trim(text, "{}")), func(field string) bool {
		_, value, _ := strings.Cut(field, ":")
		return slices.Contains([]string{"", "0", "0s", "false", "[]", "map[]"}, value)
	}), " ")
}

// otherIDs are instances that nobody asks for, and directIDs those of the document
// that somebody sends to StopFunction.
func (s *story) otherIDs() []string  { return numbered("other", s.others) }
func (s *story) directIDs() []string { return numbered(directOwner, s.direct) }

func numbered(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", prefix, i+1)
	}
	return ids
}
