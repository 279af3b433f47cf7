package campaign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/sim"
)

// The tag by which a filter selects.
const (
	groupTag = "group"
	group    = "night"
)

// Bounds of the drawing. One run in a hundred is a large one, which has parts.
const (
	largest    = 3500
	largeShare = 100
)

// draw makes the story of a seed.
func draw(seed uint64) *story {
	c := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a simulation must be repeatable by its seed
	s := &story{seed: seed, timeout: time.Duration(pick(c, 2, 5, 5, 10, 10, 15, 15, 20, 30, 60)) * time.Minute}
	s.source = pick(c, "zenstop", "zenstop", "zenstop.schedule", "aws.cloudwatch")
	s.filter = c.IntN(3) == 0
	s.latency = pick(c, 0, 50*time.Millisecond, 500*time.Millisecond, 3*time.Second, 7*time.Second)
	s.shuffle, s.token, s.others = c.IntN(2) == 0, c.IntN(2) == 0, c.IntN(5)
	s.drawFleet(c)
	s.drawDeliveries(c)
	s.drawPages(c)
	s.drawTwist(c)
	s.drawAnswers(c)
	s.drawOutages(c)
	s.drawLosses(c)
	switch c.IntN(50) {
	case 0, 1:
		s.drawBlindness(c)
	case 2:
		s.drawRescue(c)
	case 3:
		s.drawLastSecond(c)
	}
	return s
}

// drawFleet draws the instances: as many small fleets as large ones.
func (s *story) drawFleet(c *rand.Rand) {
	n := int(math.Exp(c.Float64() * math.Log(float64(pick(c, 12, 12, 40, 40, 40, 300)+1))))
	share := pick(c, 0, 0.1, 0.3, 1)
	if c.IntN(largeShare) == 0 {
		u := c.Float64()
		n, share = 1001+int(u*u*u*(largest-1001)), pick(c, 0, 0.01, 0.05)
		s.timeout, s.latency = min(s.timeout, 15*time.Minute), min(s.latency, 500*time.Millisecond)
		s.filter = s.filter || n > 2900 || c.IntN(3) == 0 // an event has room for fewer ids
	}
	slowest := upTo(c, min(s.timeout/2, 10*time.Minute))
	for i := range n {
		m := member{Instance: sim.Instance{ID: fmt.Sprintf("i-%04d", i+1), StopTakes: upTo(c, slowest), Tags: map[string]string{groupTag: group}}}
		if c.Float64() < share {
			s.spoil(&m, c)
		}
		s.fleet = append(s.fleet, m)
	}
}

// spoil gives an instance one quirk, sometimes two.
func (s *story) spoil(m *member, c *rand.Rand) {
	all := quirks()
	for range 1 + c.IntN(4)/3 {
		q := all[c.IntN(len(all))]
		if s.filter && (q.name == "missing" || q.name == "absentAnswers") {
			continue // a filter asks for what is listed when it is resolved
		}
		q.apply(&m.Instance, c, s.timeout)
		m.quirks = append(m.quirks, q.name)
	}
	if m.AppearsAt > 0 {
		m.AbsentAnswers = 0 // after the time before it, absences would add up to what the contract believes
	}
}

// drawDeliveries draws when the event comes, and comes again: most often at once,
// sometimes minutes later, sometimes after MaxEventAgeMinutes.
func (s *story) drawDeliveries(c *rand.Rand) {
	for range pick(c, 1, 1, 1, 2, 3, 6) {
		s.deliveries = append(s.deliveries, pick(c, 0, 0, upTo(c, 5*time.Minute), upTo(c, s.timeout), time.Hour+upTo(c, 5*time.Hour)))
	}
	slices.Sort(s.deliveries)
	if c.IntN(20) > 0 {
		s.deliveries[0] = min(s.deliveries[0], pick(c, 0, 0, 0, upTo(c, 5*time.Minute)))
	}
	if c.IntN(15) == 0 {
		s.direct = 1 + c.IntN(20)
	}
}

// drawTwist draws what is special about the event. The limit of the stack is often
// just large enough.
func (s *story) drawTwist(c *rand.Rand) {
	s.limit = pick(c, 10_000, len(s.fleet), len(s.fleet))
	plainOnes := 0
	for i := range s.fleet {
		if len(s.fleet[i].quirks) == 0 {
			plainOnes++
		}
	}
	request := s.source != "aws.cloudwatch"
	switch n := c.IntN(60); {
	case n < 3 && request:
		s.twist = dryRun
	case n < 6 && plainOnes > 1:
		s.twist, s.limit = tooMany, plainOnes-1
	case n == 6 && request:
		s.twist = misspelt
	case n < 11 && s.source == "zenstop.schedule":
		s.twist = skipped
	case n < 13 && s.filter:
		s.twist = badZone
	case n == 13 && s.filter:
		s.twist = nobody
	}
}

// drawPages draws a page size that makes a listing of several pages, at most
// eight, and instances that appear and vanish while they are read.
func (s *story) drawPages(c *rand.Rand) {
	size := pick(c, 5, 5, 20, 100)
	if !s.filter || size >= len(s.fleet) || size*8 < len(s.fleet) {
		return
	}
	swaps := c.IntN(3) > 0
	if swaps {
		s.latency = max(s.latency, 50*time.Millisecond) // else all pages are of one moment
	}
	pages := time.Duration(len(s.fleet)/size + 1)
	if pages*s.latency > 25*time.Second {
		return // two passes over the pages would take longer than a function has
	}
	if s.pageSizeCap = size; !swaps {
		return
	}
	for n := range 1 + c.IntN(3) {
		at := s.deliveries[0] + time.Millisecond + time.Duration(c.Int64N(int64(pages*s.latency/2)))
		gone := &s.fleet[c.IntN(len(s.fleet))]
		if len(gone.quirks) == 0 {
			gone.VanishesAt, gone.quirks = at, []string{"vanishes"}
			s.fleet = append(s.fleet, member{quirks: []string{"appearsLater"}, Instance: sim.Instance{
				ID: fmt.Sprintf("new-%d", n+1), StopTakes: time.Minute, AppearsAt: at, Tags: map[string]string{groupTag: group},
			}})
		}
	}
}

// drawAnswers draws what Zenlayer answers wrongly: now and then all the time, or
// always for a while.
func (s *story) drawAnswers(c *rand.Rand) {
	if c.IntN(4) == 0 {
		return
	}
	for _, kind := range []fault{throttle, unavailable, challenge, timeOut, lostAnswer, noResponse, cutBody, shortPage} {
		if c.IntN(4) != 0 {
			continue
		}
		t := trouble{kind: kind, action: pick(c, "", sim.ActionStop, sim.ActionDescribe)}
		if kind == unavailable || kind == timeOut || kind == noResponse {
			t.after = c.IntN(2) == 0
		}
		if kind == throttle || kind == unavailable {
			t.retryAfter = pick(c, 0, 0, upTo(c, 10*time.Second), upTo(c, 2*time.Minute))
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
		s.troubles = append(s.troubles, trouble{kind: oddRefusal, action: pick(c, sim.ActionStop, sim.ActionDescribe), from: pick(c, 0, upTo(c, s.timeout)), times: 1})
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
		s.troubles = append(s.troubles, trouble{kind: noPermission, from: upTo(c, s.timeout)})
	case 1:
		s.troubles = append(s.troubles, trouble{kind: revoked, from: upTo(c, s.timeout)})
	}
	if c.IntN(15) == 0 {
		s.troubles = append(s.troubles, trouble{kind: secretRotated, from: upTo(c, pick(c, s.timeout, 20*time.Second))})
	}
	if chance := pick(c, 0, 0, 0.5, 1); chance > 0 {
		s.troubles = append(s.troubles, trouble{kind: noticeFails, chance: chance})
	}
}

// drawBlindness makes another story of it: a few instances that are down or
// protected already, or a zone that nobody knows, and after the plan has seen that
// nothing can be asked any more, to the deadline or a little longer.
func (s *story) drawBlindness(c *rand.Rand) {
	s.fleet, s.troubles, s.limit, s.twist, s.pageSizeCap = s.fleet[:min(len(s.fleet), 1+c.IntN(5))], nil, 10_000, plain, 0
	for i := range s.fleet {
		s.fleet[i] = member{quirks: []string{"alreadyStopped"}, Instance: sim.Instance{
			ID: s.fleet[i].ID, Tags: s.fleet[i].Tags, Status: pick(c, sim.StatusStopped, sim.StatusStopping), StopTakes: upTo(c, s.timeout),
		}}
	}
	t := trouble{kind: pick(c, unavailable, unreachable, lambdaThrottled, secretsDown, noPermission, revoked), from: upTo(c, 5*time.Second)}
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

// drawRescue makes another story of the fleet: a few instances that Zenlayer refuses
// to stop with a code that no list has, and that somebody else stops in time.
func (s *story) drawRescue(c *rand.Rand) {
	s.fleet, s.limit, s.twist = s.fleet[:min(len(s.fleet), 1+c.IntN(3))], 10_000, plain
	for i := range s.fleet {
		s.fleet[i] = member{quirks: []string{"refusesStop"}, Instance: sim.Instance{
			ID: s.fleet[i].ID, Tags: s.fleet[i].Tags, RefusesStop: codeOddStop, ExternalStopAt: upTo(c, time.Minute), StopTakes: upTo(c, time.Minute),
		}}
	}
}

// drawLastSecond makes another story of it: an instance is RUNNING only shortly
// before the deadline, so that the stop round crosses it, and Zenlayer stops the
// instance without an answer.
func (s *story) drawLastSecond(c *rand.Rand) {
	s.timeout, s.latency, s.limit, s.twist, s.deliveries = 2*time.Minute, 3*time.Second, 10_000, plain, []time.Duration{0}
	s.troubles = []trouble{{kind: timeOut, action: sim.ActionStop, after: true}}
	s.fleet = []member{{quirks: []string{"starting"}, Instance: sim.Instance{
		ID: s.fleet[0].ID, Tags: s.fleet[0].Tags, Status: sim.StatusBooting, BecomesRunningAfter: 95*time.Second + upTo(c, 20*time.Second), StopTakes: time.Second,
	}}}
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
