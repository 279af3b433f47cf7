package campaign

import (
	"math/rand/v2"
	"time"

	"zenstop/internal/sim"
)

// drawBlindness makes another story of it: a few instances that are down or
// protected already, or a zone that nobody knows, and after the plan has seen that
// nothing can be asked any more, to the deadline or a little longer.
func (s *story) drawBlindness(c *rand.Rand) {
	s.stackWarn, s.warnMinutes = 0, -1
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

// drawRescue makes another story of the fleet: a few instances that Zenlayer refuses
// to stop with a code that no list has, and that somebody else stops in time; or that
// it lists as STOPPED and refuses to describe by their ids.
func (s *story) drawRescue(c *rand.Rand) {
	s.stackWarn, s.warnMinutes = 0, -1
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
	s.stackWarn, s.warnMinutes = 0, -1
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
	s.stackWarn, s.warnMinutes, s.filter = 0, -1, false
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
