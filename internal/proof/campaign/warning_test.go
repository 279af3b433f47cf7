package campaign

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zenstop/internal/proof/sim"
)

// drawWarning draws the stack's WarnMinutes, and the event's.
func (s *story) drawWarning(c *rand.Rand) {
	s.stackWarn, s.warnMinutes = pick(c, 0, 3*time.Minute, 15*time.Minute), -1
	if c.IntN(3) == 0 && s.source != "aws.cloudwatch" {
		s.warnMinutes = pick(c, 0, 1, 5, 20, 240)
	}
	if s.warning() > 0 && c.IntN(12) == 0 {
		s.troubles = append(s.troubles, trouble{kind: nobodySubscribed})
	}
}

// drawLatecomer draws an instance that a filter matches only after the warning.
func (s *story) drawLatecomer(c *rand.Rand) {
	if due := s.warning(); s.filter && due > 0 && c.IntN(2) == 0 {
		s.fleet = append(s.fleet, member{quirks: []string{"appearsLater"}, Instance: sim.Instance{
			ID: "late-1", StopTakes: time.Minute, AppearsAt: s.deliveries[0] + upTo(c, due), Tags: map[string]string{groupTag: group},
		}})
	}
}

// delayTroubles lets what goes wrong begin with the stops of a warned run, or with the
// run that comes back to kept instances, instead of with the event.
func (s *story) delayTroubles(c *rand.Rand) {
	late := pick(c, 0, s.warning(), pick(c, s.keepTimes...))
	for i := range s.troubles {
		if t := &s.troubles[i]; t.from > 0 || t.until > 0 {
			t.from += late
			if t.until > 0 {
				t.until += late
			}
		}
	}
}

// drawGlimpses lets some instances be off and show as RUNNING in the first answer.
func (s *story) drawGlimpses(c *rand.Rand) {
	for i := range s.fleet {
		m := &s.fleet[i]
		if len(m.quirks) == 0 && c.IntN(3) == 0 {
			m.Status, m.quirks = pick(c, sim.StatusStopped, sim.StatusStopping), []string{"offAndGlimpsed"}
			m.OddStatus, m.OddFrom, m.OddFor = sim.StatusRunning, s.deliveries[0], 3*time.Second
		}
	}
}

// drawNothingToWarnOf lets all instances be on their way down when the event comes, so that
// nobody is warned. Later somebody starts some of them and gives them a keep tag.
func (s *story) drawNothingToWarnOf(c *rand.Rand) {
	if s.warning() == 0 || s.twist != "" || c.IntN(20) > 0 {
		return
	}
	for i := range s.fleet {
		m := &s.fleet[i]
		if m.AppearsAt > 0 {
			continue
		}
		spec := sim.Instance{ID: m.ID, Status: sim.StatusStopping, StopTakes: s.timeout/4 + upTo(c, s.timeout/4), Tags: map[string]string{groupTag: group}}
		m.quirks = []string{"alreadyStopping"}
		if c.IntN(3) > 0 {
			m.quirks = []string{"startedAndKept"}
			spec.RestartsAfter, spec.BootTakes, spec.RestartsFromStopping = upTo(c, s.timeout/4), upTo(c, time.Minute), true
			spec.Retags = []sim.Retag{{At: s.deliveries[0] + upTo(c, s.timeout/4), Tags: tagged(spec.Tags, keepTag, s.keepValue(c))}}
		}
		m.Instance = spec
	}
}

// warned takes in the message that tells of the stops.
func (x *execution) warned(message string) {
	if x.told != nil {
		x.session.judge.wrong("%s warns a second time", x.name)
	}
	if x.session.unheardOf() {
		x.session.judge.wrong("%s warns though nobody is subscribed", x.name)
	}
	x.session.note(warningSent, x.name)
	x.told, x.toldAt = map[string]bool{}, time.Now()
	for word := range strings.FieldsSeq(message) {
		x.told[word] = true
	}
	if at := x.document.StopAt; at != nil {
		x.stopAt = *at
	}
}

// notWarned reports whether the run was refused because its warning could not be sent.
func (x *execution) notWarned() bool {
	w := x.session.world
	if w.unheardOf() && x.told == nil && strings.Contains(x.document.Summary, "nobody is subscribed") {
		return true
	}
	return w.warning() > 0 && w.mute() && (x.told == nil || x.late()) && strings.Contains(x.document.Summary, "warning")
}

// unheardOf reports whether nobody is subscribed to the topic.
func (s *story) unheardOf() bool {
	return slices.ContainsFunc(s.troubles, func(t trouble) bool { return t.kind == nobodySubscribed })
}

// late reports whether the warning came with less than half of its time left, so that it
// is none.
func (x *execution) late() bool {
	return x.stopAt.Sub(x.toldAt) < x.session.warning()/2
}

// noticeTakes is how long SNS takes for this message.
func (s *session) noticeTakes(x *execution) time.Duration {
	if !s.happens(slowNotice, x.name, x.chance) {
		return 0
	}
	i := slices.IndexFunc(s.troubles, func(t trouble) bool { return t.kind == slowNotice })
	return s.troubles[i].takes
}

// hidesTag reports whether the row of this request showed no tags, once, and the one before
// it, of which the execution has learned, came before the tag too: two answers in a row are
// believed.
func (l look) hidesTag(x *execution, number int, tagged func(time.Time) bool) bool {
	l.world.sending.Lock()
	defer l.world.sending.Unlock()
	for i, r := range l.truth.Rows {
		if i > 0 && r.Request == number && r.Untagged {
			before := l.truth.Rows[i-1].Request
			return l.world.hears(x, before) && !tagged(l.world.arrivals[before-1].at)
		}
	}
	return false
}

// warner is the execution whose warning this one goes by: its own, or else that of the large
// run of which it is a part, or of the run which it comes back to.
func (x *execution) warner() *execution {
	for x.told == nil && (x.parent != nil || x.origin != nil) {
		if x.parent != nil {
			x = x.parent
		} else {
			x = x.origin
		}
	}
	return x
}

// mayStopNow checks that a StopInstances call keeps what people were told: it does not
// come before the time of a keep tag, and not without a warning where one is due.
func (j *judge) mayStopNow(id string, q request, looked time.Time, truth sim.Truth, number int) {
	w := j.world
	x := w.executions[w.lambdas[q.sender].owner]
	if x == nil || x.rival() {
		return // a document that came directly, or nothing that has to be told of
	}
	at := q.At.Sub(w.start)
	l := look{world: w, spec: w.spec(id), truth: truth, from: looked, until: looked}
	if kept, until := l.keptAt(looked); kept && (until.IsZero() || q.At.Before(until)) && !l.hidesTag(x, number, l.kept) {
		j.find(early, "StopInstances at %s names %s, whose keep tag holds until %s", at, id, until)
	}
	if due := x.document.StopAt; due != nil && q.At.Before(*due) {
		j.find(early, "StopInstances at %s names %s, and %s holds until %s", at, id, x.name, due)
	}
	if w.warning() == 0 {
		return
	}
	x = x.warner()
	switch {
	case !x.told[id] || q.At.Before(x.toldAt):
		j.find(unwarned, "StopInstances at %s names %s, of which no warning told", at, id)
	case x.late():
		j.find(early, "StopInstances at %s names %s, and the warning came at %s for %s, with less than half of its time left", at, id, x.toldAt.Sub(w.start), x.stopAt.Sub(w.start))
	case q.At.Before(x.stopAt), x.stopAt.Sub(x.toldAt) > w.warning()+time.Second:
		j.find(early, "StopInstances at %s names %s, and the warning of %s gave %s", at, id, x.toldAt, x.stopAt)
	}
}
