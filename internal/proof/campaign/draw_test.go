package campaign

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/proof/sim"
)

// The tag by which a filter selects.
const (
	groupTag = "group"
	group    = "night"
)

// Bounds of the drawing. One run in seventy is a large one, which has parts.
const (
	largest    = 3500
	largeShare = 70
)

// draw makes the story of a seed.
func draw(seed uint64) *story {
	c := rand.New(rand.NewPCG(seed, 1))
	s := &story{seed: seed, timeout: time.Duration(pick(c, 2, 5, 5, 10, 10, 15, 15, 20, 30, 60)) * time.Minute}
	s.source = pick(c, "zenstop", "zenstop", "zenstop.schedule", "aws.cloudwatch")
	s.filter = c.IntN(3) == 0
	s.latency = pick(c, 0, 50*time.Millisecond, 500*time.Millisecond, 3*time.Second, 7*time.Second)
	s.shuffle, s.token, s.others = c.IntN(2) == 0, c.IntN(2) == 0, c.IntN(5)
	s.drawWarning(c)
	s.drawFleet(c)
	s.drawOthers(c)
	s.drawDeliveries(c)
	s.drawLatecomer(c)
	s.drawPages(c)
	s.drawTwist(c)
	s.drawAnswers(c)
	s.drawOutages(c)
	s.drawLosses(c)
	s.drawEdge(c)
	s.drawNothingToWarnOf(c)
	s.drawMorning(rand.New(rand.NewPCG(seed, 3))) // chances of their own: without these the story is the same
	s.drawStart(rand.New(rand.NewPCG(seed, 4)))
	s.drawDoubts(rand.New(rand.NewPCG(seed, 5)))
	s.drawRival(rand.New(rand.NewPCG(seed, 6)))
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
	s.drawKeepTimes(c)
	slowest := upTo(c, min(s.timeout/2, 10*time.Minute))
	for i := range n {
		m := member{Instance: sim.Instance{ID: fmt.Sprintf("i-%04d", i+1), StopTakes: upTo(c, slowest), Tags: map[string]string{groupTag: group}}}
		if c.Float64() < share {
			s.spoil(&m, c)
		}
		s.fleet = append(s.fleet, m)
	}
}

// drawOthers draws what Zenlayer shows of the instances that nobody asks for.
func (s *story) drawOthers(c *rand.Rand) {
	if !s.filter || s.others == 0 || c.IntN(3) > 0 {
		return
	}
	s.listsAll = true
	s.otherRows = pick(c, "", sim.TagsAsMap, sim.TagsOtherwise, sim.NameIsNumber, sim.StatusIsNumber)
	s.otherOdd = pick(c, 0, 1, 2, 2, 3)
	if c.IntN(3) == 0 {
		s.otherKept = keepValue(upTo(c, 2*s.timeout), c)
	}
}

// spoil gives an instance one quirk, sometimes two.
func (s *story) spoil(m *member, c *rand.Rand) {
	all := slices.Concat(quirks(), doubtfulQuirks())
	for range 1 + c.IntN(4)/3 {
		if c.IntN(3) == 0 {
			all := keepQuirks()
			q := all[c.IntN(len(all))]
			q.apply(s, &m.Instance, c)
			m.quirks = append(m.quirks, q.name)
			continue
		}
		q := all[c.IntN(len(all))]
		if s.filter && q.name == "missing" {
			continue // a filter asks for what is listed when it is resolved
		}
		q.apply(&m.Instance, c, s.timeout)
		if s.filter {
			m.AbsentAnswers = min(m.AbsentAnswers, 1) // two listings in a row are believed
		}
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
	if c.IntN(10) == 0 {
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
	case n < 6 && request:
		s.twist = dryRun
	case n < 10 && plainOnes > 1:
		s.twist, s.limit = tooMany, plainOnes-1
		if request && n < 8 {
			s.limit, s.eventLimit = 10_000, plainOnes-1
		}
	case n == 10 && request:
		s.twist = misspelt
	case n < 15 && s.source == "zenstop.schedule":
		s.twist = skipped
	case n < 17 && s.filter:
		s.twist = badZone
	case n == 17 && s.filter:
		s.twist = nobody
	case n < 26 && n > 17 && request:
		s.twist, s.limit = onlyLook, 1+c.IntN(len(s.fleet))
		s.drawGlimpses(c)
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
