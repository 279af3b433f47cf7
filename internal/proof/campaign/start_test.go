package campaign

import (
	"math/rand/v2"
	"slices"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/proof/sim"
)

// starts reports whether the event asks for starts.
func (s *story) starts() bool { return s.action == power.Start }

// drawStart makes a request to start of one plain request to stop in four: the same target,
// faults and deliveries, and a fleet that is off.
func (s *story) drawStart(c *rand.Rand) {
	if s.source != "zenstop" || s.edge != "" || s.warning() > 0 || s.twist == onlyLook || s.twist == skipped || c.IntN(4) > 0 {
		return
	}
	s.action, s.dawn, s.direct, s.warnMinutes = power.Start, nil, 0, -1
	for i := range s.troubles {
		if s.troubles[i].action == sim.ActionStop {
			s.troubles[i].action = sim.ActionStart
		}
	}
	share, slowest := pick(c, 0, 0.1, 0.3, 1), min(s.timeout/2, 10*time.Minute)
	plainOnes := 0
	for i := range s.fleet {
		m := s.fleet[i].off(slowest, c)
		if c.Float64() < share && len(m.quirks) == 0 {
			s.spoilStart(&m, c)
		}
		if s.fleet[i] = m; len(m.quirks) == 0 {
			plainOnes++
		}
	}
	if s.eventLimit = 0; s.twist != tooMany {
		s.limit = pick(c, 10_000, len(s.fleet))
	} else if s.limit = plainOnes - 1; plainOnes < 2 {
		s.twist, s.limit = plain, 10_000
	}
}

// off is the same instance that is STOPPED, and starts when asked. It keeps when it comes and
// goes.
func (m *member) off(slowest time.Duration, c *rand.Rand) member {
	spec := sim.Instance{
		ID: m.ID, Status: sim.StatusStopped, BootTakes: upTo(c, slowest), Tags: map[string]string{groupTag: group},
		AppearsAt: m.AppearsAt, VanishesAt: m.VanishesAt,
	}
	if spec.AppearsAt+spec.VanishesAt > 0 {
		return member{Instance: spec, quirks: m.quirks}
	}
	return member{Instance: spec}
}

// spoilStart gives an instance one quirk.
func (s *story) spoilStart(m *member, c *rand.Rand) {
	all := startQuirks()
	q := all[c.IntN(len(all))]
	if s.filter && q.name == "missing" {
		return // a filter asks for what is listed when it is resolved
	}
	q.apply(&m.Instance, c, s.timeout)
	if s.filter {
		m.AbsentAnswers = min(m.AbsentAnswers, 1) // two listings in a row are believed
	}
	m.quirks = append(m.quirks, q.name)
}

// startQuirks are all that an instance may do beyond starting when asked.
func startQuirks() []quirk {
	return []quirk{
		{"alreadyRunning", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.Status = sim.StatusRunning }},
		{"alreadyBooting", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.Status, in.BecomesRunningAfter = pick(c, sim.StatusBooting, sim.StatusBooting, sim.StatusInstalling, sim.StatusPending), upTo(c, t)
		}},
		{"stillStopping", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.Status, in.StopTakes = sim.StatusStopping, upTo(c, t/2)
		}},
		{"protected", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.Tags = tagged(in.Tags, protectTag, "") }},
		{"protectedLater", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.LaterTagsAt, in.LaterTags = upTo(c, min(t, 3*time.Minute)), tagged(in.Tags, protectTag, "yes")
		}},
		{"protectedOtherwise", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Tags = tagged(in.Tags, pick(c, protectSpellings()[1:]...), "")
		}},
		{"keepTag", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Tags = tagged(in.Tags, keepTag, pick(c, "2000-01-01", "2000-01-02T00:00:00Z", "later"))
		}},
		{"recycled", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Status = pick(c, sim.StatusRecycle, sim.StatusRecycling)
		}},
		{"recycledLater", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.RecycledAt, in.RecycledCode = upTo(c, t), pick(c, "", sim.CodeRecycledResource, sim.CodeRecycledResourceOld)
		}},
		{"missing", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.Missing = true }},
		{"vanishes", func(in *sim.Instance, c *rand.Rand, t time.Duration) { in.VanishesAt = upTo(c, t) }},
		{"neverStarts", func(in *sim.Instance, _ *rand.Rand, _ time.Duration) { in.NeverStarts = true }},
		{"ignoresStarts", func(in *sim.Instance, c *rand.Rand, _ time.Duration) { in.IgnoresStarts = 1 + c.IntN(4) }},
		{"fallsAgain", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.StopsAgainAfter, in.StopTakes = upTo(c, min(t, 5*time.Minute)), upTo(c, time.Minute)
		}},
		{"stoppedByOthers", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.ExternalStopAt, in.StopTakes = upTo(c, t), upTo(c, time.Minute)
		}},
		{"startedByOthers", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.ExternalStartAt = upTo(c, min(t, 2*time.Minute))
		}},
		{"creationFailed", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Status = pick(c, sim.StatusCreateFailed, sim.StatusInstallFailed)
		}},
		{"unknownStatus", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.OddStatus, in.OddFrom, in.OddFor = "MAINTENANCE", time.Duration(c.Int64N(int64(t/2))), time.Duration(c.Int64N(int64(t/2)))
		}},
		{"blankStatus", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = pick(c, " ", "\u200b"), pick(c, 1, 2, 3, 1+c.IntN(8))
		}},
		{"refusesStart", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.RefusesStart = pick(c, codeOddStop, codeOddStop, "OPERATION_DENIED_INSTANCE_LOCKED", sim.CodeParameterValue,
				sim.CodeInstanceNotStopped, sim.CodeInstanceNotFound, sim.CodeInstanceRecycled, sim.CodeRecycledResource)
			in.ExternalStartAt = pick(c, 0, 0, 0, upTo(c, time.Minute))
		}},
		{"refusesStartForAWhile", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.RefusesStart, in.RefusesStartUntil = pick(c, codeOddStop, "RESOURCE_INSUFFICIENT_STOCK"), upTo(c, t*2/3)
		}},
		{"refusesDescribe", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.RefusesDescribe = pick(c, codeOddDescribe, codeOddDescribe, sim.CodeParameterPattern, sim.CodeInstanceNotFound)
			in.Status = pick(c, sim.StatusRunning, sim.StatusStopped, sim.StatusStopped)
		}},
		{"refusesDescribeForAWhile", func(in *sim.Instance, c *rand.Rand, t time.Duration) {
			in.RefusesDescribe, in.RefusesDescribeUntil = codeOddDescribe, upTo(c, t*2/3)
		}},
		{"absentAnswers", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.AbsentAnswers, in.AbsentFrom = 1+c.IntN(2), pick(c, 1, 1+c.IntN(8))
		}},
		{"lag", func(in *sim.Instance, c *rand.Rand, _ time.Duration) { in.Lag = upTo(c, 90*time.Second) }},
		{"falseRunning", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = sim.StatusRunning, pick(c, 1, 1, 2, 3, 1+c.IntN(8))
		}},
		{"falseStopped", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = sim.StatusStopped, 2+c.IntN(8)
			in.Status = pick(c, sim.StatusStopped, sim.StatusStopped, sim.StatusRunning)
		}},
		{"falseFailure", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.FalseStatus, in.FalseFrom = pick(c, sim.StatusRecycle, sim.StatusRecycling, sim.StatusInstallFailed), pick(c, 1, 1, 1+c.IntN(6))
		}},
		{"unreadable", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.Unreadable, in.UnreadableFrom, in.UnreadableAnswers = pick(c, sim.UnreadableForms()...), pick(c, 1, 1, 2, 3), pick(c, 0, 0, 1, 2, 5)
		}},
		{"untaggedOnce", func(in *sim.Instance, c *rand.Rand, _ time.Duration) {
			in.UntaggedRow = pick(c, 1, 1, 2, 3)
			if c.IntN(2) == 0 {
				in.Tags = tagged(in.Tags, protectTag, "yes")
			}
		}},
	}
}

// expectStart is the verdict that an instance must come to, and in what time; empty where it
// may be another one. STARTED stands for every good one.
func expectStart(m *member) (want power.Verdict, takes time.Duration) {
	spec := &m.Instance
	takes = spec.BootTakes + 40*time.Second
	all := slices.Concat(m.quirks, m.later)
	switch {
	case len(all) == 0:
		return power.Started, takes
	case len(all) > 1:
		return "", 0
	}
	switch all[0] {
	case "alreadyRunning", "protected", "protectedOtherwise", "keepTag", "slowStart", "startedByOthers", "startedAtNight", "protectedAtNight", "blankStatus":
		return power.Started, takes
	case "alreadyBooting":
		return power.Started, takes + spec.BecomesRunningAfter
	case "stillStopping":
		return power.Started, takes + spec.StopTakes
	case "ignoresStarts":
		if spec.IgnoresStarts <= 2 { // each time it is asked again after two minutes, and one wait
			return power.Started, takes + time.Duration(spec.IgnoresStarts)*3*time.Minute
		}
	case "absentAnswers", "untaggedOnce", "falseFailure":
		return power.Started, takes + 2*time.Minute
	case "lag":
		return power.Started, takes + spec.Lag
	case "unknownStatus":
		return power.Started, takes + spec.OddFrom + spec.OddFor
	case "refusesStartForAWhile":
		return power.Started, takes + backoff // and the time until then: see promptStart
	case "missing":
		return power.Missing, time.Minute
	case "recycled":
		return power.Recycled, 0
	case "creationFailed":
		return power.Refused, 0
	}
	return "", 0
}
