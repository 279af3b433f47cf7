package campaign

import (
	"fmt"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

// story is all that one run will meet, drawn from its seed. It is plain data, so a
// shorter story is a copy with something left out.
type story struct {
	seed        uint64
	source      string       // of the event
	action      power.Action // start; empty: stop
	filter      bool         // the target is a filter, else ids
	twist       twist
	timeout     time.Duration // from the claim, or from the end of the warning, to the deadline
	stackWarn   time.Duration // the stack's WarnMinutes
	warnMinutes int           // of the event; below 0: it has none
	keepTimes   []time.Duration
	limit       int      // the stack's MaxInstances
	eventLimit  int      // maxInstances of the event; 0: it has none
	edge        fault    // what the story is drawn as a whole; empty: nothing
	fleet       []member // asked for
	others      int      // instances that nobody asks for
	listsAll    bool     // Zenlayer lists the others too, whatever the filter says
	otherRows   string   // the form of their rows, one of [sim.UnreadableForms]; empty: they can be read
	otherOdd    int      // in so many rows; 0: in all
	otherKept   string   // their keep tag; empty: none
	direct      int      // instances of a run document that somebody sends to StopFunction; 0: nobody does
	deliveries  []time.Duration
	latency     time.Duration // of a call of Zenlayer, at most
	pageSizeCap int           // of the simulator; 0: none
	shuffle     bool
	token       bool // the secret holds a token, else an access key
	dawn        *dawn
	rival       *rival
	troubles    []trouble
}

// twist is what is special about the event.
type twist string

const (
	plain    twist = ""
	dryRun   twist = "a dry run"
	onlyLook twist = "a check only"
	tooMany  twist = "more instances than the stack's MaxInstances"
	misspelt twist = "a misspelt field"
	skipped  twist = "its date is one of SkipDates"
	badZone  twist = "a zone that Zenlayer does not know"
	nobody   twist = "a filter that matches nobody"
)

// expects is the outcome that the event itself decides; empty where the run does.
func (t twist) expects() runs.Outcome {
	switch t {
	case plain, onlyLook:
		return ""
	case dryRun:
		return runs.OutcomePlanned
	case skipped:
		return runs.OutcomeSkipped
	default:
		return runs.OutcomeRefused
	}
}

// member is an instance of the fleet, and by which names its quirks go.
type member struct {
	sim.Instance
	quirks []string
	later  []string // the same of what it does after it was stopped
}

// warning is how long before its stops the run must tell of them; 0: it need not.
func (s *story) warning() time.Duration {
	switch {
	case s.alarm() || s.twist == dryRun || s.twist == onlyLook:
		return 0
	case s.warnMinutes >= 0:
		return time.Duration(s.warnMinutes) * time.Minute
	case s.source == "zenstop.schedule":
		return s.stackWarn
	}
	return 0
}

// foretold is the warning of the run, or of the one that a dry run foretells.
func (s *story) foretold() time.Duration {
	as := *s
	if as.twist == dryRun {
		as.twist = plain
	}
	return as.warning()
}

// clone copies the story as far as a shorter one changes it.
func (s *story) clone() *story {
	c := *s
	c.fleet, c.deliveries, c.troubles = slices.Clone(s.fleet), slices.Clone(s.deliveries), slices.Clone(s.troubles)
	return &c
}

// otherIDs are instances that nobody asks for, and directIDs those of the document
// that somebody sends to StopFunction.
func (s *story) otherIDs() []string  { return numbered("other", s.others) }
func (s *story) directIDs() []string { return numbered(directOwner, s.direct) }

// other is one of these.
func (s *story) other(id string) *sim.Instance {
	in := sim.Instance{ID: id, StopTakes: time.Minute, Tags: map[string]string{groupTag: "day"}}
	if slices.Contains(s.otherIDs(), id) {
		in.Unreadable, in.UnreadableAnswers = s.otherRows, s.otherOdd
		if s.otherKept != "" {
			in.Tags = tagged(in.Tags, keepTag, s.otherKept)
		}
	}
	return &in
}

// mayBeNamed reports whether a report may name the instance: it is asked for, or perhaps
// so, because Zenlayer lists it and its rows cannot be read.
func (w *world) mayBeNamed(id string) bool {
	return w.members[id] != nil || w.listsAll && w.otherRows != "" && slices.Contains(w.otherIDs(), id)
}

func numbered(prefix string, n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("%s-%d", prefix, i+1)
	}
	return ids
}
