package small

import (
	"fmt"
	"time"

	"zenstop/internal/power"
)

// model is what the answers until now say of an instance, by the contract alone. It is a value:
// two that are equal are followed by the same.
type model struct {
	last  sort          // of the newest answer that said something
	count int           // answers in a row of that sort, up to 3
	since time.Duration // the first of them

	status string // that the newest row showed
	tag    tag    // of the newest row
	rows   streak // of rows that showed it, whether or not their tags can be read
	reads  streak // of rows that can be read; the others are left out

	elsewhere bool          // a row showed it elsewhere than where it should go
	fars      int           // rows in a row on the far side, up to 2
	went      bool          // it went there: after a request, in two rows in a row, or in one and then on its way back
	asked     int           // requests that were accepted
	accepted  time.Duration // when the newest of them was
	tried     bool          // a request has named it, whatever came of it
	maybe     bool          // one may have been, and nobody knows
	malformed bool          // Zenlayer said that its id is wrong
	keep      bool          // a row showed a keep tag

	anew  bool // the time of the warning has come
	fresh bool // a row that can be read showed it since the function was called, and nothing was sent since
}

// streak is of rows that show the same status.
type streak struct {
	status string
	count  int           // up to 3
	since  time.Duration // the first of them
	until  time.Duration // the newest
}

func (s *streak) see(status string, at time.Duration) {
	if s.status != status && (!recycled(s.status) || !recycled(status)) {
		*s = streak{since: at}
	}
	s.status, s.count, s.until = status, min(s.count+1, 3), at
}

// shows reports whether two rows in a row, so far apart, showed the status.
func (s *streak) shows(status string, apart time.Duration) bool {
	return s.status == status && s.count >= 2 && s.until-s.since >= apart
}

// see takes in an answer.
func (m *model) see(a answer, at time.Duration, w power.Way) {
	if a.sort == silent || a.sort == fatal {
		return
	}
	m.malformed = m.malformed || a.sort == malformed
	if m.last != a.sort {
		m.count, m.since = 0, at
	}
	m.count, m.last = min(m.count+1, 3), a.sort
	if a.status == "" {
		m.rows, m.fars, m.fresh = streak{}, 0, false
		if a.sort != unreadable {
			m.reads = streak{}
		}
		return
	}
	m.rows.see(a.status, at)
	if a.sort == shown {
		m.reads.see(a.status, at)
	}
	switch far := a.status == w.To || a.status == w.Through || w.To == "RUNNING" && a.status == "BOOTING"; {
	case far:
		m.fars = min(m.fars+1, 2)
		m.went = m.went || m.isTouched() || m.fars == 2
	case m.fars > 0 && a.status == w.Back:
		m.went, m.fars = true, 0
	default:
		m.fars = 0
	}
	m.elsewhere = m.elsewhere || a.status != w.To
	m.status, m.tag, m.fresh, m.keep = a.status, a.tag, a.sort == shown, m.keep || a.tag == kept
}

// planAnew forgets what was seen before the time of a warning.
func (m *model) planAnew() {
	*m = model{asked: m.asked, accepted: m.accepted, tried: m.tried, maybe: m.maybe, keep: m.keep, malformed: m.malformed, anew: true}
}

// isTouched reports whether the run has asked for it, or may have.
func (m *model) isTouched() bool { return m.asked > 0 || m.maybe }

// isThere reports whether two answers in a row showed it with this status.
func (m *model) isThere(status string, apart time.Duration) bool {
	return m.rows.shows(status, apart) || m.reads.shows(status, apart)
}

// isSurelyThere reports whether the last two answers showed it where it should be, and nothing
// about them is odd.
func (m *model) isSurelyThere(w power.Way) bool {
	return m.last == shown && m.count >= 2 && m.tag == untagged && m.rows.shows(w.To, w.Sure) && m.reads.shows(w.To, w.Sure)
}

func recycled(status string) bool { return status == "RECYCLE" || status == "RECYCLING" }

// mayAsk says why no request may name the instance now, or nothing.
func (m *model) mayAsk(at, deadline, from time.Duration, w power.Way) string {
	switch {
	case !m.fresh:
		return "which nobody had looked at just before"
	case m.status != w.From:
		return "which was " + m.status
	case m.tag == protected:
		return "which is protected"
	case m.tag == kept && w.HeedsKeep && at < keptFor:
		return "which is kept"
	case at >= deadline:
		return "after the deadline"
	case at < from:
		return "before its time"
	case m.asked == 3:
		return "for the fourth time"
	case m.asked > 0 && at-m.accepted < patience:
		return "which was asked for a moment ago"
	}
	return ""
}

// patience is how long after an accepted request an instance is asked for again at the earliest.
const patience = 2*time.Minute - time.Second

// mustAsk reports whether a run that has just looked must ask for the instance now: it was never asked for, is
// where the run finds it, and nothing holds it there.
func (m *model) mustAsk(at, deadline, from time.Duration, w power.Way) bool {
	isKept := m.tag == kept && w.HeedsKeep && at < keptFor
	return m.fresh && m.status == w.From && m.tag != protected && !isKept && !m.tried && !m.went && at >= from && at < deadline
}

// bears says why the answers do not bear a verdict of an instance, or nothing.
func (m *model) bears(v power.Verdict, note string, at, deadline time.Duration, w power.Way, checkOnly bool) string {
	late := at >= deadline
	switch v {
	case w.Reached:
		switch {
		case !m.isThere(w.To, w.Sure):
			return "not the last two answers showed it " + w.To
		case !m.isTouched() && !m.elsewhere:
			return "it was so before"
		}
	case w.Already:
		if !m.isThere(w.To, 0) || m.asked > 0 {
			return fmt.Sprintf("%d of its last answers showed it %s, and it was asked for %d times", m.rows.count, m.status, m.asked)
		}
	case w.Undone:
		if !m.isThere(w.From, 0) || !m.went {
			return "it did not come back"
		}
	case power.Protected:
		if m.tag != protected || m.asked > 0 {
			return "it is not protected, or was asked for"
		}
	case power.Kept:
		if !m.keep {
			return "it was never kept"
		}
	case power.Recycled:
		if !m.isThere("RECYCLE", 0) {
			return "not two answers in a row showed it so"
		}
	case power.Missing:
		if m.last != absent || m.count < 3 || at-m.since < 30*time.Second {
			return "it was not absent for long"
		}
	case power.Refused:
		switch {
		case note == "" && m.status != "INSTALL_FAILED":
			return "nothing says why"
		case m.last == shown && m.status == "INSTALL_FAILED" && !m.isThere("INSTALL_FAILED", 0):
			return "one answer alone showed it failed"
		case m.last == unreadable && m.count < 3 && !late:
			return "it could be read a moment ago"
		case !late && !m.malformed && m.last != unreadable && m.status != "INSTALL_FAILED":
			return "what rejects it may pass"
		}
	case power.Running:
		if up := m.status == "RUNNING" || m.status == "BOOTING"; !checkOnly || !up {
			return "it is not up in a run that only checks"
		}
	case power.TimedOut:
		switch {
		case !late:
			return "the deadline had not come"
		case m.isSurelyThere(w):
			return "it was where it should be"
		}
	case power.Unverified:
		if late {
			return "the deadline had come"
		}
	default:
		return "there is no such verdict"
	}
	return ""
}
