package campaign

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
)

// keepQuirk is a quirk of an instance with a keep tag.
type keepQuirk struct {
	name  string
	apply func(s *story, in *sim.Instance, c *rand.Rand)
}

// keepQuirks are what may become of a keep tag: it comes, changes, passes, goes, and
// cannot be read.
func keepQuirks() []keepQuirk {
	return []keepQuirk{
		{"kept", func(s *story, in *sim.Instance, c *rand.Rand) { in.Tags = tagged(in.Tags, keepTag, s.keepValue(c)) }},
		{"keptAndProtected", func(s *story, in *sim.Instance, c *rand.Rand) {
			in.Tags = tagged(tagged(in.Tags, keepTag, s.keepValue(c)), protectTag, "")
		}},
		{"noLongerProtected", func(s *story, in *sim.Instance, c *rand.Rand) {
			in.Tags = tagged(in.Tags, keepTag, s.keepValue(c))
			in.Retags = append(in.Retags, sim.Retag{At: s.meanwhile(c), Tags: in.Tags})
			in.Tags = tagged(in.Tags, protectTag, "")
		}},
		{"keepPassed", func(_ *story, in *sim.Instance, c *rand.Rand) {
			in.Tags = tagged(in.Tags, keepTag, pick(c, "1999-12-31T2200Z", "1999-12-31", "1999-12-31T23:59:59Z", "2000-01-01T05:00:00+05:30"))
		}},
		{"keptUnreadably", func(_ *story, in *sim.Instance, c *rand.Rand) {
			in.Tags = tagged(in.Tags, keepTag, pick(c, "", "tonight", "2000-02-30", "2001-06-01"))
		}},
		{"keptToday", func(_ *story, in *sim.Instance, _ *rand.Rand) { in.Tags = tagged(in.Tags, keepTag, eventDate) }},
		{"keptMeanwhile", func(s *story, in *sim.Instance, c *rand.Rand) {
			in.Retags = append(in.Retags, sim.Retag{At: s.meanwhile(c), Tags: tagged(in.Tags, keepTag, s.keepValue(c))})
		}},
		{"keepTakenAway", func(s *story, in *sim.Instance, c *rand.Rand) {
			in.Retags = append(in.Retags, sim.Retag{At: s.meanwhile(c), Tags: maps.Clone(in.Tags)})
			in.Tags = tagged(in.Tags, keepTag, s.keepValue(c))
		}},
		{"keepPutOff", putOff},
	}
}

// putOff sets the keep tag to a later time shortly before its time comes: a few times,
// and now and then so often that nobody comes back any more.
func putOff(s *story, in *sim.Instance, c *rand.Rand) {
	at, step := pick(c, s.keepTimes...), s.keepTimes[0]/4+time.Minute
	in.Tags = tagged(in.Tags, keepTag, keepValue(at, c))
	times := 1 + c.IntN(3)
	if c.IntN(20) == 0 {
		times, step = 24, 2*time.Minute
	}
	for range times {
		before := pick(c, upTo(c, 10*time.Second), upTo(c, time.Minute))
		when := max(at-before, 1)
		at += step
		value := keepValue(at, c)
		if c.IntN(20) == 0 {
			value = "later"
		}
		in.Retags = append(in.Retags, sim.Retag{At: when, Tags: tagged(in.Tags, keepTag, value)})
	}
}

// tagged is a copy of the tags with one more.
func tagged(tags map[string]string, key, value string) map[string]string {
	all := map[string]string{groupTag: group}
	maps.Copy(all, tags)
	all[key] = value
	return all
}

// drawKeepTimes draws the few times that keep tags of a story name: one about when the
// stops are due, others during the run, and after it.
func (s *story) drawKeepTimes(c *rand.Rand) {
	due := s.warning()
	for range 1 + c.IntN(3) {
		at := due + pick(c, upTo(c, 2*time.Minute)-30*time.Second, upTo(c, s.timeout), s.timeout+upTo(c, time.Hour))
		s.keepTimes = append(s.keepTimes, max(at, time.Second).Truncate(time.Second))
	}
}

func (s *story) keepValue(c *rand.Rand) string { return keepValue(pick(c, s.keepTimes...), c) }

// keepValue writes a time of the story as people do.
func keepValue(at time.Duration, c *rand.Rand) string {
	begins, err := time.Parse(time.RFC3339, eventTime)
	if err != nil {
		panic(err) // it is a constant
	}
	if c.IntN(6) == 0 {
		return begins.Add(at).Format(pick(c, localLayouts()...))
	}
	zone := pick(c, time.UTC, time.FixedZone("", 8*3600))
	return begins.Add(at).In(zone).Format(pick(c, keepLayouts()...))
}

// keepLayouts are the ways in which a story writes a time.
func keepLayouts() []string { return []string{time.RFC3339, "2006-01-02T1504Z0700"} }

// localLayouts are those without an offset: the time is in the zone of the stack, UTC.
func localLayouts() []string { return []string{"2006-01-02T15:04", "2006-01-02 15:04"} }

// meanwhile is a moment at which tags change: at any time before the stops are done, or
// in the seconds about the first of them.
func (s *story) meanwhile(c *rand.Rand) time.Duration {
	due := s.warning()
	return max(pick(c, upTo(c, due+3*time.Minute), due+upTo(c, 15*time.Second)-5*time.Second), 1)
}

// holds reads a keep tag: whether it keeps an instance at a moment, and until when; the
// time is zero where nobody can tell.
func holds(value string, at time.Time) (kept bool, until time.Time) {
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		until = day.AddDate(0, 0, 1)
	}
	for _, layout := range slices.Concat(keepLayouts(), localLayouts()) {
		if t, err := time.Parse(layout, value); err == nil {
			until = t
		}
	}
	const longest = 100 * 24 * time.Hour
	if until.IsZero() || until.Sub(at) > longest {
		return true, time.Time{}
	}
	return until.After(at), until
}

// moments are those at which the tags may have been read: the first, and each at which
// they changed.
func (l look) moments() []time.Time {
	all := []time.Time{l.from}
	add := func(at time.Duration) {
		if t := l.world.start.Add(at); at > 0 && t.After(l.from) && !t.After(l.until) {
			all = append(all, t)
		}
	}
	add(l.spec.LaterTagsAt)
	for _, r := range l.spec.Retags {
		add(r.At)
	}
	return all
}

// kept reports whether a keep tag held at that moment.
func (l look) kept(at time.Time) bool {
	is, _ := l.keptAt(at)
	return is
}

// keptAt reports whether a keep tag held at that moment, and until when.
func (l look) keptAt(at time.Time) (kept bool, until time.Time) {
	value, ok := l.spec.TagsAt(at.Sub(l.world.start))[keepTag]
	if !ok {
		return false, time.Time{}
	}
	return holds(value, at)
}

// keptAs reports whether a keep tag held with the time that the document gives. There
// is none where nobody can tell it, or where it was put off too often.
func (l look) keptAs(in *power.Instance) bool {
	const mostKeeps = 20
	return slices.ContainsFunc(l.moments(), func(at time.Time) bool {
		kept, until := l.keptAt(at)
		switch {
		case !kept:
			return false
		case in.KeepUntil == nil:
			return until.IsZero() || in.Keeps > mostKeeps
		}
		return in.KeepUntil.Equal(until)
	})
}
