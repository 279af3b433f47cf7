package picture

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"zenstop/internal/power"
	"zenstop/internal/text"
	"zenstop/internal/zenlayer"
)

// look is the class of a status in the style sheet.
func look(status string) string {
	switch status {
	case zenlayer.StatusRunning:
		return "running"
	case zenlayer.StatusPending, zenlayer.StatusCreating, zenlayer.StatusInstalling, zenlayer.StatusBooting:
		return "starting"
	case zenlayer.StatusStopping:
		return "stopping"
	case zenlayer.StatusStopped:
		return "stopped"
	case zenlayer.StatusRecycle, zenlayer.StatusRecycling:
		return "recycled"
	case absent:
		return "absent"
	case mixed:
		return "mixed"
	}
	return "other"
}

// name is what a person knows the instance by.
func (r *row) name() string {
	if r.Count > 1 {
		return fmt.Sprintf("%d instances", r.Count)
	}
	return text.Line(cmp.Or(r.last.Name, r.last.ID))
}

// id stands behind the name where it says something new.
func (r *row) id() string {
	if r.Count > 1 {
		return text.Line(r.Members)
	}
	if r.last.Name == "" || r.last.Name == r.last.ID {
		return ""
	}
	return text.Line(r.last.ID)
}

// since says from when on looks have shown the status that was seen last.
func (r *row) since(c *chart) string {
	last := len(r.spans) - 1
	for last > 0 && r.spans[last].Faint {
		last--
	}
	if last < 0 {
		return "never seen"
	}
	s := r.spans[last]
	if last == 0 {
		return s.Status + " in every look, since " + clock(s.From)
	}
	return fmt.Sprintf("%s since %s (%s after the start)", s.Status, clock(s.From), c.after(s.From))
}

// why is the reason of a verdict, in the words of the document where it has any.
func (r *row) why() string {
	if r.last.Note != "" {
		return text.Line(r.last.Note)
	}
	switch r.last.Verdict {
	case power.Stopped, power.Started:
		if r.last.Seconds > 0 {
			return fmt.Sprintf("%d s after the request", r.last.Seconds)
		}
	case power.TimedOut, power.Unverified, power.Open:
		return fmt.Sprintf("last seen %s, %s accepted", cmp.Or(r.last.Status, "never"), count(r.last.Requests, "request"))
	case power.Running:
		return "is up, and should be off"
	case power.Recycled:
		return "in the recycle bin"
	default:
	}
	return ""
}

// facts are what hovering over the name of a row shows.
func (r *row) facts() string {
	in := r.last
	lines := []string{r.name() + "  " + r.id(), "verdict: " + cmp.Or(string(in.Verdict), "none")}
	if r.Count == 1 {
		lines = append(lines, "status before the run: "+cmp.Or(in.Before, "never seen"), "status last seen: "+cmp.Or(in.Status, "never"),
			fmt.Sprintf("accepted requests: %d", in.Requests), "execution: "+r.run)
	}
	if why := r.why(); why != "" {
		lines = append(lines, "why: "+why)
	}
	return strings.Join(lines, "\n")
}

func (m mark) words() string {
	s := map[markKind]string{
		accepted:   "Zenlayer accepted a request",
		unanswered: "a request had no answer: it may or may not have had an effect",
		refused:    "Zenlayer rejected a request for it",
		unsent:     "a request could not be made, or surely had no effect",
		takenBack:  "the verdict was revoked",
	}[m.Kind]
	if m.Note != "" {
		s += ": " + text.Line(m.Note)
	}
	return s
}

// message is the error of a call in one line. The cause of a function's error is
// JSON with an errorMessage.
func (m *Moment) message() string {
	var cause struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal([]byte(m.Cause), &cause) != nil || cause.ErrorMessage == "" {
		cause.ErrorMessage = m.Cause
	}
	return text.Short(cause.ErrorMessage, 300)
}

// counts lists the verdicts with their numbers.
func (c *chart) counts() string {
	var all []string
	for _, v := range slices.Sorted(maps.Keys(c.run.Counts)) {
		if n := c.run.Counts[v]; n > 0 {
			all = append(all, fmt.Sprintf("%d %s", n, v))
		}
	}
	return strings.Join(all, ", ")
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func clock(t time.Time) string { return t.UTC().Format(time.TimeOnly) }

// after is the time from the start of the run.
func (c *chart) after(t time.Time) string { return t.Sub(c.from).Round(time.Second).String() }
