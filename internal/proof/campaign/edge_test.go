package campaign

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"zenstop/internal/proof/sim"
)

// drawBlindness makes another story of it: a few instances that are down or
// protected already, or a zone that nobody knows, and after the plan has seen that
// nothing can be asked any more, to the deadline or a little longer.
func (s *story) drawBlindness(c *rand.Rand) {
	s.stackWarn, s.warnMinutes, s.eventLimit = 0, -1, 0
	s.fleet, s.troubles, s.limit, s.twist, s.pageSizeCap = s.fleet[:min(len(s.fleet), 1+c.IntN(5))], nil, 10_000, plain, 0
	for i := range s.fleet {
		s.fleet[i] = member{quirks: []string{"alreadyStopped"}, Instance: sim.Instance{
			ID: s.fleet[i].ID, Tags: s.fleet[i].Tags, Status: pick(c, sim.StatusStopped, sim.StatusStopping), StopTakes: upTo(c, s.timeout),
		}}
	}
	t := trouble{kind: pick(c, unavailable, unreachable, lambdaThrottled, secretsDown, noPermission, noPermission, revoked), from: upTo(c, 5*time.Second)}
	if t.kind != noPermission && t.kind != revoked {
		t.until = s.timeout + pick(c, upTo(c, 10*time.Second), upTo(c, time.Hour))
	}
	if t.kind == secretsDown {
		s.troubles = append(s.troubles, trouble{kind: secretRotated, from: t.from}) // else the cache hides it
	}
	if c.IntN(4) == 0 {
		s.filter, s.twist, s.latency = true, badZone, 3*time.Second
	}
	s.troubles = append(s.troubles, t)
}

// drawRescue makes another story of the fleet: a few instances that Zenlayer rejects
// to stop with a code that no list has, and that somebody else stops in time; or that
// it lists as STOPPED and refuses to describe by their ids.
func (s *story) drawRescue(c *rand.Rand) {
	s.stackWarn, s.warnMinutes, s.eventLimit = 0, -1, 0
	s.fleet, s.limit, s.twist = s.fleet[:min(len(s.fleet), 1+c.IntN(3))], 10_000, plain
	listed := c.IntN(3) == 0
	s.filter = s.filter || listed
	for i := range s.fleet {
		m := member{quirks: []string{"refusesStop"}, Instance: sim.Instance{
			ID: s.fleet[i].ID, Tags: s.fleet[i].Tags, RefusesStop: codeOddStop, ExternalStopAt: upTo(c, time.Minute), StopTakes: upTo(c, time.Minute),
		}}
		if listed {
			m = member{quirks: []string{"refusesDescribe"}, Instance: sim.Instance{
				ID: m.ID, Tags: m.Tags, Status: sim.StatusStopped, RefusesDescribe: codeOddDescribe,
			}}
		}
		s.fleet[i] = m
	}
}

// drawLastSecond makes another story of it: an instance is RUNNING only shortly
// before the deadline, so that the stop round crosses it, and Zenlayer stops the
// instance without an answer.
func (s *story) drawLastSecond(c *rand.Rand) {
	s.stackWarn, s.warnMinutes, s.eventLimit = 0, -1, 0
	s.timeout, s.latency, s.limit, s.twist, s.deliveries = time.Duration(2+c.IntN(5))*time.Minute, 3*time.Second, 10_000, plain, []time.Duration{0}
	s.troubles = []trouble{{kind: timeOut, action: sim.ActionStop, after: true}}
	s.fleet = []member{{quirks: []string{"starting"}, Instance: sim.Instance{
		ID: s.fleet[0].ID, Tags: s.fleet[0].Tags, Status: sim.StatusBooting, BecomesRunningAfter: s.timeout - 5*time.Second - upTo(c, 25*time.Second), StopTakes: time.Second,
	}}}
}

// drawNoPlan makes another story of the fleet: nothing can be asked until the deadline,
// so that the first look is the last one. Some of a few instances are kept, and often the
// event is a dry run, so that nobody may come back to them.
func (s *story) drawNoPlan(c *rand.Rand) {
	s.stackWarn, s.warnMinutes, s.eventLimit, s.filter = 0, -1, 0, false
	s.fleet, s.limit, s.twist, s.deliveries = s.fleet[:min(len(s.fleet), 1+c.IntN(4))], 10_000, plain, []time.Duration{0}
	if s.source != "aws.cloudwatch" {
		s.twist = pick(c, plain, dryRun, dryRun)
	}
	s.keepTimes = []time.Duration{s.timeout + time.Minute + upTo(c, time.Hour)}
	for i := range s.fleet {
		m := member{Instance: sim.Instance{ID: s.fleet[i].ID, Tags: map[string]string{groupTag: group}, StopTakes: upTo(c, time.Minute)}}
		if c.IntN(2) == 0 {
			m.Tags, m.quirks = tagged(m.Tags, keepTag, s.keepValue(c)), []string{"kept"}
		}
		s.fleet[i] = m
	}
	s.troubles = []trouble{{kind: pick(c, unavailable, unreachable, lambdaThrottled), until: s.timeout + upTo(c, 5*time.Second)}}
}

// drawEdge makes another story of one in six, and lets the troubles of the others begin
// with the stops of a warned run, say.
func (s *story) drawEdge(c *rand.Rand) {
	edges := []struct {
		share int // of 1,000 stories
		draw  func(*rand.Rand)
	}{
		{40, s.drawBlindness},
		{20, s.drawRescue},
		{20, s.drawLastSecond},
		{20, s.drawNoPlan},
		{15, s.drawShares},
		{12, s.drawKeepsAbreast},
		{15, s.drawAfterStop},
		{2, s.drawLongOutage},
		{1, s.drawCrowd},
		{8, s.drawLateWarning},
	}
	n := c.IntN(1000)
	for _, edge := range edges {
		if n -= edge.share; n < 0 {
			edge.draw(c)
			return
		}
	}
	s.delayTroubles(c)
}

// quietly makes another story of it, without anything that goes wrong but crashes and lost
// results: a request, or the schedule, at once.
func (s *story) quietly(edge fault, c *rand.Rand) {
	s.edge, s.source = edge, pick(c, "zenstop", "zenstop", "zenstop.schedule")
	s.stackWarn, s.warnMinutes, s.twist, s.deliveries, s.pageSizeCap = 0, -1, plain, []time.Duration{0}, 0
	s.limit, s.eventLimit = 10_000, 0
	s.troubles = slices.DeleteFunc(s.troubles, func(t trouble) bool {
		return t.kind != crash && t.kind != lostResult && t.kind != noticeFails || c.IntN(2) == 0
	})
}

// plainFleet are so many instances without anything odd.
func plainFleet(n int, stopTakes func() time.Duration) []member {
	fleet := make([]member, n)
	for i := range fleet {
		fleet[i] = member{Instance: sim.Instance{ID: fmt.Sprintf("i-%04d", i+1), StopTakes: stopTakes(), Tags: map[string]string{groupTag: group}}}
	}
	return fleet
}

// drawShares makes another story of it: a filter matches many that are protected or kept
// at the plan, and the few others are as many as the event allows, or nearly so. Between
// the plan and the first look of the parts the tags go, so that a part has a share of the
// limit that is 0 and everything to stop.
func (s *story) drawShares(c *rand.Rand) {
	s.quietly(sharesOfZero, c)
	s.filter, s.timeout, s.latency = true, min(s.timeout, 10*time.Minute), pick(c, 50*time.Millisecond, 200*time.Millisecond, 500*time.Millisecond)
	n, calls := 4+c.IntN(40), 0.7+1.3*c.Float64() // calls of Zenlayer at their slowest until the tags go: the plan needs one, and of a large run four
	if c.IntN(3) == 0 {
		n, calls = 1001+c.IntN(600), 2.2+4*c.Float64()
	}
	due := 1 + c.IntN(min(10, n/2))
	s.eventLimit, s.limit = due+pick(c, 0, 0, 1), pick(c, n, n/4+due, 10_000)
	until := time.Duration(calls * float64(s.latency))
	s.keepTimes = []time.Duration{max(until, time.Second).Truncate(time.Second)}
	kept := c.IntN(3) == 0 && until > time.Second
	s.fleet = plainFleet(n, func() time.Duration { return upTo(c, time.Minute) })
	for i := due; i < n; i++ {
		m := &s.fleet[i]
		m.quirks = []string{"protectedUntilThePlan"}
		if kept {
			m.quirks = []string{"keptUntilThePlan"}
			m.Tags = tagged(m.Tags, keepTag, keepValue(s.keepTimes[0], c))
			continue
		}
		m.LaterTags, m.LaterTagsAt, m.Tags = m.Tags, until, tagged(m.Tags, protectTag, "")
	}
}

// drawKeepsAbreast makes another story of it: keeps end minutes after each other, while
// the run, or the one that comes back, is busy with a machine that never stops.
func (s *story) drawKeepsAbreast(c *rand.Rand) {
	s.quietly(keepsAbreast, c)
	s.timeout, s.latency = time.Duration(pick(c, 20, 30, 60, 90))*time.Minute, min(s.latency, time.Second)
	s.fleet = plainFleet(2+c.IntN(4), func() time.Duration { return upTo(c, 3*time.Minute) })
	at := time.Duration(c.Int64N(int64(s.timeout)))
	first := c.IntN(2) == 0 // the busy one is kept too: the run that comes back is busy
	s.keepTimes = nil
	for i := range s.fleet {
		m := &s.fleet[i]
		if i == 0 {
			m.NeverStops, m.quirks = true, []string{"neverStops"}
		}
		if i == 0 && !first {
			continue
		}
		at += upTo(c, min(15*time.Minute, s.timeout/3))
		at = at.Truncate(time.Second)
		s.keepTimes = append(s.keepTimes, at)
		m.Tags, m.quirks = tagged(m.Tags, keepTag, keepValue(at, c)), append(m.quirks, "kept")
	}
}

// drawAfterStop makes another story of it: some machines change once more after they were
// STOPPED, while the run waits for others.
func (s *story) drawAfterStop(c *rand.Rand) {
	s.quietly(changesAfterStop, c)
	s.timeout = min(s.timeout, 20*time.Minute)
	s.fleet = plainFleet(2+c.IntN(6), func() time.Duration { return upTo(c, s.timeout*2/3) })
	all := doubtfulQuirks()
	for i := range s.fleet {
		m := &s.fleet[i]
		if q := pick(c, all...); i > 0 && m.AfterStop == "" && (q.name == "stoppingAgain" || q.name == "oddAfterStop" || q.name == "recycledAfterStop" || q.name == "falseStopped") {
			m.StopTakes = upTo(c, time.Minute)
			q.apply(&m.Instance, c, s.timeout)
			m.quirks = []string{q.name}
		}
	}
}

// drawLongOutage makes another story of it: nothing can be asked for most of half a day.
func (s *story) drawLongOutage(c *rand.Rand) {
	s.quietly(longOutage, c)
	s.timeout, s.latency = time.Duration(pick(c, 720, 720, 480+c.IntN(241)))*time.Minute, min(s.latency, 500*time.Millisecond)
	s.fleet = plainFleet(1+c.IntN(3), func() time.Duration { return upTo(c, 5*time.Minute) })
	from := pick(c, 0, 0, 0, upTo(c, time.Minute))
	s.troubles = append(s.troubles, trouble{kind: pick(c, unavailable, unreachable, secretsDown, notTheAPI), from: from, until: s.timeout - time.Hour - upTo(c, 10*time.Minute)})
}

// drawLateWarning makes another story of it: the message that tells of the stops comes late,
// for SNS times out or takes its time.
func (s *story) drawLateWarning(c *rand.Rand) {
	s.quietly(lateWarning, c)
	s.warnMinutes = pick(c, 1, 1, 2, 3)
	s.fleet = s.fleet[:min(len(s.fleet), 10)]
	s.troubles = append(s.troubles, trouble{kind: slowNotice, chance: pick(c, 0, 0.5), takes: pick(c, upTo(c, 28*time.Second), 45*time.Second)})
}

// drawCrowd makes another story of it: as many instances as one execution has room for,
// with ids of the most characters, names of the most bytes, and much to remember of each.
func (s *story) drawCrowd(c *rand.Rand) {
	s.quietly(crowdedRun, c)
	s.timeout, s.latency, s.filter = 10*time.Minute, min(s.latency, 500*time.Millisecond), c.IntN(2) == 0
	length := pick(c, 25, 25, 40, 64)
	n := min(1000, 240_000/(length+215))
	s.fleet = plainFleet(n, func() time.Duration { return upTo(c, time.Minute) })
	starts := pick(c, sim.StatusInstalling, sim.StatusCreating, sim.StatusRunning)
	absent, absentFrom, refused := c.IntN(3), 4+c.IntN(3), pick(c, 0, 40, 1)
	if refused == 1 { // each is refused on its own, and left out of two answers when it is on its way
		starts, absent, absentFrom = sim.StatusInstalling, 2, 8+c.IntN(8)
		s.troubles, s.latency = nil, 0
	}
	if s.filter {
		absentFrom += 8 // two listings in a row without any are believed
	}
	for i := range s.fleet {
		m := &s.fleet[i]
		m.quirks = []string{"crowded"}
		m.ID += strings.Repeat("x", length-len(m.ID))
		m.Name = pick(c, forgingNames()...)
		if m.Status = starts; starts != sim.StatusRunning {
			m.BecomesRunningAfter = time.Minute
		}
		m.AbsentAnswers, m.AbsentFrom = absent, absentFrom
		if refused > 0 && i%refused == 0 {
			m.RefusesStop, m.RefusesStopUntil = codeOddStop, 2*time.Minute
			m.AbsentFrom += 8 // the search for what is refused takes as many looks
			m.StopTakes = 5 * time.Minute
		}
	}
}
