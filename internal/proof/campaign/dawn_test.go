package campaign

import (
	"math/rand/v2"
	"time"

	"zenstop/internal/proof/sim"
	"zenstop/internal/runs"
)

const everyDay = "MON,TUE,WED,THU,FRI,SAT,SUN"

// dawn is when what a run stops is to be started again.
type dawn struct {
	after  time.Duration // of a startAt of the event, from the start of the story
	clock  string        // of a startTime, or of the stack's StartTime; empty: it is a startAt
	stack  bool
	change time.Duration // when the stack's StartTime changes; 0: never
	to     string        // what it is then
	blind  time.Duration // when the stack's settings for starts can no longer be read
	clear  time.Duration // when they can again; 0: they always can
}

// blinds reports whether the settings cannot be read at some moment of this time.
func (d *dawn) blinds(from, until time.Duration) bool { return from < d.clear && until >= d.blind }

// tell adds to the detail of an event when its instances are to be started again.
func (d *dawn) tell(detail map[string]any) {
	switch {
	case d == nil || d.stack:
	case d.clock != "":
		detail["startTime"], detail["startDays"] = d.clock, everyDay
	default:
		detail["startAt"] = begins().Add(d.after).Format(time.RFC3339)
	}
}

// begins is when the event was sent.
func begins() time.Time {
	at, err := time.Parse(time.RFC3339, eventTime)
	if err != nil {
		panic(err) // it is a constant
	}
	return at
}

// clockAt is a time of the story in whole minutes, as HH:MM of its day, not before it.
func clockAt(after time.Duration) string {
	return begins().Add(after + time.Minute - time.Second).Truncate(time.Minute).Format("15:04")
}

// drawMorning lets the run start again what it stops: while it is at work, soon after, or
// hours later. What happens to the machines until then, and how they start, is drawn too.
func (s *story) drawMorning(c *rand.Rand) {
	if s.alarm() || s.twist == onlyLook || c.IntN(3) > 0 {
		return
	}
	ends := s.deliveries[0] + s.warning() + s.timeout
	after := pick(c, s.deliveries[0]+s.warning()+upTo(c, s.timeout), ends+upTo(c, time.Hour), ends+upTo(c, 10*time.Hour), ends+time.Hour+upTo(c, 10*time.Hour)).Truncate(time.Second)
	s.dawn = &dawn{after: after}
	if s.source == "zenstop.schedule" || c.IntN(2) == 0 {
		s.dawn = &dawn{clock: clockAt(after), stack: s.source == "zenstop.schedule"}
	}
	if s.dawn.stack && c.IntN(3) == 0 && after > 3*time.Minute {
		s.dawn.change = upTo(c, after-2*time.Minute)
		s.dawn.to = pick(c, "", clockAt(after+upTo(c, 3*time.Hour)), clockAt(after+upTo(c, 3*time.Hour)), clockAt(after/2), "7 o'clock")
	}
	share := pick(c, 0, 0.2, 0.5)
	for i := range s.fleet {
		if m := &s.fleet[i]; len(m.quirks) == 0 && c.Float64() < share {
			s.drawNight(m, ends+10*time.Minute, after, c)
		}
	}
}

// drawNight draws what becomes of a machine that stops without anything odd: from when the
// stop is surely over until the start, and when it is started.
func (s *story) drawNight(m *member, from, until time.Duration, c *rand.Rand) {
	kind := pick(c, "slowStart", "neverStarts", "ignoresStarts", "fallsAgain", "refusesStart", "refusesStartForAWhile")
	if until > from+time.Minute && c.IntN(2) == 0 {
		kind = pick(c, "startedAtNight", "protectedAtNight", "recycledAtNight", "vanishesAtNight")
	}
	at := from + time.Duration(c.Int64N(int64(max(time.Second, until-from))))
	switch kind {
	case "slowStart":
		m.BootTakes = upTo(c, 5*time.Minute)
	case "neverStarts":
		m.NeverStarts = true
	case "ignoresStarts":
		m.IgnoresStarts = 1 + c.IntN(4)
	case "fallsAgain":
		m.StopsAgainAfter = upTo(c, 3*time.Minute)
	case "refusesStart":
		m.RefusesStart = pick(c, "RESOURCE_INSUFFICIENT_STOCK", "OPERATION_DENIED_INSTANCE_LOCKED", sim.CodeInstanceNotStopped, sim.CodeParameterValue)
	case "refusesStartForAWhile":
		m.RefusesStart, m.RefusesStartUntil = "RESOURCE_INSUFFICIENT_STOCK", until+upTo(c, s.timeout*2/3)
	case "startedAtNight":
		m.ExternalStartAt = at
	case "protectedAtNight":
		m.Retags = append(m.Retags, sim.Retag{At: at, Tags: tagged(m.Tags, protectTag, "")})
	case "recycledAtNight":
		m.RecycledAt = at
	case "vanishesAtNight":
		m.VanishesAt = at
	}
	m.later = []string{kind}
}

// mornings are the stack's settings for starts, as they are now.
func (w *world) mornings() runs.Mornings {
	set := runs.Mornings{StartDays: everyDay}
	if d := w.dawn; d != nil && d.stack {
		if set.StartTime = d.clock; d.change > 0 && w.elapsed() >= d.change {
			set.StartTime = d.to
		}
		if d.blinds(w.elapsed(), w.elapsed()) {
			set.Mistake = "StartSkipDates: \"tomorrow\" is no date."
		}
	}
	return set
}

// drawDoubts draws what a start in the morning may meet besides: settings that cannot be read for a while,
// and machines that were asked to stop too late for this run, and are protected while the run
// that comes back to them is at work.
func (s *story) drawDoubts(c *rand.Rand) {
	d := s.dawn
	if d == nil {
		return
	}
	if d.stack && c.IntN(3) == 0 {
		d.blind = pick(c, 0, upTo(c, s.deliveries[0]+s.warning()+time.Minute), upTo(c, s.dueIn()+time.Hour))
		d.clear = d.blind + pick(c, upTo(c, s.warning()+time.Minute), upTo(c, s.dueIn()+time.Hour))
	}
	ends := s.deliveries[0] + s.warning() + s.timeout
	if s.twist != plain || s.edge != "" || c.IntN(4) > 0 || s.dueIn() < ends+5*time.Minute {
		return
	}
	for i := range s.fleet {
		if m := &s.fleet[i]; len(m.quirks)+len(m.later) == 0 && c.IntN(3) == 0 {
			until := ends - upTo(c, min(s.timeout/2, 2*time.Minute))
			kept, again := tagged(m.Tags, keepTag, keepValue(until.Truncate(time.Second), c)), ends+upTo(c, s.dueIn()-ends)
			m.StopTakes = upTo(c, 10*time.Minute)
			m.Retags = append(m.Retags, sim.Retag{At: until + upTo(c, again-until), Tags: tagged(kept, protectTag, "")}, sim.Retag{At: again, Tags: kept})
			m.Tags, m.quirks = kept, []string{"protectedWhileKept"}
		}
	}
}

// dueIn is how long after the start of the story what it stops is to be started again, about.
func (s *story) dueIn() time.Duration {
	if s.dawn.clock == "" {
		return s.dawn.after
	}
	return nextClock(begins().Add(s.warning()), s.dawn.clock).Sub(begins())
}
