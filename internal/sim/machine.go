package sim

import (
	"slices"
	"time"
)

// machine is one instance as it is at some moment. Its future is a short list
// of steps; advance takes those that are due.
type machine struct {
	Instance
	status  string
	listed  bool // exists for the API
	tags    map[string]string
	ahead   []step // by time
	history []phase

	accepted      int
	matched       int // answers that should have held it
	stopCalls     int
	describeCalls int
	lookedAt      int // the last look that found it, see candidates
	lastAccepted  time.Duration
	firstAccepted time.Duration
	fixed         []byte // cached JSON of a row, up to the status
}

// step is one change that lies ahead.
type step struct {
	at   time.Duration
	kind stepKind
}

type stepKind int

const (
	stepAppear stepKind = iota
	stepRetag
	stepRun
	stepStopped
	stepBoot
	stepExternalStop
	stepRecycle
	stepVanish
)

// phase is a [Phase] by the scenario's own clock.
type phase struct {
	at     time.Duration
	status string
}

func newMachine(i Instance) *machine {
	i = i.withDefaults()
	m := &machine{Instance: i, status: i.Status, tags: i.Tags, listed: !i.Missing && i.AppearsAt == 0}
	if i.Missing {
		return m
	}
	m.note(0)
	m.plan(i.AppearsAt, stepAppear)
	m.plan(i.LaterTagsAt, stepRetag)
	m.plan(i.ExternalStopAt, stepExternalStop)
	m.plan(i.RecycledAt, stepRecycle)
	m.plan(i.VanishesAt, stepVanish)
	switch i.Status {
	case StatusStopped:
		m.plan(i.RestartsAfter, stepBoot)
	case StatusStopping:
		m.becomeStopping(0)
	case StatusRecycle, StatusRecycling:
		m.plan(RecycleTime, stepVanish)
	case StatusPending, StatusCreating, StatusInstalling, StatusBooting:
		m.plan(i.BecomesRunningAfter, stepRun)
	}
	return m
}

// plan adds a step, unless its time is zero: never.
func (m *machine) plan(at time.Duration, kind stepKind) {
	if at > 0 {
		m.planNow(at, kind)
	}
}

// planNow adds a step at any time. Steps of one moment keep their order.
func (m *machine) planNow(at time.Duration, kind stepKind) {
	n := len(m.ahead)
	for n > 0 && m.ahead[n-1].at > at {
		n--
	}
	m.ahead = slices.Insert(m.ahead, n, step{at, kind})
}

// drop forgets the steps of these kinds.
func (m *machine) drop(kinds ...stepKind) {
	m.ahead = slices.DeleteFunc(m.ahead, func(s step) bool { return slices.Contains(kinds, s.kind) })
}

// advance takes every step that is due at now.
func (m *machine) advance(now time.Duration) {
	for len(m.ahead) > 0 && m.ahead[0].at <= now {
		s := m.ahead[0]
		m.ahead = slices.Delete(m.ahead, 0, 1)
		m.take(s)
	}
}

func (m *machine) take(s step) {
	switch s.kind {
	case stepAppear:
		m.listed = true
		m.note(s.at)
	case stepRetag:
		m.tags, m.fixed = m.LaterTags, nil
	case stepRun:
		m.become(s.at, StatusRunning)
	case stepStopped:
		m.become(s.at, StatusStopped)
		if m.RestartsAfter > 0 && !m.RestartsFromStopping {
			m.planNow(s.at+m.RestartsAfter, stepBoot)
		}
	case stepBoot:
		m.drop(stepStopped)
		m.become(s.at, StatusBooting)
		m.planNow(s.at+m.BootTakes, stepRun)
	case stepExternalStop:
		if m.status == StatusRunning {
			m.becomeStopping(s.at)
		}
	case stepRecycle:
		m.drop(stepRun, stepStopped, stepBoot, stepExternalStop)
		m.become(s.at, StatusRecycle)
		m.planNow(s.at+RecycleTime, stepVanish)
	case stepVanish:
		m.listed, m.ahead = false, nil
		m.note(s.at)
	}
}

// stop is an accepted stop; it reports whether it does anything.
func (m *machine) stop(now time.Duration) bool {
	m.accepted++
	m.lastAccepted = now
	if m.accepted == 1 {
		m.firstAccepted = now
	}
	if m.accepted <= m.IgnoresStops {
		return false
	}
	m.becomeStopping(now)
	return true
}

func (m *machine) becomeStopping(at time.Duration) {
	m.become(at, StatusStopping)
	if !m.NeverStops {
		m.planNow(at+m.StopTakes, stepStopped)
	}
	if m.RestartsAfter > 0 && m.RestartsFromStopping {
		m.planNow(at+m.RestartsAfter, stepBoot)
	}
	m.advance(at) // StopTakes may be zero
}

func (m *machine) become(at time.Duration, status string) {
	m.status = status
	m.note(at)
}

// note writes the present status down, where it is a new one.
func (m *machine) note(at time.Duration) {
	status := m.status
	if !m.listed {
		status = ""
	}
	if n := len(m.history); n > 0 && m.history[n-1].status == status {
		return
	}
	m.history = append(m.history, phase{at, status})
}

// shown is the status that DescribeInstances answers.
func (m *machine) shown(now time.Duration) string {
	switch {
	case m.odd(now):
		return m.OddStatus
	case m.lags(now):
		return StatusRunning
	default:
		return m.status
	}
}

func (m *machine) odd(now time.Duration) bool {
	return m.OddStatus != "" && now >= m.OddFrom && (m.OddFor == 0 || now < m.OddFrom+m.OddFor)
}

// lags reports whether the answers have not caught up with an accepted stop.
func (m *machine) lags(now time.Duration) bool {
	return m.accepted > m.IgnoresStops && now < m.lastAccepted+m.Lag &&
		(m.status == StatusStopping || m.status == StatusStopped)
}

// leftOut counts one answer that should hold the instance, and reports whether
// this one leaves it out.
func (m *machine) leftOut() bool {
	m.matched++
	return m.matched >= m.AbsentFrom && m.matched < m.AbsentFrom+m.AbsentAnswers
}
